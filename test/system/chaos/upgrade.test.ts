// An upgrade of a live mesh in the wrong order, during an outage: its probes go back by one version of the contract, and
// forward again. Every run is measured, and the outage opens and ends as it does without an upgrade.
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startCronClock } from '../../../scripts/start/cron-clock.ts';
import type { ReportEntry } from '../../../src/engine/model/journal.ts';
import { allUp, LOCATIONS, startMesh, statusOf, until } from '../../support/mesh/live-mesh.ts';
import { unpackPreviousProbe } from '../../support/mesh/other-probes.ts';
import { findDatabase, readEntries } from './journal.ts';

const INTERVAL_S = 30;
const MINUTE_MS = 60_000;

test('probes that go back by one version of the contract and forward again lose no run and no alert', {
  timeout: 12 * MINUTE_MS,
}, async () => {
  const mesh = await startMesh(3);
  const cronFaults: string[] = [];
  let stopCron = (): void => {};
  const present = join(mesh.bundlePath, '..', 'present.mjs');
  const received = (type: string): number =>
    mesh.receiver.received.filter(({ body }) => body.type === type).length;
  const reports = (): ReportEntry[] =>
    readEntries(findDatabase(mesh.state)).filter((entry) => entry.kind === 'report');
  const haveAllReported = (since: number): boolean =>
    new Set(reports().flatMap(({ askedAt, location }) => (askedAt >= since ? [location] : []))).size ===
    LOCATIONS.length;
  try {
    await mesh.startCoordinator();
    await mesh.configure([INTERVAL_S]);
    stopCron = startCronClock(mesh.api, (error) => cronFaults.push(error.message)).stop;
    await until('every monitor is up', 2 * MINUTE_MS, async () => allUp(await statusOf(mesh)));

    await copyFile(mesh.bundlePath, present);
    unpackPreviousProbe(mesh.bundlePath);
    await mesh.lambda.reload();
    const rolledBackAt = Date.now();
    await mesh.targets[0]!.setUp(false);
    await until('the outage is notified', 2 * MINUTE_MS, () => received('incident.opened') === 1);
    await until('every older probe has measured', 2 * MINUTE_MS, () => haveAllReported(rolledBackAt));

    await copyFile(present, mesh.bundlePath);
    await mesh.lambda.reload();
    await mesh.targets[0]!.setUp(true);
    await until('its end is notified', 2 * MINUTE_MS, () => received('incident.resolved') === 1);
    await until('every monitor is up', MINUTE_MS, async () => allUp(await statusOf(mesh)));

    const observations = reports().flatMap((entry) => entry.observations);
    expect(observations.filter(({ outcome }) => outcome === 'unmeasured')).toEqual([]);
    expect(observations.length).toBeGreaterThan(3 * LOCATIONS.length);
    expect(mesh.receiver.received.map(({ body }) => body.type).sort()).toEqual([
      'incident.opened',
      'incident.resolved',
    ]);
    expect([cronFaults, mesh.receiver.refused]).toEqual([[], []]);
  } finally {
    stopCron();
    await mesh.stop();
  }
});
