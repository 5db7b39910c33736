// A change and its entry of the audit log: one transaction, and a decision that still holds when it commits.
import { beforeEach, expect, test } from 'vitest';
import { systemCaller } from '../../src/access/caller.ts';
import { err, ok } from '../../src/result.ts';
import { type AuditedWrite, runAudited } from '../../src/store/audit.ts';
import { insertPerson } from '../../src/store/people.ts';
import { deleteSessions } from '../../src/store/sessions.ts';
import { auditTrail, emptyAccess } from '../support/d1/access.ts';
import { bindings } from '../support/d1/http-mesh.ts';

beforeEach(emptyAccess);

const { DB } = bindings;
const keys = { encryptionKey: bindings.ENCRYPTION_KEY };
const caller = systemCaller(0);

const record = (action: string) => ({
  action,
  target: { type: 'person', id: 'p', name: 'P' },
  before: null,
  after: null,
});

const write = (action: string, changes: Partial<AuditedWrite> = {}): AuditedWrite => ({
  statements: [deleteSessions(DB, 'p')],
  record: record(action),
  ...changes,
});

test('a change that another one overtakes while it is decided is decided again', async () => {
  let decisions = 0;
  await runAudited(DB, keys, caller, async () => {
    decisions += 1;
    if (decisions === 1) await runAudited(DB, keys, caller, async () => ok(write('other')));
    return ok(write(`decision ${decisions}`));
  });
  expect(decisions).toBe(2);
  expect(await auditTrail()).toEqual(['other by probemesh', 'decision 2 by probemesh']);
});

test('a change that the second decision refuses leaves nothing', async () => {
  let decisions = 0;
  const refused = await runAudited(DB, keys, caller, async () => {
    decisions += 1;
    if (decisions === 2) return err('too late');
    await runAudited(DB, keys, caller, async () => ok(write('other')));
    return ok(write('first'));
  });
  expect(refused).toEqual(err('too late'));
  expect(await auditTrail()).toEqual(['other by probemesh']);
});

test('a change that fails leaves no entry, and an entry that cannot be written leaves no change', async () => {
  const person = { id: 'p', issuer: 'local', subject: 'p', name: 'P', createdAt: 0, updatedAt: 0 };
  const insert = async () => ok(write('person.created', { statements: [insertPerson(DB, person)] }));
  await runAudited(DB, keys, caller, insert);
  await expect(runAudited(DB, keys, caller, insert)).rejects.toThrow();
  expect(await auditTrail()).toEqual(['person.created by probemesh']);
  await DB.prepare('ALTER TABLE audit_entries RENAME TO audit_entries_away').run();
  try {
    const other = { ...person, id: 'q', subject: 'q' };
    const again = async () => ok(write('person.created', { statements: [insertPerson(DB, other)] }));
    await expect(runAudited(DB, keys, caller, again)).rejects.toThrow();
    const row = await DB.prepare('SELECT count(*) AS n FROM people').first<{ n: number }>();
    expect(row!.n).toBe(1);
  } finally {
    await DB.prepare('ALTER TABLE audit_entries_away RENAME TO audit_entries').run();
  }
});

test('twenty changes at once that want the same place are all written, with one entry each', async () => {
  const changes = Array.from({ length: 20 }, (_, index) =>
    runAudited(DB, keys, caller, async () => ok(write(`change ${index}`))),
  );
  await Promise.all(changes);
  expect(new Set(await auditTrail()).size).toBe(20);
  expect((await auditTrail()).length).toBe(20);
});

test('a change that is too large for a row keeps its size and the names of what it concerns', async () => {
  const large = { monitors: { a: 'x'.repeat(500_000), b: 1 }, note: 'y' };
  const change = write('large', { record: { ...record('large'), before: null, after: large } });
  await runAudited(DB, keys, caller, async () => ok(change));
  const stored = await DB.prepare('select "before", "after" from audit_entries').first<{
    before: string | null;
    after: string;
  }>();
  expect([stored?.before, JSON.parse(stored?.after ?? '')]).toEqual([
    null,
    {
      omitted: 'too large',
      characters: JSON.stringify(large).length,
      names: { monitors: ['a', 'b'], note: [] },
    },
  ]);
});
