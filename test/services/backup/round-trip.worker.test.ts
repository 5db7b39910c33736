// A backup of a mesh with one of everything, over the real API and D1: what is restored is what was backed up.
import { beforeEach, expect, test, vi } from 'vitest';
import { readEnv } from '../../../src/env.ts';
import { verifyAudit } from '../../../src/services/audit/verify-audit.ts';
import { BACKUP_TABLES } from '../../../src/store/backup/tables.ts';
import { loadState } from '../../../src/store/shard.ts';
import { encodeSnapshot } from '../../../src/store/snapshot/codec.ts';
import { backUp, type Row, restore, rowsByTable, wipe } from '../../support/d1/backups.ts';
import { ask, bindings, clock, keepDefaultChannels, post } from '../../support/d1/http-mesh.ts';
import { makeWholeMesh } from '../../support/d1/whole-mesh.ts';

await keepDefaultChannels();
// A backup and a restore are some hundred requests.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });
const { DB } = bindings;

/** Everything that a restore changes on purpose, and what it adds. */
const CHANGED: Readonly<Record<string, readonly string[]>> = {
  shards: ['tick', 'tick_at'],
  activity: ['active_since', 'measuring_since'],
  alerts: ['next_at', 'version'],
  channels: ['lease', 'leased_until', 'paused_until'],
  deliveries: ['state', 'turn', 'held_until', 'finished_at', 'last_error'],
  mailings: ['cursor'],
  mailing_deliveries: ['state', 'finished_at', 'last_error'],
  report_schedules: ['sent_period'],
};
/** Tables that this mesh does not fill: random-rows.worker.test.ts does. */
const UNFILLED: readonly string[] = [
  'series',
  'days',
  'damaged_journal',
  'damaged_snapshots',
  'receipts',
  'mailing_deliveries',
  'shards',
  'health',
  'passkeys',
  'recovery_codes',
  'used_tokens',
  'certificates',
  'compaction',
  'monitor_histories',
];
const ADDED = new Set(['audit_entries', 'audit_chain']);

function comparable(tables: ReadonlyMap<string, readonly Row[]>): Record<string, unknown> {
  return Object.fromEntries(
    [...tables]
      .filter(([name]) => !ADDED.has(name))
      .map(([name, rows]) => [
        name,
        rows.map((row) =>
          Object.fromEntries(Object.entries(row).filter(([column]) => !CHANGED[name]?.includes(column))),
        ),
      ]),
  );
}

async function fill(): Promise<void> {
  let made = 0;
  const text = () => `Words ${made++} "quoted" \\ 'single' <b>`;
  await makeWholeMesh(
    {
      send: (method, path, body) => ask(path, { method, ...(body === undefined ? {} : { body }) }),
      db: DB,
      now: () => clock.now,
      setNow: (now) => {
        clock.now = now;
      },
    },
    { prefix: 'a', team: 'shop', text, sharedText: text },
  );
  await post('/api/v1/monitors', {
    ...{ id: 'job', name: 'Job', check: { type: 'heartbeat', everySeconds: 3_600 } },
  });
  await post('/api/v1/monitors', {
    ...{ id: 'secret', name: 'Secret', intervalSeconds: 60 },
    check: {
      ...{ type: 'http', url: 'https://api.example.com/', headers: { authorization: 'Bearer {{token}}' } },
      secrets: { token: 'plain-text-of-a-secret' },
    },
  });
}

beforeEach(wipe);

test('a backup of a mesh with one of everything, restored into an empty mesh, gives an equal backup', async () => {
  await fill();
  const state = encodeSnapshot(await loadState(DB));
  const before = await backUp();
  expect(before.join('\n')).not.toContain('plain-text-of-a-secret');
  await wipe();
  await restore(before);
  const after = await backUp();
  expect(comparable(await rowsByTable(after))).toEqual(comparable(await rowsByTable(before)));
  expect(encodeSnapshot(await loadState(DB))).toBe(state);
  expect((await post('/api/v1/state/rebuild', {})).json).toMatchObject({ rebuilt: false });
  expect((await verifyAudit(DB, readEnv(bindings))).problems).toEqual([]);
  const [restored] = (await ask('/api/v1/audit-entries?action=mesh.restored')).json.auditEntries;
  expect(restored).toMatchObject({ target: { id: 'status.test' }, after: { mesh: 'https://status.test' } });
  const filled = [...(await rowsByTable(before)).keys()];
  expect(BACKUP_TABLES.map(({ name }) => name).filter((name) => !filled.includes(name))).toEqual([
    ...UNFILLED,
  ]);
});
