// The rule `backup_failed` alone: from when it applies, what it says, and what must not raise it.
import { expect, test } from 'vitest';
import { meshHealth } from '../../../src/services/health/mesh-health.ts';
import type { ScheduledBackupFacts } from '../../../src/store/backup/scheduled-backup.ts';
import { healthy } from '../../support/engine/entries.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const { state } = healthy(6);
const NOW = Math.max(...[...state.locations.values()].map((one) => one.lastMeasuredAt ?? 0)) + MINUTE;

interface Mesh {
  readonly expects?: boolean;
  readonly resumedAt?: number;
}

const found = (
  scheduledBackup: ScheduledBackupFacts | null,
  { expects = true, resumedAt = 0 }: Mesh = {},
) => {
  const start = NOW - 60 * MINUTE;
  const facts = {
    activity: { activeSince: start, measuringSince: start, idleSince: null, idleAgeMs: 0 },
    ...{ tickAt: NOW - MINUTE, databaseTime: NOW, databaseBytes: 1_000_000, channels: [] },
    history: { pendingSince: null, error: null },
    secrets: { tried: 0, undecryptable: [] },
    scheduledBackup,
  };
  const inputs = { facts, state: { ...state, resumedAt }, error: null, clockAheadMs: 0 };
  const health = meshHealth({ ...inputs, maxDatabaseBytes: 500_000_000, expectsBackups: expects }, NOW);
  return { status: health.status, first: health.reasons[0] };
};
const backup = (at: number) => ({ at, key: 'mesh.test/x.backup.gz', bytes: 1, rows: 1 });
const facts = (more: Partial<ScheduledBackupFacts>): ScheduledBackupFacts => ({
  ...{ expectedSince: NOW - 90 * HOUR, newest: null, failure: null },
  ...more,
});

test('a backup has failed when the newest one is 26 hours old, which only impairs', () => {
  expect(found(facts({ newest: backup(NOW - 26 * HOUR + 1) })).status).toBe('ok');
  const { status, first } = found(facts({ newest: backup(NOW - 26 * HOUR) }));
  expect([status, first]).toEqual([
    'impaired',
    {
      ...{ code: 'backup_failed', stops: false, since: NOW },
      detail:
        "The newest backup is 1 d 2 h old: mesh.test/x.backup.gz. The limit is 1 d 2 h. No run has ended with an error: check the queue of ticks and the Worker's log.",
    },
  ]);
});

test('the detail has the error of the newest run', () => {
  const failure = { at: NOW - HOUR, error: 'put: no space (10001)' };
  expect(found(facts({ failure })).first?.detail).toBe(
    'No backup was stored in the 3 d 18 h since backups are set up. The limit is 1 d 2 h. The newest run failed: put: no space (10001). Check the bucket of BACKUPS.',
  );
});

test('a mesh that has just been set up, or resumed, has time for its backup', () => {
  expect(found(facts({ expectedSince: NOW - 25 * HOUR })).status).toBe('ok');
  expect(found(facts({}), { resumedAt: NOW - HOUR + 1 }).status).toBe('ok');
  expect(found(facts({}), { resumedAt: NOW - HOUR }).status).toBe('impaired');
});

test('a mesh without a bucket has no backup that could fail', () => {
  expect(found(facts({}), { expects: false }).status).toBe('ok');
  expect(found(null).status).toBe('ok');
});
