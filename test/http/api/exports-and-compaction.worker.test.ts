// Exports while the compaction runs: the same text before, during and after it, and the figures of days by the API.
import { beforeAll, expect, test } from 'vitest';
import { compact } from '../../../src/history/compact.ts';
import {
  dayRecords,
  observationRecords,
  type RecordKind,
  recordLines,
} from '../../../src/http/api/exports/records.ts';
import { exportDays, exportObservations } from '../../../src/services/history/export-history.ts';
import { ask, bindings, clock, empty } from '../../support/d1/http-mesh.ts';
import { HistoryMesh, POLICY } from '../../support/history/mesh.ts';

const { DB } = bindings;
const HOUR = 3_600_000;
/** 2026-12-31, 20:00 UTC: the hours cross a day, a month and a year. */
const START = Date.UTC(2026, 11, 31, 20);
const HOURS = 8;

beforeAll(async () => {
  await empty();
  const mesh = new HistoryMesh(DB, START);
  await mesh.begin(3, [POLICY, POLICY]);
  for (let hour = 0; hour < HOURS; hour += 1) {
    for (let round = 0; round < 4; round += 1)
      for (const location of [1, 2, 3]) {
        mesh.now += 20_000;
        const isDown = hour === 3 && round < 3;
        await mesh.report(
          location,
          new Map([
            [1, isDown ? 'failed' : 'ok'],
            [2, 'ok'],
          ] as const),
        );
      }
    mesh.now = START + (hour + 1) * HOUR;
  }
  clock.now = mesh.now + HOUR / 2;
}, 60_000);

const range = () => ({ from: START - 1, to: clock.now, now: clock.now, monitor: null });
const EVERYTHING = { restriction: null };

/** The export, with a run of the compaction after every tenth line. */
async function exportWhileCompacting<R>(kind: RecordKind<R>, records: AsyncGenerator<R>): Promise<string> {
  let [text, lines] = ['', 0];
  for await (const line of recordLines(kind, records, 'csv')) {
    text += line;
    lines += 1;
    if (lines % 10 === 0) await compact(DB, clock.now);
  }
  return text;
}

test('an export that the compaction overtakes is the same as one before it and one after it', async () => {
  const query = `from=${new Date(START - 1).toISOString()}`;
  const before = await ask(`/api/v1/exports/observations?${query}`);
  const days = await ask(`/api/v1/exports/days?${query}`);
  expect(before.text.trimEnd().split('\r\n')).toHaveLength(1 + HOURS * 4 * 3 * 2);
  const during = await exportWhileCompacting(observationRecords, exportObservations(DB, range(), EVERYTHING));
  expect(during).toBe(before.text);
  while ((await compact(DB, clock.now)) === 'more');
  expect((await ask(`/api/v1/exports/observations?${query}`)).text).toBe(before.text);
  expect((await ask(`/api/v1/exports/days?${query}`)).text).toBe(days.text);
  expect(await exportWhileCompacting(dayRecords, exportDays(DB, range(), EVERYTHING))).toBe(days.text);
});

test('the history in days has the counts of the runs that the export has', async () => {
  const range = `from=2026-12-31T00:00:00Z&to=${new Date(clock.now).toISOString()}`;
  const runs = (await ask(`/api/v1/exports/observations?format=ndjson&monitor=m1&${range}`)).text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  for (const resolution of ['1h', '1d']) {
    const { json } = await ask(`/api/v1/monitors/m1/history?resolution=${resolution}&${range}`);
    for (const bucket of json.buckets) {
      const inside = runs.filter(({ startedAt }) => startedAt >= bucket.from && startedAt < bucket.to);
      const count = (outcome: string) => inside.filter((run) => run.outcome === outcome).length;
      expect([bucket.ok, bucket.failed]).toEqual([count('ok'), count('failed')]);
      // Nearest rank over what the export has: exact, because both are the stored steps.
      const times = inside.filter(({ outcome }) => outcome === 'ok').map(({ totalMs }) => totalMs as number);
      times.sort((a, b) => a - b);
      const p50 = times[Math.max(0, Math.ceil(times.length / 2) - 1)];
      if (p50 !== undefined) expect(Math.abs(bucket.p50Ms / p50 - 1)).toBeLessThan(0.03);
    }
    const sum = json.buckets.reduce((total: number, { ok }: { ok: number }) => total + ok, 0);
    expect(sum).toBe(runs.filter(({ outcome }) => outcome === 'ok').length);
  }
});

test('the export of an outage has the exact detail of each failed run', async () => {
  const { text } = await ask('/api/v1/exports/observations?format=ndjson&monitor=m1');
  const failed = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ outcome }) => outcome === 'failed');
  expect(failed).toHaveLength(9);
  expect(failed[0]).toMatchObject({ code: 'refused', phase: 'connect', detail: '192.0.2.1:443 refused' });
});
