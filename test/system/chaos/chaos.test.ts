// The chaos test: staggered outages, while the coordinator is killed repeatedly, its clock jumps, its checkpoints are damaged,
// and its cron is late, doubled and skipped. CHAOS_SEED repeats a run; CHAOS_SCALE below 1 shortens it, for experiments.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from '../../../scripts/start/api.ts';
import { seeded } from '../../support/engine/seeded.ts';
import { allUp, type Mesh, pause, startMesh, statusOf, until } from '../../support/mesh/live-mesh.ts';
import { CoordinatorRuns, waitUntil } from './coordinator-process.ts';
import { damageCheckpoints, rebuildIds, withoutRebuilds } from './damage.ts';
import {
  type Commit,
  countPending,
  findDatabase,
  readCommits,
  readIncidents,
  readStates,
} from './journal.ts';
import { NotificationWatch, nextWrite } from './kill-timing.ts';
import { auditNotifications, type InjectedOutage } from './notification-audit.ts';
import { makeSchedule, type Schedule, withoutJumps } from './schedule.ts';

const SEED = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 1e9));
const SCALE = Number(process.env.CHAOS_SCALE ?? 1);
const TARGETS = 12;
/** Share of the kills after which checkpoints are damaged. */
const DAMAGED = 0.5;
const INTERVALS_S = [30, 60, 30];
const MAX_MS = 15 * 60_000;
/** After the last outage. A delivery may have to wait for the lease of a coordinator that was killed. */
const CALM_WITHIN_MS = 120_000;

let mesh: Mesh;
let schedule: Schedule;

beforeAll(async () => {
  schedule = makeSchedule(SEED, TARGETS, SCALE);
  mesh = await startMesh(TARGETS);
}, 180_000);

afterAll(async () => {
  await mesh?.stop();
});

describe('a coordinator that is killed at random instants', () => {
  test('a coordinator that is killed at random instants loses no report and notifies every outage once', async () => {
    const { receiver } = mesh;
    const runs = new CoordinatorRuns(mesh);
    await runs.begin(schedule.cronBehaviors[0]!);
    await mesh.configure(INTERVALS_S);
    const file = findDatabase(mesh.state);
    const beganAt = Date.now();
    await until('every monitor is up', 90_000, async () => allUp(await statusOf(mesh)));
    const zero = Date.now();
    // In whole seconds since the epoch: the first restart comes before the first jump.
    const jumps = schedule.clockJumps.map(({ from, to, offsetSeconds }) => ({
      from: Math.round((zero + from) / 1_000) * 1_000,
      to: Math.round((zero + to) / 1_000) * 1_000,
      offsetSeconds,
    }));
    runs.clockOffset = jumps
      .map(({ from, to, offsetSeconds }) => `${offsetSeconds}@${from / 1_000}..${to / 1_000}`)
      .join(',');
    console.log(
      `chaos: seed ${SEED}, ${schedule.outages.length} outages, ${schedule.kills.length} kills, ${jumps.length} jumps of the clock`,
    );

    const outages = breakAndMend(zero);
    let commits: Commit[] = [];
    const checkCommits = (): void => {
      const now = readCommits(file);
      expect(now.slice(0, commits.length), 'earlier commits are unchanged').toEqual(commits);
      commits = now;
    };
    const notifications = new NotificationWatch(file);
    const random = seeded(SEED + 1);
    let timedKills = 0;
    let damages = 0;
    for (const [index, kill] of schedule.kills.entries()) {
      await waitUntil(zero + kill.at);
      // At most until the next kill is due, so that the number of kills is as scheduled.
      const timeoutMs = zero + (schedule.kills[index + 1]?.at ?? schedule.gapFrom) - Date.now();
      const hit = {
        exact: async () => false,
        write: () => nextWrite(file, timeoutMs),
        notification: () => notifications.next(timeoutMs),
      }[kill.moment];
      if (await hit()) {
        timedKills += 1;
        await pause(kill.afterMs);
      }
      checkCommits();
      await runs.kill();
      checkCommits();
      if (random() < DAMAGED && damageCheckpoints(file, random) > 0) damages += 1;
      const isGap = index === schedule.kills.length - 1;
      void runs.begin(isGap ? null : schedule.cronBehaviors[index + 1]!);
    }
    await waitUntil(zero + schedule.gapTo);
    checkCommits();
    runs.fireFromNowOn();
    const injected = await outages;
    const calm = await until(
      'every incident is resolved and every notification sent',
      CALM_WITHIN_MS,
      async () => {
        return allUp(await statusOf(mesh)) && countPending(file) === 0;
      },
    ).catch((error: Error) => error.message);
    const listed = await listIncidents();
    const tookMs = Date.now() - beganAt;
    // Without a coordinator, nothing is written during the audit.
    await runs.kill();
    checkCommits();
    const rebuilds = rebuildIds(receiver.received).size;
    console.log(
      `chaos: ${(tookMs / 60_000).toFixed(1)} min, ${commits.length} commits, ${timedKills} kills during a write, ${damages} times damaged, ${rebuilds} rebuilds; ${summaryOf(runs)}`,
    );

    expect(runs.faults).toEqual([]);
    expect(receiver.refused).toEqual([]);
    const incidents = readIncidents(file);
    const active = withoutJumps(runs.active, jumps);
    const received = withoutRebuilds(receiver.received);
    expect(auditNotifications(injected, received, incidents, active, intervalMsOf)).toEqual([]);
    expect(calm).toBe(true);
    expect(listed.toSorted()).toEqual(incidents.map(({ id }) => id).toSorted());
    expect(commits.map((commit) => commit.id)).toEqual(commits.map((_, index) => index + 1));
    expect(new Set(commits.map((commit) => commit.commitId)).size).toBe(commits.length);
    expect(commits.filter((commit, index) => index > 0 && commit.at <= commits[index - 1]!.at)).toEqual([]);
    const { loaded, replayed } = readStates(file);
    expect(replayed.seq).toBe(commits.length);
    expect(rebuilds).toBeGreaterThan(0);
    expect(rebuilds).toBeLessThanOrEqual(damages);
    expect(loaded).toEqual(replayed);
    expect(tookMs).toBeLessThanOrEqual(MAX_MS);
  });
});

const intervalMsOf = (monitor: string): number =>
  INTERVALS_S[(Number(monitor.split('-')[1]) - 1) % INTERVALS_S.length]! * 1_000;

/** Causes the scheduled outages. Resolves with their actual times. */
function breakAndMend(zero: number): Promise<InjectedOutage[]> {
  return Promise.all(
    schedule.outages.map(async (outage) => {
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

function summaryOf({ restartsMs, killsDuringStart }: CoordinatorRuns): string {
  const restarts = restartsMs.toSorted((a, b) => a - b);
  const notifications = [...Map.groupBy(mesh.receiver.received, (message) => message.body.type)].map(
    ([type, all]) => `${new Set(all.map(({ id }) => id)).size} ${type} in ${all.length} attempts`,
  );
  return [
    `${killsDuringStart} kills during a start`,
    `restart median ${restarts[restarts.length >> 1]} ms, slowest ${restarts.at(-1)} ms`,
    ...notifications,
  ].join(', ');
}
