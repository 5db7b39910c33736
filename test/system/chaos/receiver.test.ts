// A receiver that is down for a while, on a live mesh: only its notification waits.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from '../../../scripts/start/api.ts';
import { startCronClock } from '../../../scripts/start/cron-clock.ts';
import type { ReportEntry } from '../../../src/engine/model/journal.ts';
import { SLOT_MS } from '../../../src/engine/model/policy.ts';
import { allUp, type Mesh, pause, startMesh, statusOf, until } from '../../support/mesh/live-mesh.ts';
import { findDatabase, readEntries } from './journal.ts';

const DOWN_MS = 60_000;
/** After three attempts a delivery waits for two minutes, and a few seconds of jitter. */
const LONGEST_PAUSE_MS = 180_000;
/** A check starts in the middle of its slot; this is the tolerance on a busy machine. */
const PUNCTUAL_WITHIN_MS = 2_000;

let mesh: Mesh;
let stopCron = (): void => {};

beforeAll(async () => {
  mesh = await startMesh(3);
  await mesh.startCoordinator();
  await mesh.configure([30]);
  const cronFaults: string[] = [];
  const clock = startCronClock(mesh.api, (error) => cronFaults.push(error.message));
  stopCron = () => {
    clock.stop();
    expect(cronFaults).toEqual([]);
  };
}, 180_000);

afterAll(async () => {
  try {
    stopCron();
  } finally {
    await mesh?.stop();
  }
});

describe('a receiver that is down for a while', () => {
  test('a receiver gets the notification once it is back, with the id of earlier attempts, and no tick is late', async () => {
    await until('every monitor is up', 60_000, async () => allUp(await statusOf(mesh)));
    const { receiver, targets } = mesh;
    await receiver.behave('hangs');
    await targets[0]!.setUp(false);
    const downFrom = Date.now();
    const open = await until('an open incident', 60_000, async () => {
      const { body } = await call(mesh.api, 'GET', '/incidents?state=open');
      return (body as { incidents: { id: string; monitor: { id: string } }[] }).incidents[0];
    });
    await until('an attempt', 30_000, () => receiver.received.length > 0);
    await pause(DOWN_MS / 2);
    expect(receiver.received.length, 'attempts while it hangs').toBeGreaterThanOrEqual(2);
    await receiver.behave('gone');
    await pause(DOWN_MS / 2);
    expect(receiver.received.filter((attempt) => attempt.accepted)).toEqual([]);

    await receiver.behave('accepts');
    const backAt = Date.now();
    const accepted = await until('the notification', LONGEST_PAUSE_MS, () =>
      receiver.received.find((attempt) => attempt.accepted),
    );
    expect(accepted.body.type).toBe('incident.opened');
    expect(accepted.body.data.incident?.id).toBe(open.id);
    expect(new Set(receiver.received.map((attempt) => attempt.id))).toEqual(new Set([accepted.id]));
    expect(receiver.refused).toEqual([]);
    expect(lateSlots(downFrom, backAt)).toEqual([]);
  }, 420_000);
});

/** The slots between two times without a check that started in time. */
function lateSlots(from: number, to: number): string[] {
  const starts = readEntries(findDatabase(mesh.state))
    .filter((entry): entry is ReportEntry => entry.kind === 'report')
    .map((entry) => entry.askedAt);
  const late: string[] = [];
  for (let slot = Math.ceil(from / SLOT_MS); (slot + 1) * SLOT_MS <= to; slot += 1) {
    const due = slot * SLOT_MS + SLOT_MS / 2;
    if (!starts.some((at) => at >= due && at <= due + PUNCTUAL_WITHIN_MS))
      late.push(new Date(due).toISOString());
  }
  return late;
}
