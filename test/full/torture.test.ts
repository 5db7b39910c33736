// The torture: staggered outages while the coordinator is killed again and again and its cron is late, doubled and
// skipped. TORTURE_SEED repeats a run; TORTURE_SCALE below 1 shortens it, to try things out.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from '../../scripts/start/api.ts';
import {
  type Commit,
  countPending,
  findDatabase,
  nextWrite,
  readCommits,
  readEntries,
  readIncidents,
  readStates,
} from './journal.ts';
import { type Happened, verdictsOn } from './ledger.ts';
import { Lives, waitUntil } from './lives.ts';
import { allUp, type Mesh, pause, startMesh, statusOf, until } from './mesh.ts';
import { makePlan, type Plan } from './plan.ts';

const SEED = Number(process.env.TORTURE_SEED ?? Math.floor(Math.random() * 1e9));
const SCALE = Number(process.env.TORTURE_SCALE ?? 1);
const TARGETS = 12;
const INTERVALS_S = [30, 60, 30];
/** A kill that waits for a write gives up after so long. */
const AIM_MS = 4_000;
const AT_MOST_MS = 15 * 60_000;
/** From the first outage's detection on; deliveries may have to wait for a lease that died with its holder. */
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
    const { receiver, targets } = mesh;
    const lives = new Lives(mesh);
    await lives.begin(plan.habits[0]!);
    await mesh.configure(INTERVALS_S);
    const file = findDatabase(mesh.state);
    const beganAt = Date.now();
    await until('every monitor is up', 90_000, async () => allUp(await statusOf(mesh)));
    const zero = Date.now();
    console.log(`torture: seed ${SEED}, ${plan.outages.length} outages, ${plan.kills.length} kills`);

    const happened: Happened[] = [];
    const outages = Promise.all(
      plan.outages.map(async ({ target, from, to }) => {
        await waitUntil(zero + from);
        await targets[target]!.setUp(false);
        const brokenAt = Date.now();
        await waitUntil(zero + to);
        await targets[target]!.setUp(true);
        happened.push({ monitor: targets[target]!.name, from: brokenAt, to: Date.now() });
      }),
    );
    let seen: Commit[] = [];
    const takeStock = (): void => {
      const now = readCommits(file);
      expect(now.slice(0, seen.length), 'what was committed is still there').toEqual(seen);
      seen = now;
    };
    for (const [index, { at, afterWriteMs }] of plan.kills.entries()) {
      await waitUntil(zero + at);
      if (afterWriteMs !== null && (await nextWrite(file, AIM_MS))) await pause(afterWriteMs);
      takeStock();
      await lives.kill();
      takeStock();
      const isGap = index === plan.kills.length - 1;
      void lives.begin(isGap ? null : plan.habits[index + 1]!);
    }
    await waitUntil(zero + plan.gapTo);
    takeStock();
    lives.fireFromNowOn();
    await outages;
    await until('everything is resolved and told', CALM_WITHIN_MS, async () => {
      return allUp(await statusOf(mesh)) && countPending(file) === 0;
    });
    takeStock();
    const tookMs = Date.now() - beganAt;
    lives.close();
    const restarts = [...lives.restartsMs].sort((a, b) => a - b);
    const kinds = Map.groupBy(receiver.received, (message) => message.body.type);
    console.log(
      [
        `torture: ${(tookMs / 60_000).toFixed(1)} min, ${seen.length} commits`,
        `${lives.killsDuringStart} kills during a start, restart median ${restarts[restarts.length >> 1]} ms, slowest ${restarts.at(-1)} ms`,
        `webhooks ${[...kinds].map(([type, all]) => `${type} ${new Set(all.map((one) => one.id)).size} (${all.length} attempts)`).join(', ')}`,
      ].join('; '),
    );

    expect(lives.faults).toEqual([]);
    expect(receiver.refused).toEqual([]);
    expect(seen.map((commit) => commit.id)).toEqual(seen.map((_, index) => index + 1));
    expect(new Set(seen.map((commit) => commit.commitId)).size).toBe(seen.length);
    expect(seen.filter((commit, index) => index > 0 && commit.at <= seen[index - 1]!.at)).toEqual([]);
    expect(readEntries(file)).toHaveLength(seen.length);
    const { kept, replayed } = readStates(file);
    expect(replayed).toEqual(kept);
    const intervalOf = (monitor: string): number =>
      INTERVALS_S[(Number(monitor.split('-')[1]) - 1) % INTERVALS_S.length]! * 1_000;
    expect(verdictsOn(happened, receiver.received, readIncidents(file), lives.awake, intervalOf)).toEqual([]);
    const { body } = await call(mesh.api, 'GET', '/incidents?limit=100');
    const listed = (body as { incidents: { id: string }[] }).incidents.map((incident) => incident.id);
    expect(listed.toSorted()).toEqual(
      readIncidents(file)
        .map((incident) => incident.id)
        .toSorted(),
    );
    expect(tookMs).toBeLessThanOrEqual(AT_MOST_MS);
  });
});
