// Owns the newest part of the past: every report is a commit of the coordinator, so that incidents, status changes and journal
// rows are those of a mesh that ran. Does not compact them.
import type { Policy } from '../../src/engine/model/state.ts';
import { syncLocations } from '../../src/services/locations/sync-locations.ts';
import { type CommitContext, commit } from '../../src/store/commit.ts';
import { runBatch } from '../../src/store/database.ts';
import { loadState } from '../../src/store/shard.ts';
import { saveCheckpoint } from '../../src/store/snapshot/rows.ts';
import { clockedD1 } from '../../test/support/d1/clocked-d1.ts';
import { LOCATIONS, PUBLIC_URL } from '../coordinator/fixtures.ts';
import { DAY_MS, GROUP_SIZE, LOCATION_COUNT, MINUTE_MS, MONITORS, maintenanceOn, reportAt } from './world.ts';

const POLICY: Policy = {
  ...{ intervalMs: MINUTE_MS, timeoutMs: 5_000, quorum: 'majority', failures: 2, recoveries: 2 },
  ...{ confirmMs: 10_000, locations: 'all', dependsOn: [], paused: false },
};

const CHECKPOINT_MS = 10 * MINUTE_MS;

/** Before anything else: other rows copy their names. */
export async function insertMonitors(db: D1Database, createdAt: number): Promise<void> {
  const rows = Array.from({ length: MONITORS }, (_, index) => {
    const group = Math.floor(index / GROUP_SIZE) + 1;
    return [index + 1, `service-${index + 1}`, `Service ${index + 1}`, `Group ${group}`];
  });
  await db
    .prepare(
      `insert into monitors (number, id, name, group_name, "check", interval_seconds, locations, alert, channels, tags, public,
          paused, slo_target, created_at, updated_at)
        select value ->> 0, value ->> 1, value ->> 2, value ->> 3,
          json_object('type', 'tcp', 'host', (value ->> 1) || '.example', 'port', 443, 'timeoutMs', 5000, 'expect', 'open'),
          60, '"all"', '{"quorum":"majority","failures":2,"recoveries":2,"confirmSeconds":10}', '"default"',
          '{"team":"shop"}', 1, 0, 99.9, ${createdAt}, ${createdAt} from json_each(?)`,
    )
    .bind(JSON.stringify(rows))
    .run();
}

/** Returns the number of commits. `from` is the start of a UTC day. */
export async function fillJournal(db: D1Database, from: number, to: number): Promise<number> {
  let now = from;
  const context: CommitContext = {
    db: clockedD1(db, () => now),
    tick: 1,
    publicUrl: PUBLIC_URL,
    now: () => now,
  };
  let state = await syncLocations(context, await loadState(db), LOCATIONS);
  const numbers = Array.from({ length: MONITORS }, (_, index) => index + 1);
  const changes = numbers.map((number) => ({ type: 'monitor', number, policy: POLICY }) as const);
  state = (await commit(context, state, () => ({ kind: 'change', changes }))).state;
  state = await planMaintenance(context, state, from, to);
  let commits = 3;
  for (let minuteAt = from; minuteAt < to; minuteAt += MINUTE_MS) {
    // As a tick does that has replayed 64 rows.
    if (minuteAt % CHECKPOINT_MS === 0) await runBatch(db, saveCheckpoint(db, 'newest', state, now));
    for (let location = 1; location <= LOCATION_COUNT; location += 1) {
      const observations = reportAt(minuteAt, location);
      if (observations.length === 0) continue;
      const askedAt = observations[0]!.startedAt - 20;
      now = askedAt + 2_000;
      const report = { kind: 'report', location, askedAt, answeredAt: now - 50, error: null } as const;
      state = (await commit(context, state, () => ({ ...report, missedDeadline: false, observations })))
        .state;
      commits += 1;
    }
  }
  await db.prepare('insert or replace into shards (number, tick, tick_at) values (0, 1, ?)').bind(now).run();
  return commits;
}

async function planMaintenance(
  context: CommitContext,
  state: Awaited<ReturnType<typeof loadState>>,
  from: number,
  to: number,
) {
  let newest = state;
  for (let day = from / DAY_MS; day * DAY_MS < to; day += 1) {
    const monitors = Array.from({ length: MONITORS }, (_, index) => index + 1).filter(
      (number) => maintenanceOn(number, day).length > 0,
    );
    const [span] = monitors.flatMap((number) => maintenanceOn(number, day));
    if (!span) continue;
    const ids = monitors.map((number) => `service-${number}`);
    const schedule = JSON.stringify({ startsAt: span[0], endsAt: span[1] });
    await context.db
      .prepare(
        `insert into windows (kind, id, name, monitors, tags, schedule, created_at, updated_at)
          values ('maintenance', ?, 'Planned work', ?, '[]', ?, ${from}, ${from})`,
      )
      .bind(`work-${day}`, JSON.stringify(ids), schedule)
      .run();
    const window = { kind: 'maintenance', monitors, spans: [span] } as const;
    const changes = [{ type: 'window', id: `maintenance:work-${day}`, window } as const];
    newest = (await commit(context, newest, () => ({ kind: 'change', changes }))).state;
  }
  return newest;
}
