// The torture: staggered outages while the coordinator is killed again and again and its cron is late, doubled and
// skipped. TORTURE_SEED repeats a run; TORTURE_SCALE below 1 shortens it, to try things out.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from '../../../scripts/start/api.ts';
import { allUp, type Mesh, pause, startMesh, statusOf, until } from '../../support/mesh/live-mesh.ts';
import { Lives, waitUntil } from './coordinator-process.ts';
import {
  type Commit,
  countPending,
  findDatabase,
  readCommits,
  readIncidents,
  readStates,
} from './journal.ts';
import { NotificationWatch, nextWrite } from './kill-timing.ts';
import { type Happened, verdictsOn } from './notification-audit.ts';
import { makePlan, type Plan } from './schedule.ts';

const SEED = Number(process.env.TORTURE_SEED ?? Math.floor(Math.random() * 1e9));
const SCALE = Number(process.env.TORTURE_SCALE ?? 1);
const TARGETS = 12;
const INTERVALS_S = [30, 60, 30];
const AT_MOST_MS = 15 * 60_000;
/** From the end of the last outage on; deliveries may have to wait for a lease that died with its holder. */
const CALM_WITHIN_MS = 120_000;

let mesh: Mesh;
let plan: Plan;

beforeAll(async () => {
  plan = makePlan(SEED, TARGETS, SCALE);
  mesh = await startMesh(TARGETS);
}, 180_000);

afterAll(async () => {
  await mesh?.stop();
});

describe('a coordinator that is killed at random instants', () => {
  test('loses no report and tells of every outage once', async () => {
    const { receiver } = mesh;
    const lives = new Lives(mesh);
    await lives.begin(plan.habits[0]!);
    await mesh.configure(INTERVALS_S);
    const file = findDatabase(mesh.state);
    const beganAt = Date.now();
    await until('every monitor is up', 90_000, async () => allUp(await statusOf(mesh)));
    const zero = Date.now();
    console.log(`torture: seed ${SEED}, ${plan.outages.length} outages, ${plan.kills.length} kills`);

    const outages = breakAndMend(zero);
    let seen: Commit[] = [];
    const takeStock = (): void => {
      const now = readCommits(file);
      expect(now.slice(0, seen.length), 'what was committed is still there').toEqual(seen);
      seen = now;
    };
    const notifications = new NotificationWatch(file);
    let aimed = 0;
    for (const [index, kill] of plan.kills.entries()) {
      await waitUntil(zero + kill.at);
      // Until the next kill's time at most, so that there are as many as planned.
      const patienceMs = zero + (plan.kills[index + 1]?.at ?? plan.gapFrom) - Date.now();
      const hit = {
        sharp: async () => false,
        write: () => nextWrite(file, patienceMs),
        notification: () => notifications.next(patienceMs),
      }[kill.target];
      if (await hit()) {
        aimed += 1;
        await pause(kill.afterMs);
      }
      takeStock();
      await lives.kill();
      takeStock();
      const isGap = index === plan.kills.length - 1;
      void lives.begin(isGap ? null : plan.habits[index + 1]!);
    }
    await waitUntil(zero + plan.gapTo);
    takeStock();
    lives.fireFromNowOn();
    const happened = await outages;
    const calm = await until('everything is resolved and told', CALM_WITHIN_MS, async () => {
      return allUp(await statusOf(mesh)) && countPending(file) === 0;
    }).catch((error: Error) => error.message);
    const listed = await listIncidents();
    const tookMs = Date.now() - beganAt;
    // Nothing is written any more while the accounts are held against each other.
    await lives.kill();
    takeStock();
    console.log(
      `torture: ${(tookMs / 60_000).toFixed(1)} min, ${seen.length} commits, ${aimed} kills hit their mark; ${summaryOf(lives)}`,
    );

    expect(lives.faults).toEqual([]);
    expect(receiver.refused).toEqual([]);
    const incidents = readIncidents(file);
    expect(verdictsOn(happened, receiver.received, incidents, lives.awake, intervalMsOf)).toEqual([]);
    expect(calm).toBe(true);
    expect(listed.toSorted()).toEqual(incidents.map(({ id }) => id).toSorted());
    expect(seen.map((commit) => commit.id)).toEqual(seen.map((_, index) => index + 1));
    expect(new Set(seen.map((commit) => commit.commitId)).size).toBe(seen.length);
    expect(seen.filter((commit, index) => index > 0 && commit.at <= seen[index - 1]!.at)).toEqual([]);
    const { kept, replayed } = readStates(file);
    expect(replayed.seq).toBe(seen.length);
    expect(kept).toEqual(replayed);
    expect(tookMs).toBeLessThanOrEqual(AT_MOST_MS);
  });
});

const intervalMsOf = (monitor: string): number =>
  INTERVALS_S[(Number(monitor.split('-')[1]) - 1) % INTERVALS_S.length]! * 1_000;

/** Plays the plan's outages, and answers with what really was. */
function breakAndMend(zero: number): Promise<Happened[]> {
  return Promise.all(
    plan.outages.map(async (outage) => {
      const target = mesh.targets[outage.target]!;
      await waitUntil(zero + outage.from);
      await target.setUp(false);
      const from = Date.now();
      await waitUntil(zero + outage.to);
      await target.setUp(true);
      return { monitor: target.name, from, to: Date.now() };
    }),
  );
}

async function listIncidents(): Promise<string[]> {
  const { body } = await call(mesh.api, 'GET', '/incidents?limit=100');
  return (body as { incidents: { id: string }[] }).incidents.map(({ id }) => id);
}

function summaryOf({ restartsMs, killsDuringStart }: Lives): string {
  const restarts = restartsMs.toSorted((a, b) => a - b);
  const told = [...Map.groupBy(mesh.receiver.received, (message) => message.body.type)].map(
    ([type, all]) => `${new Set(all.map(({ id }) => id)).size} ${type} in ${all.length} attempts`,
  );
  return [
    `${killsDuringStart} kills during a start`,
    `restart median ${restarts[restarts.length >> 1]} ms, slowest ${restarts.at(-1)} ms`,
    ...told,
  ].join(', ');
}
