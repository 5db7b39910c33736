// The retention of the audit log on a real D1: old entries go, the rest still verifies, and damage is not hidden by it.
import { beforeEach, expect, test } from 'vitest';
import { readEnv } from '../../src/env.ts';
import { prune } from '../../src/scheduler/prune.ts';
import { verifyAudit } from '../../src/services/audit/verify-audit.ts';
import { emptyAuditLog, readStoredLog, writeEntries } from '../support/d1/audit-log.ts';
import { bindings, clock } from '../support/d1/http-mesh.ts';

const { DB } = bindings;
const config = readEnv(bindings);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const COUNT = 5;
/** Entry n was written n - 1 hours after the first. */
const START = clock.now;

beforeEach(async () => {
  await emptyAuditLog(DB);
  await writeEntries(DB, config, COUNT, START);
});

/** Runs the retention as a tick does. */
async function pruneAt(now: number): Promise<void> {
  await DB.prepare('delete from pruning').run();
  const { encryptionKey, retention } = config;
  await prune({ db: DB, encryptionKey, retention }, now);
}

const numbers = async () => (await readStoredLog(DB)).entries.map(({ seq }) => seq);

/** The age at which the first `count` entries have expired. */
const whenExpired = (count: number): number => START + 400 * DAY_MS + (count - 1) * HOUR_MS + 1;

test('entries are kept for 400 days by default, then deleted, and the others verify', async () => {
  await pruneAt(whenExpired(0));
  expect(await numbers()).toEqual([1, 2, 3, 4, 5]);
  await pruneAt(whenExpired(2));
  expect(await numbers()).toEqual([3, 4, 5]);
  const hash = expect.stringMatching(/^[0-9a-f]{64}$/);
  expect(await verifyAudit(DB, config)).toMatchObject({ entries: 3, first: { seq: 3, hash }, problems: [] });
});

test('after the last entry has expired, the log is empty and valid, and the next entry continues it', async () => {
  await pruneAt(whenExpired(COUNT));
  expect(await verifyAudit(DB, config)).toMatchObject({ entries: 0, head: { seq: COUNT }, problems: [] });
  await writeEntries(DB, config, 1, clock.now);
  expect(await numbers()).toEqual([COUNT + 1]);
  expect((await verifyAudit(DB, config)).problems).toEqual([]);
});

test.each([
  ['was changed', "update audit_entries set actor_name = 'other' where seq = 1"],
  ['was removed', 'delete from audit_entries where seq = 1'],
  [
    'was removed with its end',
    'delete from audit_entries where seq = 1; update audit_chain set first_seq = 2',
  ],
])('that a deleted entry %s stays reported until every entry of that time has expired', async (_, change) => {
  for (const statement of change.split('; ')) await DB.prepare(statement).run();
  await pruneAt(whenExpired(2));
  expect(await numbers()).toEqual([3, 4, 5]);
  const codes = async () => (await verifyAudit(DB, config)).problems.map(({ code, seq }) => [code, seq]);
  expect(await codes()).toEqual([['unproven', COUNT]]);
  await writeEntries(DB, config, 1, START + 400 * DAY_MS);
  expect(await codes()).toEqual([['unproven', COUNT]]);
  await pruneAt(whenExpired(COUNT));
  expect([await numbers(), await codes()]).toEqual([[COUNT + 1], []]);
});

test('a removal inside the log is still named after older entries have expired', async () => {
  await DB.prepare('delete from audit_entries where seq = 4').run();
  await pruneAt(whenExpired(2));
  expect((await verifyAudit(DB, config)).problems).toMatchObject([{ code: 'missing', seq: 4 }]);
});

test('entries of a clock that was ahead are kept as long as the next one, and entries of one that was behind as long as those before', async () => {
  await writeEntries(DB, config, 1, START + 3_000 * DAY_MS);
  await writeEntries(DB, config, 1, START - 900 * DAY_MS);
  await writeEntries(DB, config, 1, START + DAY_MS);
  await pruneAt(whenExpired(0));
  expect(await numbers()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  await DB.prepare('update audit_entries set at = ?1 where seq <= 2')
    .bind(START + 3_000 * DAY_MS)
    .run();
  await pruneAt(whenExpired(2));
  expect(await numbers()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  await pruneAt(whenExpired(5));
  expect(await numbers()).toEqual([8]);
  await pruneAt(START + 402 * DAY_MS);
  expect(await numbers()).toEqual([]);
});

test('entries that are written while old ones are deleted stay, and the log verifies', async () => {
  await Promise.all([pruneAt(whenExpired(3)), writeEntries(DB, config, 3, clock.now + 400 * DAY_MS)]);
  expect(await numbers()).toEqual([4, 5, 6, 7, 8]);
  expect((await verifyAudit(DB, config)).problems).toEqual([]);
});
