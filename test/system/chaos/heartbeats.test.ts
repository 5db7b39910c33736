// The coordinator is killed 20 times while 50 jobs ping a live mesh, and try again as `curl --retry` does. CHAOS_SEED repeats a
// run.
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seeded } from '../../support/engine/seeded.ts';
import { bodiesOf, createHeartbeats } from '../../support/mesh/heartbeats.ts';
import { type Mesh, pause, startMesh, statusOf, until } from '../../support/mesh/live-mesh.ts';
import { CoordinatorRuns } from './coordinator-process.ts';
import { findDatabase } from './journal.ts';

const SEED = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 1e9));
const HEARTBEATS = 50;
const KILLS = 20;
/** Between a restart and the next kill. */
const RUN_MS = [500, 9_000] as const;
/** From the end of a ping to the next one of the job. */
const PING_EVERY_MS = [2_000, 6_000] as const;
const RETRY_AFTER_MS = 1_000;
/** Longer than the coordinator needs to start again, with what a job waits. */
const EVERY_SECONDS = 60;
const GRACE_SECONDS = 60;
/** It pings once, and never again. */
const STOPPED = 'job-1';

interface Sent {
  readonly rid: string;
  attempts: number;
  /** Attempts that were answered with 200 or 202. */
  acknowledged: number;
}

let mesh: Mesh;
let runs: CoordinatorRuns;
let isOver = false;
const sent: Sent[] = [];
const unexpected: string[] = [];
const jobs: Promise<void>[] = [];

/** One ping of a run, again and again until it is acknowledged. */
async function ping(address: string, rid: string): Promise<void> {
  const one: Sent = { rid, attempts: 0, acknowledged: 0 };
  sent.push(one);
  while (one.acknowledged === 0) {
    one.attempts += 1;
    try {
      const signal = AbortSignal.timeout(10_000);
      const response = await fetch(`${address}?rid=${rid}`, { signal, headers: { connection: 'close' } });
      await response.text();
      if (response.status === 200 || response.status === 202) one.acknowledged += 1;
      else if (response.status < 500) unexpected.push(`${rid}: ${response.status}`);
    } catch {
      // The coordinator is dead.
    }
    if (one.acknowledged === 0) await pause(RETRY_AFTER_MS);
  }
}

async function work(id: string, address: string, random: () => number): Promise<void> {
  for (let run = 1; !isOver; run += 1) {
    await ping(address, `${id}.${run}`);
    if (id === STOPPED) return;
    await pause(between(PING_EVERY_MS, random()));
  }
}

const between = ([from, to]: readonly [number, number], share: number): number => from + (to - from) * share;

beforeAll(async () => {
  mesh = await startMesh(0);
  runs = new CoordinatorRuns(mesh);
  await runs.begin({ lateMs: 0, doubled: false });
}, 180_000);

afterAll(async () => {
  isOver = true;
  await mesh?.stop();
});

/** How often each run is stored. */
function storedRuns(): Map<string, number> {
  const db = new DatabaseSync(findDatabase(mesh.state), { readOnly: true, timeout: 5_000 });
  try {
    const rows = db.prepare('select run_id, count(*) as stored from pings group by run_id').all();
    return new Map(rows.map(({ run_id, stored }) => [String(run_id), Number(stored)]));
  } finally {
    db.close();
  }
}

describe('a coordinator that is killed 20 times while jobs ping', () => {
  test('a coordinator killed at 20 random instants has every ping that it acknowledged, and only the job that stopped is notified', async () => {
    const random = seeded(SEED);
    const ids = Array.from({ length: HEARTBEATS }, (_, index) => `job-${index + 1}`);
    const check = { everySeconds: EVERY_SECONDS, graceSeconds: GRACE_SECONDS };
    const receiver = { url: mesh.receiver.url, secret: mesh.receiver.secret };
    const heartbeats = ids.map((id) => ({ id, name: id, check }));
    const addresses = await createHeartbeats(mesh.api, heartbeats, receiver);
    const from = Date.now();
    jobs.push(...ids.map((id, index) => work(id, addresses[index]!, seeded(SEED + index))));
    for (let kill = 0; kill < KILLS; kill += 1) {
      await pause(between(RUN_MS, random()));
      await runs.kill();
      await runs.begin({ lateMs: 0, doubled: kill % 3 === 0 });
    }
    const killedFor = Date.now() - from;
    const stopped = await until('the job that stopped is notified', 240_000, () =>
      mesh.receiver.received.find(({ accepted, body }) => accepted && body.data.monitor?.id === STOPPED),
    );
    // Longer than a job may be late, with the evaluation after it.
    await pause(60_000);
    isOver = true;
    await Promise.all(jobs);
    await until('the queue has brought what it has', 60_000, () => {
      const stored = storedRuns();
      return sent.every(({ rid, acknowledged }) => (stored.get(rid) ?? 0) >= acknowledged);
    }).catch(() => {});

    const stored = storedRuns();
    const retried = sent.filter(({ attempts }) => attempts > 1);
    const total = [...stored.values()].reduce((sum, count) => sum + count, 0);
    console.log(
      `heartbeats: seed ${SEED}, ${KILLS} kills in ${Math.round(killedFor / 1_000)} s, ${sent.length} pings acknowledged, ${retried.length} after retries, ${total} stored`,
    );
    const lost = sent.filter(({ rid, acknowledged }) => (stored.get(rid) ?? 0) < acknowledged);
    expect(lost, 'acknowledged and not stored').toEqual([]);
    const toomany = sent.filter(({ rid, attempts }) => (stored.get(rid) ?? 0) > attempts);
    expect(toomany, 'stored more often than sent').toEqual([]);
    expect(retried.length, 'a kill hit a ping').toBeGreaterThan(0);
    expect(unexpected).toEqual([]);

    expect(stopped.body.title).toBe(`${STOPPED} did not report in time`);
    const notified = ids.flatMap((id) =>
      bodiesOf(mesh.receiver.received, id).map(({ type }) => `${id} ${type}`),
    );
    expect(notified).toEqual([`${STOPPED} incident.opened`]);
    const verdicts = (await statusOf(mesh)).monitors.filter(({ verdict }) => verdict !== 'up');
    expect(verdicts.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual([`${STOPPED} down`]);
    expect(mesh.receiver.refused).toEqual([]);
    expect(runs.faults).toEqual([]);
  }, 1_200_000);
});
