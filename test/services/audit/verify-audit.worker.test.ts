// The audit log on a real D1: whatever is changed, removed, inserted or moved behind the program's back is found.
import { beforeEach, describe, expect, test } from 'vitest';
import { readEnv } from '../../../src/env.ts';
import { resealSecrets } from '../../../src/scheduler/reseal.ts';
import { verifyAudit } from '../../../src/services/audit/verify-audit.ts';
import { GENESIS, hashEntry, signEnd } from '../../../src/store/audit-hash.ts';
import { listAuditEntries } from '../../../src/store/audit-log.ts';
import {
  emptyAuditLog,
  readStoredLog,
  type StoredLog,
  writeEntries,
  writeStoredLog,
} from '../../support/d1/audit-log.ts';
import { bindings, clock } from '../../support/d1/http-mesh.ts';

const { DB } = bindings;
const keys = readEnv(bindings);
const OTHER_KEY = { encryptionKey: 'MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE=' };
const COUNT = 6;

let whole: StoredLog;

beforeEach(async () => {
  await emptyAuditLog(DB);
  await writeEntries(DB, keys, COUNT, clock.now);
  whole = await readStoredLog(DB);
});

/** The codes and the numbers of what a verification finds. */
async function problems(of = keys): Promise<[string, number | null][]> {
  return (await verifyAudit(DB, of)).problems.map(({ code, seq }) => [code, seq]);
}

/** What a verification finds in the rows that `change` makes of the whole log. */
async function problemsAfter(
  change: (log: StoredLog) => Partial<StoredLog>,
): Promise<[string, number | null][]> {
  await writeStoredLog(DB, { ...whole, ...change(whole) });
  return problems();
}

test('a log as it was written is valid, and its head is the newest entry', async () => {
  expect(await verifyAudit(DB, keys)).toEqual({
    entries: COUNT,
    first: { seq: 1, hash: GENESIS },
    head: { seq: COUNT, hash: whole.entries.at(-1)!.hash },
    problems: [],
  });
});

test('a mesh without keys and people has an empty log, which is valid', async () => {
  await emptyAuditLog(DB);
  expect(await verifyAudit(DB, keys)).toEqual({ entries: 0, first: null, head: null, problems: [] });
});

describe('of every entry', () => {
  const columns = [
    ...['at', 'actor_type', 'actor_id', 'actor_name', 'address', 'user_agent', 'file'],
    ...['action', 'target_type', 'target_id', 'target_name', 'before', 'after', 'hash'],
  ];

  test.each(columns)('a change of the column `%s` is found, with its number', async (column) => {
    for (const index of [0, 2, COUNT - 1]) {
      const entries = whole.entries.map((row, at) =>
        at === index ? { ...row, [column]: column === 'at' ? Number(row.at) + 1 : `${row[column]}x` } : row,
      );
      expect(await problemsAfter(() => ({ entries })), `entry ${index + 1}`).toEqual([
        ['changed', index + 1],
      ]);
    }
  });

  test('its removal is found, with its number', async () => {
    for (let seq = 1; seq <= COUNT; seq += 1)
      expect(
        await problemsAfter(({ entries }) => ({ entries: entries.filter((row) => row.seq !== seq) })),
      ).toEqual([['missing', seq]]);
  });

  test('its removal is found, if the entries after it get its number', async () => {
    for (let seq = 1; seq < COUNT; seq += 1) {
      const entries = whole.entries
        .filter((row) => row.seq !== seq)
        .map((row, index) => ({ ...row, seq: index + 1 }));
      expect(await problemsAfter(() => ({ entries }))).toEqual([['changed', seq]]);
    }
  });

  test('its exchange with any other entry is found, with the first of both', async () => {
    for (let a = 0; a < COUNT; a += 1)
      for (let b = a + 1; b < COUNT; b += 1) {
        const entries = [...whole.entries];
        entries[a] = { ...whole.entries[b]!, seq: a + 1 };
        entries[b] = { ...whole.entries[a]!, seq: b + 1 };
        expect(await problemsAfter(() => ({ entries }))).toEqual([['changed', a + 1]]);
      }
  });

  test('an insertion before it, or behind the last, is found, with its number', async () => {
    for (let place = 0; place <= COUNT; place += 1) {
      const entries = whole.entries
        .toSpliced(place, 0, { ...whole.entries[0]!, action: 'monitor.deleted' })
        .map((row, index) => ({ ...row, seq: index + 1 }));
      const code = place === COUNT ? 'unexpected' : 'changed';
      expect(await problemsAfter(() => ({ entries })), `place ${place}`).toEqual([[code, place + 1]]);
    }
  });

  test('a change with every hash after it computed again is found by the signature', async () => {
    for (let index = 0; index < COUNT; index += 1) {
      const entries = rehashed(
        whole.entries.map((row, at) => (at === index ? { ...row, after: '{}' } : row)),
      );
      const chain = [{ ...whole.chain[0]!, last_hash: entries.at(-1)!.hash }];
      expect(await problemsAfter(() => ({ entries, chain }))).toEqual([['signature', COUNT]]);
    }
  });
});

function rehashed(rows: StoredLog['entries']) {
  let hash = GENESIS;
  return rows.map((row) => {
    const entry = Object.fromEntries(
      Object.entries(row).map(([column, value]) => [
        column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
        value,
      ]),
    );
    hash = hashEntry(hash, entry as never);
    return { ...row, hash };
  });
}

describe('the ends', () => {
  test('the newest entries that are removed together with their end are found', async () => {
    const entries = whole.entries.slice(0, -2);
    const chain = [{ ...whole.chain[0]!, last_seq: COUNT - 2, last_hash: entries.at(-1)!.hash }];
    expect(await problemsAfter(() => ({ entries, chain }))).toEqual([['signature', COUNT - 2]]);
  });

  test('the oldest entries that are removed together with their end are found', async () => {
    const entries = whole.entries.slice(2);
    const chain = [{ ...whole.chain[0]!, first_seq: 3, first_previous: whole.entries[1]!.hash }];
    expect(await problemsAfter(() => ({ entries, chain }))).toEqual([['signature', 3]]);
  });

  test('a later change does not hide that the newest entries were removed', async () => {
    const entries = whole.entries.slice(0, -2);
    const chain = [{ ...whole.chain[0]!, last_seq: COUNT - 2, last_hash: entries.at(-1)!.hash }];
    await writeStoredLog(DB, { entries, chain });
    await writeEntries(DB, keys, 2, clock.now);
    expect(await problems()).toEqual([['unproven', COUNT - 2]]);
  });

  test('a log that was emptied is found, also after the next change', async () => {
    await DB.prepare(
      "INSERT INTO people (id, issuer, subject, name, created_at, updated_at) VALUES ('p', 'local', 's', 'P', 0, 0)",
    ).run();
    expect(await problemsAfter(() => ({ entries: [], chain: [] }))).toEqual([['emptied', null]]);
    await writeEntries(DB, keys, 1, clock.now);
    expect(await problems()).toEqual([
      ['unproven', 1],
      ['unproven', 1],
    ]);
  });

  test('ends that were removed alone are found, also after the next change, which is written', async () => {
    expect(await problemsAfter(() => ({ chain: [] }))).toEqual([['signature', 1]]);
    await writeEntries(DB, keys, 1, clock.now);
    expect(await problems()).not.toEqual([]);
  });

  test('an entry that was inserted behind the end does not keep the next change from being written', async () => {
    const forged = { ...whole.entries[0]!, seq: COUNT + 1 };
    await writeStoredLog(DB, { ...whole, entries: [...whole.entries, forged] });
    await writeEntries(DB, keys, 1, clock.now);
    expect((await listAuditEntries(DB, { limit: 1 })).rows[0]?.seq).toBe(COUNT + 2);
    expect(await problems()).toEqual([
      ['changed', COUNT + 1],
      ['unproven', COUNT + 1],
    ]);
  });
});

describe('the key', () => {
  test('a signature of a key that is not configured is found', async () => {
    expect(await problems({ ...keys, ...OTHER_KEY })).toEqual([
      ['signature', 1],
      ['signature', COUNT],
    ]);
  });

  test('after a rotation, both ends are signed with the current key, so the previous one can be removed', async () => {
    const rotated = { ...OTHER_KEY, previousEncryptionKey: keys.encryptionKey };
    expect((await verifyAudit(DB, rotated)).problems).toEqual([]);
    await resealSecrets(DB, rotated);
    expect((await verifyAudit(DB, OTHER_KEY)).problems).toEqual([]);
  });

  test('a rotation signs no end that the previous key did not sign', async () => {
    await DB.prepare("UPDATE audit_chain SET last_signature = 'forged'").run();
    await resealSecrets(DB, { ...OTHER_KEY, previousEncryptionKey: keys.encryptionKey });
    expect((await verifyAudit(DB, OTHER_KEY)).problems).toMatchObject([{ code: 'signature', seq: COUNT }]);
  });

  test('a mark of a signature cannot be removed or changed without the key', async () => {
    const chain = whole.chain[0]!;
    const end = { seq: COUNT, hash: String(chain.last_hash) };
    const marked = signEnd(keys, 'last', end, COUNT);
    for (const signature of [marked.replace(/^\d+\./, ''), marked.replace(/^\d+/, '1')])
      expect(await problemsAfter(() => ({ chain: [{ ...chain, last_signature: signature }] }))).toEqual([
        ['signature', COUNT],
      ]);
  });
});
