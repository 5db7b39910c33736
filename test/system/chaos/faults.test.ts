// The fault matrix on live meshes: what one to five lost locations may change, and what they may not.
// Each case has a mesh of its own, so that the cases run concurrently.
import { describe, expect, test } from 'vitest';
import { call } from '../../../scripts/start/api.ts';
import { startCronClock } from '../../../scripts/start/cron-clock.ts';
import type { ReportEntry } from '../../../src/engine/model/journal.ts';
import {
  allUp,
  LOCATIONS,
  type Mesh,
  pause,
  startMesh,
  statusOf,
  until,
} from '../../support/mesh/live-mesh.ts';
import { findDatabase, readEntries, readIncidents } from './journal.ts';

/** The outcome of a check run at a location with this fault. */
const LOST = {
  throttle: ['unmeasured throttled'],
  fail: ['unmeasured invoke_error'],
  raise: ['unmeasured function_error'],
  hang: ['unmeasured late'],
  garbage: ['unmeasured bad_report'],
  crash: ['unmeasured function_error'],
  offline: ['unmeasured location_offline'],
} as const;
const KINDS = Object.keys(LOST) as (keyof typeof LOST)[];
const INTERVAL_S = 30;
/** Long enough for a check from every location, and for the deadline of a hanging one. */
const KIND_MS = 37_000;

/** Runs `play` on a mesh with healthy monitors, and stops the mesh. */
async function onMesh(play: (mesh: Mesh) => Promise<void>): Promise<void> {
  const mesh = await startMesh(3);
  const cronFaults: string[] = [];
  let stopCron = (): void => {};
  try {
    await mesh.startCoordinator();
    await mesh.configure([INTERVAL_S]);
    stopCron = startCronClock(mesh.api, (error) => cronFaults.push(error.message)).stop;
    await until('every monitor is up', 90_000, async () => allUp(await statusOf(mesh)));
    await play(mesh);
    expect(cronFaults).toEqual([]);
    expect(mesh.receiver.refused).toEqual([]);
  } finally {
    stopCron();
    await mesh.stop();
  }
}

/** A lost location has an incident of its own; a healthy target has none. */
const incidentsOfMonitors = (mesh: Mesh) =>
  readIncidents(findDatabase(mesh.state)).filter(({ monitorId }) => monitorId !== '');

const typesOf = (mesh: Mesh): string[] => mesh.receiver.received.map((message) => message.body.type);

/** The outcomes of each location in the reports since `from`, with reasons. */
function outcomesSince(mesh: Mesh, from: number): Map<string, Set<string>> {
  const byLocation = new Map<string, Set<string>>();
  for (const entry of readEntries(findDatabase(mesh.state))) {
    if (entry.kind !== 'report' || entry.askedAt < from) continue;
    const id = LOCATIONS[(entry as ReportEntry).location - 1]!;
    const outcomes = byLocation.get(id) ?? new Set<string>();
    for (const { outcome, reason, code } of entry.observations)
      outcomes.add([outcome, reason ?? code].filter(Boolean).join(' '));
    byLocation.set(id, outcomes);
  }
  return byLocation;
}

describe.concurrent('lost locations', () => {
  test.for([1, 2, 3])(
    '%i of six locations, lost in every way, open no incident for a healthy target',
    (count) =>
      onMesh(async (mesh) => {
        for (const [turn, fault] of KINDS.entries()) {
          // In turn, so that every location returns before its vote becomes stale.
          const lost = Array.from(
            { length: count },
            (_, n) => LOCATIONS[(turn * count + n) % LOCATIONS.length]!,
          );
          const from = Date.now();
          for (const id of lost) mesh.lambda.setFault(id, { fault });
          await pause(KIND_MS);
          expect(allUp(await statusOf(mesh)), `${fault} at ${lost}`).toBe(true);
          const reported = outcomesSince(mesh, from);
          for (const id of LOCATIONS) {
            const outcomes = reported.get(id) ?? new Set<string>();
            const expected = lost.includes(id) ? LOST[fault] : ['ok'];
            expect(outcomes, `${id} with ${fault} at ${lost}`).toEqual(new Set(expected));
          }
          for (const id of lost) mesh.lambda.setFault(id, { fault: 'none' });
        }
        expect(readIncidents(findDatabase(mesh.state))).toEqual([]);
        expect(typesOf(mesh)).toEqual([]);
      }),
  );

  test.for([4, 5])(
    '%i of six locations, lost in every way, open no incident either, and the verdict is at worst no_data',
    (count) =>
      onMesh(async (mesh) => {
        for (const [turn, fault] of KINDS.entries()) {
          const lost = Array.from({ length: count }, (_, n) => LOCATIONS[(turn + n) % LOCATIONS.length]!);
          for (const id of lost) mesh.lambda.setFault(id, { fault });
          await pause(KIND_MS);
          const verdicts = (await statusOf(mesh)).monitors.map(({ verdict }) => verdict);
          const wrong = verdicts.filter((verdict) => verdict !== 'up' && verdict !== 'no_data');
          expect(wrong, `${fault} at ${lost}`).toEqual([]);
          for (const id of lost) mesh.lambda.setFault(id, { fault: 'none' });
        }
        await until('every monitor is up again', 90_000, async () => allUp(await statusOf(mesh)));
        expect(incidentsOfMonitors(mesh)).toEqual([]);
        expect(typesOf(mesh).filter((type) => type.startsWith('incident.'))).toEqual([]);
      }),
  );

  test('every pair of locations, each lost in its own way, leaves every monitor up', () =>
    onMesh(async (mesh) => {
      const pairs = LOCATIONS.flatMap((a, first) => LOCATIONS.slice(first + 1).map((b) => [a, b] as const));
      for (const [turn, pair] of pairs.entries()) {
        const faults = [KINDS[turn % KINDS.length]!, KINDS[(3 * turn + 1) % KINDS.length]!];
        for (const [index, id] of pair.entries()) mesh.lambda.setFault(id, { fault: faults[index]! });
        await pause(KIND_MS);
        expect(allUp(await statusOf(mesh)), `${faults} at ${pair}`).toBe(true);
        for (const id of pair) mesh.lambda.setFault(id, { fault: 'none' });
      }
      expect(incidentsOfMonitors(mesh)).toEqual([]);
      expect(typesOf(mesh).filter((type) => !type.startsWith('location.'))).toEqual([]);
    }));

  test('four of six lost locations make the verdict no_data, and the status page does not show down', () =>
    onMesh(async (mesh) => {
      const faults = ['throttle', 'fail', 'hang', 'crash'] as const;
      for (const [index, fault] of faults.entries()) mesh.lambda.setFault(LOCATIONS[index]!, { fault });
      const verdicts = new Set<string>();
      const noData = await until('every monitor has no data', 240_000, async () => {
        const status = await statusOf(mesh);
        for (const { verdict } of status.monitors) verdicts.add(verdict);
        return status.monitors.every(({ verdict }) => verdict === 'no_data') && status;
      });
      expect(noData.state).toBe('no_data');
      expect(noData.incidents).toEqual([]);
      expect(verdicts).toEqual(new Set(['up', 'no_data']));
      for (const id of LOCATIONS) mesh.lambda.setFault(id, { fault: 'none' });
      await until('every monitor is up again', 60_000, async () => allUp(await statusOf(mesh)));
      expect(typesOf(mesh)).toEqual([]);
    }));

  test('a target that two of six locations cannot reach is partial with that scope, and never down', () =>
    onMesh(async (mesh) => {
      const cut = [LOCATIONS[1], LOCATIONS[4]];
      const target = mesh.targets[0]!;
      for (const id of cut) mesh.lambda.setFault(id, { fault: 'cut', ports: [target.port] });
      // Two locations alone count after both have failed every check for a minute and a half.
      await until('partial', 200_000, async () =>
        (await statusOf(mesh)).monitors.some(
          ({ id, verdict }) => id === target.name && verdict === 'partial',
        ),
      );
      // Longer than an interval, so that both locations fail again.
      await pause(2 * INTERVAL_S * 1_000);
      const { body } = await call(mesh.api, 'GET', '/incidents');
      const { incidents } = body as { incidents: { scope: string[]; verdict: string; state: string }[] };
      expect(incidents).toHaveLength(1);
      expect(incidents[0]).toMatchObject({ verdict: 'partial', state: 'open' });
      expect(incidents[0]!.scope.toSorted()).toEqual(cut.toSorted());
      const others = (await statusOf(mesh)).monitors.filter(({ id }) => id !== target.name);
      expect(others.map(({ verdict }) => verdict)).toEqual(['up', 'up']);
      for (const id of cut) mesh.lambda.setFault(id, { fault: 'none' });
      await until('the end is notified', 90_000, () => typesOf(mesh).includes('incident.partial_resolved'));
      expect(typesOf(mesh)).toEqual(['incident.partial', 'incident.partial_resolved']);
    }));
});
