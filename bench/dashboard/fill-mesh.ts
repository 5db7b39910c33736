// Owns the large mesh: monitors at six locations with half an hour of reports and some outages, committed as the coordinator
// commits them. Also the person who opens the pages. Does not create what people write: see fill-entities.ts.
import type { DatabaseSync } from 'node:sqlite';
import type { ReportedObservation } from '../../src/engine/model/journal.ts';
import type { Policy, State } from '../../src/engine/model/state.ts';
import { syncLocations } from '../../src/services/locations/sync-locations.ts';
import { startSession } from '../../src/services/sessions/start-session.ts';
import { type CommitContext, commit } from '../../src/store/commit.ts';
import { database, runBatch } from '../../src/store/database.ts';
import { insertPerson } from '../../src/store/people.ts';
import { loadState } from '../../src/store/shard.ts';
import { saveCheckpoint } from '../../src/store/snapshot/rows.ts';
import { clockedD1 } from '../../test/support/d1/clocked-d1.ts';
import { LOCATIONS, MINUTE_MS, observationFor, PUBLIC_URL } from '../coordinator/fixtures.ts';

/** Runs of one report: see src/fleet/split-job.ts. */
const RUNS = 250;
/** As a tick does after 64 rows. */
const CHECKPOINT_COMMITS = 60;
/** In the last minutes one monitor in a hundred is down, and another one is partly down. */
const OUTAGE_MINUTES = 5;

const POLICY: Policy = {
  ...{ intervalMs: MINUTE_MS, timeoutMs: 5_000, quorum: 'majority', failures: 2, recoveries: 2 },
  ...{ confirmMs: 10_000, locations: 'all', dependsOn: [], paused: false },
};

export interface Span {
  /** When the first reports are committed, a full minute. */
  readonly from: number;
  readonly minutes: number;
}

/** Before anything else: other rows copy their names. */
export function insertMonitors(sqlite: DatabaseSync, count: number, createdAt: number): void {
  const insert = sqlite.prepare(
    `insert into monitors (number, id, name, group_name, "check", interval_seconds, locations, alert, channels, tags, public,
        paused, slo_target, created_at, updated_at)
      values (?, ?, ?, ?, ?, 60, '"all"', '{"quorum":"majority","failures":2,"recoveries":2,"confirmSeconds":10}',
        '"default"', ?, 1, 0, ?, ${createdAt}, ${createdAt})`,
  );
  sqlite.exec('begin');
  for (let number = 1; number <= count; number += 1) {
    const id = `service-${number}`;
    const check =
      number % 3 === 0
        ? { type: 'tcp', host: `${id}.example`, port: 443, timeoutMs: 5_000, expect: 'open' }
        : { type: 'http', url: `https://${id}.example/health`, timeoutMs: 5_000 };
    const tags = { team: `team-${number % 40}`, wave: `${number % 10}` };
    const group = `Group ${Math.ceil(number / 50)}`;
    const slo = number % 5 === 0 ? 99.9 : null;
    insert.run(number, id, `Service ${number}`, group, JSON.stringify(check), JSON.stringify(tags), slo);
  }
  sqlite.exec('commit');
}

/** Every location reports every monitor in every minute. Returns the number of commits. */
export async function fillReports(db: D1Database, count: number, { from, minutes }: Span): Promise<number> {
  let now = from - MINUTE_MS;
  const context: CommitContext = {
    ...{ db: clockedD1(db, () => now), tick: 1, publicUrl: PUBLIC_URL },
    now: () => now,
  };
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  let state: State = await syncLocations(context, await loadState(db), LOCATIONS);
  const changes = numbers.map((number) => ({ type: 'monitor', number, policy: POLICY }) as const);
  state = (await commit(context, state, () => ({ kind: 'change', changes }))).state;
  let commits = 2;
  for (let minute = 0; minute < minutes; minute += 1) {
    const isOutage = minute >= minutes - OUTAGE_MINUTES;
    for (let location = 1; location <= LOCATIONS.length; location += 1) {
      for (let first = 0; first < count; first += RUNS) {
        if (commits % CHECKPOINT_COMMITS === 0) await runBatch(db, saveCheckpoint(db, 'newest', state, now));
        const askedAt = from + minute * MINUTE_MS + (location - 1) * 9_000 + Math.floor(first / RUNS) * 10;
        now = askedAt + 600;
        const observations = numbers.slice(first, first + RUNS).map((monitor) => {
          const fails =
            isOutage && (monitor % 100 === 0 || (monitor % 100 === 1 && location <= 2 && minute % 4 !== 3));
          const { id: _, address: __, ...run } = observationFor(monitor, fails, askedAt);
          return { ...run, monitor } as ReportedObservation;
        });
        const report = { kind: 'report', location, askedAt, answeredAt: now - 50, error: null } as const;
        state = (await commit(context, state, () => ({ ...report, missedDeadline: false, observations })))
          .state;
        commits += 1;
      }
    }
    await db
      .prepare('insert or replace into shards (number, tick, tick_at) values (0, 1, ?)')
      .bind(now)
      .run();
  }
  return commits;
}

/** The account page shows the most to a person who has them. */
const CREDENTIALS = { username: 'ada', passwordHash: 'none', totpSecret: 'none' };

/** The token of the session of an admin. */
export async function signInAdmin(db: D1Database, now: number): Promise<string> {
  const person = { id: 'per_ada', issuer: 'local', subject: 'ada', name: 'Ada', role: 'admin' } as const;
  const origin = { address: '192.0.2.9', userAgent: null, file: null };
  const started = await startSession(db, { personId: person.id, method: 'passkey', origin, now });
  await database(db).batch([
    insertPerson(db, { ...person, ...CREDENTIALS, createdAt: now, updatedAt: now }),
    started.statement,
  ]);
  return started.token;
}
