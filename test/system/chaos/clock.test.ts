// A live mesh whose clock is 6 hours ahead for 80 seconds and is then corrected. D1's clock is right.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCronClock } from '../../../scripts/start/cron-clock.ts';
import { allUp, type Mesh, pause, startMesh, statusOf, until } from '../../support/mesh/live-mesh.ts';
import { findDatabase, readEntries, readStates } from './journal.ts';

const AHEAD_S = 21_600;
const AHEAD_FOR_MS = 80_000;
/** Until the mesh is up. */
const UP_WITHIN_MS = 60_000;

let mesh: Mesh;
let stopCron = (): void => {};
const cronFaults: string[] = [];
let from = 0;
let to = 0;

beforeAll(async () => {
  mesh = await startMesh(3);
  from = Math.ceil((Date.now() + UP_WITHIN_MS) / 1_000) * 1_000;
  to = from + AHEAD_FOR_MS;
  await mesh.startCoordinator(undefined, `${AHEAD_S}@${from / 1_000}..${to / 1_000}`);
  await mesh.configure([30]);
  stopCron = startCronClock(mesh.api, (error) => cronFaults.push(error.message)).stop;
}, 180_000);

afterAll(async () => {
  stopCron();
  await mesh?.stop();
});

const health = async (): Promise<{ code: number; reasons: string[] }> => {
  const response = await fetch(`${mesh.api.url}/healthz`);
  return { code: response.status, ...((await response.json()) as { reasons: string[] }) };
};

/** When each report was committed: D1's time, also while the clocks are apart. */
const reportedAt = (): number[] =>
  readEntries(findDatabase(mesh.state)).flatMap(({ kind, at }) => (kind === 'report' ? [at] : []));

describe('a clock that is 6 hours ahead for 80 seconds', () => {
  test('a mesh whose clock was 6 hours ahead says so, runs again within seconds of the correction, and detects an outage right after', async () => {
    await until('every monitor is up', from - Date.now() - 2_000, async () => allUp(await statusOf(mesh)));
    await pause(from - Date.now());
    const during = await until('/healthz says so', 5_000, async () => {
      const answer = await health();
      return answer.code === 503 && answer;
    });
    expect(during.reasons).toContain('clocks_apart');
    await until('the log says so', 20_000, () =>
      mesh.workerLines.some((line) => line.includes('clock.apart')),
    );
    await pause(to - Date.now() - 1_000);
    // A run that was in flight at the jump is committed with D1's time.
    expect(reportedAt().filter((at) => at > from + 5_000)).toEqual([]);

    const resumed = await until('a run after the correction', 60_000, () =>
      reportedAt().find((at) => at >= to),
    );
    console.log(`clock: runs start again ${((resumed - to) / 1_000).toFixed(1)} s after the correction`);
    expect(resumed - to).toBeLessThan(10_000);
    expect((await health()).code).toBe(200);

    await mesh.targets[0]!.setUp(false);
    const downAt = Date.now();
    const opened = await until('the outage is notified', 60_000, () =>
      mesh.receiver.received.find(({ body }) => !body.type.startsWith('mesh.')),
    );
    console.log(
      `clock: an outage right after is notified in ${((Date.now() - downAt) / 1_000).toFixed(1)} s`,
    );
    expect(opened.body.type).toBe('incident.opened');
    expect(Date.now() - downAt).toBeLessThan(40_000);
    expect(mesh.receiver.refused).toEqual([]);
    expect(cronFaults).toEqual([]);
    const { loaded, replayed } = readStates(findDatabase(mesh.state));
    expect(loaded).toEqual(replayed);
    expect(loaded.at).toBeLessThanOrEqual(Date.now());
  }, 300_000);
});
