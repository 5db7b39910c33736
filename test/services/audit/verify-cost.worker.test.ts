// What the verification of a long audit log costs: statements, and rows of D1.
import { expect, test } from 'vitest';
import { readEnv } from '../../../src/env.ts';
import { verifyAudit } from '../../../src/services/audit/verify-audit.ts';
import { GENESIS, hashEntry, signEnd } from '../../../src/store/audit-hash.ts';
import { countD1 } from '../../support/d1/counted-d1.ts';
import { bindings } from '../../support/d1/http-mesh.ts';

const { DB } = bindings;
const config = readEnv(bindings);
const COUNT = 6_000;

const CONTENT = {
  ...{ actorType: 'key', actorId: 'k', actorName: 'k', address: null, userAgent: null, file: null },
  ...{ action: 'monitor.updated', targetType: 'monitor', targetId: 'm', targetName: 'M' },
  ...{ before: '{"name":"A"}', after: '{"name":"B"}' },
};

test('verifies 5,000 entries a statement, so that 100,000 take less than the 50 statements of the Free plan', async () => {
  let hash = GENESIS;
  const rows = Array.from({ length: COUNT }, (_, index) => {
    hash = hashEntry(hash, { seq: index + 1, at: index, ...CONTENT });
    return [index + 1, index, hash];
  });
  await DB.prepare(
    `insert into audit_entries (seq, at, actor_type, actor_id, actor_name, action, target_type, target_id, target_name, "before", "after", hash)
     select value ->> 0, value ->> 1, 'key', 'k', 'k', 'monitor.updated', 'monitor', 'm', 'M', '{"name":"A"}', '{"name":"B"}', value ->> 2
     from json_each(?1)`,
  )
    .bind(JSON.stringify(rows))
    .run();
  const [first, last] = [
    { seq: 1, hash: GENESIS },
    { seq: COUNT, hash },
  ];
  await DB.prepare('insert into audit_chain values (1, ?1, ?2, ?3, ?4, ?5, ?6)')
    .bind(
      ...[first.seq, first.hash, signEnd(config, 'first', first, null)],
      ...[last.seq, last.hash, signEnd(config, 'last', last, null)],
    )
    .run();
  const { db, take } = countD1(DB);
  expect(await verifyAudit(db, config)).toMatchObject({ entries: COUNT, problems: [] });
  const statements = take();
  // The ends, the first page and the newest number, the second page, which a count of D1 reads twice.
  expect(statements.length).toBeLessThanOrEqual(4);
  const rowsRead = statements.reduce((sum, one) => sum + one.rowsRead, 0);
  expect(rowsRead).toBeLessThan(5 * COUNT);
});
