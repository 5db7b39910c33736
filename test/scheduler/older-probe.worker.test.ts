// Ticks with one location whose probe is one contract version older, or two versions apart, through the fleet and the SDK
// over a fake AWS: every location votes, and the older one costs one invocation more.
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  CONTRACT_VERSION,
  jobSchema,
  PREVIOUS_VERSION,
  previousJobSchema,
  previousReportSchema,
} from '../../probes/contract/index.ts';
import type { Quorum } from '../../src/engine/model/state.ts';
import type { Bindings } from '../../src/env.ts';
import { createFleet } from '../../src/fleet/fleet.ts';
import { runTick } from '../../src/scheduler/tick.ts';
import { syncLocations } from '../../src/services/locations/sync-locations.ts';
import { commit } from '../../src/store/commit.ts';
import { database } from '../../src/store/database.ts';
import * as schema from '../../src/store/schema.ts';
import { loadShard } from '../../src/store/shard.ts';

const { DB, ENCRYPTION_KEY } = env as unknown as Bindings;
const T0 = 1_800_000_000_000;
const LOCATIONS = ['aws:us-east-1', 'aws:us-west-2', 'aws:eu-central-1', 'aws:sa-east-1'];
const OLDER = 'aws:eu-central-1';
const orm = database(DB);

let now: number;
/** Every job that AWS took, in order. */
let jobs: { location: string; version: number; deadlineMs: number }[];
let functionName: string;

beforeEach(async () => {
  now = T0;
  jobs = [];
  // A mesh that this isolate does not know yet.
  functionName = `probe-${crypto.randomUUID().slice(0, 8)}`;
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  const tables = ['journal', 'shards', 'snapshots', 'monitors', 'incidents', 'notifications', 'activity'];
  await DB.batch(tables.map((table) => DB.prepare(`delete from ${table}`)));
});
afterEach(() => vi.restoreAllMocks());

async function createMonitor(quorum: Quorum): Promise<void> {
  const alert = { quorum, failures: 2, recoveries: 2, confirmSeconds: 10 };
  await orm.insert(schema.monitors).values({
    ...{
      number: 1,
      id: 'web',
      name: 'Web',
      intervalSeconds: 60,
      locations: 'all',
      alert,
      channels: 'default',
    },
    ...{ check: { type: 'tcp', host: 'web.example', port: 443, timeoutMs: 5_000 }, tags: {} },
    ...{ public: true, paused: false, createdAt: T0, updatedAt: T0 },
  });
  const writer = { db: DB, tick: 0, publicUrl: 'https://status.example', now: () => now };
  const policy = {
    ...{ intervalMs: 60_000, timeoutMs: 5_000, quorum, failures: 2, recoveries: 2, confirmMs: 10_000 },
    ...{ locations: 'all' as const, dependsOn: [], paused: false },
  };
  const state = await syncLocations(writer, (await loadShard(DB)).state, LOCATIONS);
  const changes = [{ type: 'monitor', number: 1, policy }] as const;
  await commit(writer, state, () => ({ kind: 'change', changes: [...changes] }));
}

/** A probe that speaks these versions. The frozen schemas decide what the previous one takes and answers. */
function answer(job: { version: number; runs: { id: number }[] }, spoken: readonly number[], fails: boolean) {
  const { version, runs } = job;
  const report = (outcome: object) => ({
    ...{ version, build: `probe of ${spoken[0]}`, receivedAt: now },
    observations: runs.map(({ id }) => ({ id, startedAt: now, timings: {}, ...outcome })),
  });
  if (!spoken.includes(version)) {
    const detail = `this probe uses version ${spoken[0]} of the contract`;
    return report({ outcome: 'unmeasured', reason: 'version', detail });
  }
  if (version === PREVIOUS_VERSION) previousJobSchema.parse(job);
  else jobSchema.parse(job);
  const measured = report(
    fails ? { outcome: 'failed', code: 'refused', detail: 'refused' } : { outcome: 'ok' },
  );
  return version === PREVIOUS_VERSION ? previousReportSchema.parse(measured) : measured;
}

/** Replaces AWS behind the SDK. */
function fakeLambda(
  spoken: (location: string) => readonly number[],
  outageFrom = Number.POSITIVE_INFINITY,
  rejectionMs = 0,
) {
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const request = new Request(input, init);
    const location = `aws:${/^lambda\.(.+)\.amazonaws\.com$/.exec(new URL(request.url).hostname)?.[1]}`;
    const job = JSON.parse(new TextDecoder().decode(await request.arrayBuffer()));
    jobs.push({ location, version: job.version, deadlineMs: job.deadlineMs });
    if (!spoken(location).includes(job.version)) now += rejectionMs;
    return Response.json(answer(job, spoken(location), now >= outageFrom));
  });
}

const older = (location: string): number[] =>
  location === OLDER ? [PREVIOUS_VERSION, PREVIOUS_VERSION - 1] : [CONTRACT_VERSION, PREVIOUS_VERSION];

function tick(): Promise<void> {
  const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret' };
  const fleet = createFleet({ functionName, endpoint: undefined, canaries: [], credentials }, () => now);
  let waiting = 0;
  return runTick({
    ...{ db: DB, publicUrl: 'https://status.example', encryptionKey: ENCRYPTION_KEY, locations: LOCATIONS },
    fleet: {
      invoke: async (request) => {
        waiting += 1;
        const result = await fleet.invoke(request);
        waiting -= 1;
        return result;
      },
    },
    now: () => now,
    sleep: async (ms) => {
      // An invocation takes no time, so none is under way when the next one starts.
      do await new Promise((resolve) => setTimeout(resolve, 0));
      while (waiting > 0);
      now += Math.min(ms, 1_000);
    },
    enqueueDeliveries: async () => {},
  });
}

const monitor = async () => (await loadShard(DB)).state.monitors.get(1)!;
const votes = async () => [...(await monitor()).byLocation.values()].map(({ vote }) => vote);
const jobsOf = (location: string): number[] =>
  jobs.filter((job) => job.location === location).map(({ version }) => version);

test('every location votes while one has an older probe, which costs one invocation more', async () => {
  await createMonitor('majority');
  fakeLambda(older);
  await tick();
  expect(await votes()).toEqual(LOCATIONS.map(() => 'passing'));
  const [first, ...later] = jobsOf(OLDER);
  expect(first).toBe(CONTRACT_VERSION);
  expect(later.length).toBeGreaterThan(1);
  expect(new Set(later)).toEqual(new Set([PREVIOUS_VERSION]));
  for (const location of LOCATIONS.filter((one) => one !== OLDER))
    expect(new Set(jobsOf(location))).toEqual(new Set([CONTRACT_VERSION]));
  // The next tick of the same isolate knows it.
  jobs = [];
  now = T0 + 180_000;
  await tick();
  expect(new Set(jobsOf(OLDER))).toEqual(new Set([PREVIOUS_VERSION]));
});

test('an outage that every location sees is confirmed by a quorum of all, with the older probe in it', async () => {
  await createMonitor('all');
  fakeLambda(older, T0 + 60_000);
  await tick();
  expect(await votes()).toEqual(LOCATIONS.map(() => 'failing'));
  expect((await monitor()).verdict).toBe('down');
  const incidents = await orm.select().from(schema.incidents);
  expect(incidents).toMatchObject([{ monitorId: 'web', verdict: 'down', state: 'open' }]);
  expect(incidents[0]!.startedAt).toBeLessThanOrEqual(T0 + 80_000);
});

test('an outage is confirmed although the coordinator learns of the older probe during the confirmation', async () => {
  await createMonitor('all');
  // The probe is rolled back in the second in which the outage begins.
  fakeLambda((location) => (now < T0 + 60_000 ? [CONTRACT_VERSION] : older(location)), T0 + 60_000);
  await tick();
  expect(await votes()).toEqual(LOCATIONS.map(() => 'failing'));
  expect((await monitor()).verdict).toBe('down');
  expect(await orm.select().from(schema.incidents)).toMatchObject([{ monitorId: 'web', verdict: 'down' }]);
  expect(jobsOf(OLDER).filter((version, at, all) => version !== all[at - 1])).toEqual([
    CONTRACT_VERSION,
    PREVIOUS_VERSION,
  ]);
});

test('a location two versions apart abstains: the others decide, and nothing is alerted about it as a failure', async () => {
  await createMonitor('majority');
  fakeLambda((location) => (location === OLDER ? [PREVIOUS_VERSION - 1] : [CONTRACT_VERSION]));
  await tick();
  expect((await monitor()).verdict).toBe('up');
  expect(await orm.select().from(schema.incidents)).toEqual([]);
  // One invocation finds out that it knows neither version. Each of the others costs one.
  expect(jobsOf(OLDER).filter((version) => version === PREVIOUS_VERSION)).toHaveLength(1);
  expect((await votes()).filter((vote) => vote === 'failing')).toEqual([]);
});

test('the second job has what is left of the time of the invocation', async () => {
  await createMonitor('majority');
  fakeLambda(older, undefined, 700);
  await tick();
  const [first, second] = jobs.filter(({ location }) => location === OLDER);
  expect([first!.version, second!.version]).toEqual([CONTRACT_VERSION, PREVIOUS_VERSION]);
  expect(second!.deadlineMs).toBe(first!.deadlineMs - 700);
  expect(await votes()).toEqual(LOCATIONS.map(() => 'passing'));
});
