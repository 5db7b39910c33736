// What a configuration of thousands of monitors writes to the audit log: one row within the limits of D1, that still names
// every monitor it changed.
import { beforeAll, expect, test } from 'vitest';
import { readEnv } from '../../../src/env.ts';
import { verifyAudit } from '../../../src/services/audit/verify-audit.ts';
import { emptyAccess } from '../../support/d1/access.ts';
import { ask, bindings, empty } from '../../support/d1/http-mesh.ts';
import { checkRows, limitedD1, MAX_QUERIES } from '../../support/d1/limited-d1.ts';

const { DB } = bindings;
const COUNT = 5_000;
const ids = Array.from({ length: COUNT }, (_, index) => `m-${index}`);

beforeAll(async () => {
  await empty();
  await emptyAccess();
});

test('5,000 monitors leave one entry with every id, in a row and statements that D1 takes', async () => {
  const { db, queries } = limitedD1(DB);
  const check = { type: 'tcp', host: '例.example.com', port: 1 };
  const monitors = ids.map((id) => ({ id, name: id, check, intervalSeconds: 300 }));
  const options = { method: 'PUT', body: { monitors }, env: { DB: db } };
  const answered = await ask('/api/v1/configuration', options);
  expect([answered.status, answered.text.slice(0, 300)]).toEqual([200, expect.any(String)]);
  expect(queries()).toBeLessThan(MAX_QUERIES / 4);
  const { results } = await DB.prepare(
    `select "before", "after" from audit_entries where action = 'configuration.applied'`,
  ).all<{ before: string; after: string }>();
  expect(results).toHaveLength(1);
  const after = JSON.parse(results[0]!.after);
  expect({ ...after, names: { monitors: after.names.monitors.toSorted() } }).toEqual({
    omitted: 'too large',
    characters: expect.any(Number),
    names: { monitors: ids.toSorted() },
  });
  await checkRows(DB);
  expect((await verifyAudit(DB, readEnv(bindings))).problems).toEqual([]);
});
