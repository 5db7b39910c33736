// Journal rows and snapshots decode to what was encoded, so that a replay gives the same state.
import { describe, expect, test } from 'vitest';
import type { ReportEntry } from '../../../src/engine/model/journal.ts';
import { decodeEntry, encodeEntry } from '../../../src/store/journal/codec.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../src/store/snapshot/codec.ts';
import { VarintReader, VarintWriter } from '../../../src/store/varint.ts';
import { fromLogByte, toLogByte } from '../../../src/uptime/log-steps.ts';
import { T0, World } from '../../support/engine/world.ts';

describe('log-scale bytes', () => {
  test('a log-scale byte is at most 3 % off between 0.02 ms and 40 s', () => {
    for (let ms = 0.02; ms < 40_000; ms *= 1.013) {
      const back = fromLogByte(toLogByte(ms))!;
      expect(Math.abs(back - ms) / ms, `${ms} ms`).toBeLessThanOrEqual(0.0301);
    }
  });

  test('a decoded log-scale byte encodes to the same byte', () => {
    for (let byte = 0; byte < 256; byte += 1) expect(toLogByte(fromLogByte(byte))).toBe(byte);
  });
});

describe('varints', () => {
  test('varints keep integers of either sign up to 2^53', () => {
    const values = [0, 1, -1, 127, 128, -128, 1e9, -1e9, 1_800_000_000_000, 2 ** 52 - 1, -(2 ** 51)];
    const to = new VarintWriter();
    for (const value of values) to.signed(value);
    const from = new VarintReader(to.finish());
    expect(values.map(() => from.signed())).toEqual(values);
    expect(from.done).toBe(true);
  });

  test('a varint reader refuses to read past the end', () => {
    expect(() => new VarintReader(new Uint8Array([0x80])).unsigned()).toThrow(/end at 1/);
  });
});

const entry = (observations: ReportEntry['observations']): ReportEntry => ({
  kind: 'report',
  at: T0 + 500,
  location: 3,
  askedAt: T0,
  answeredAt: T0 + 480,
  error: null,
  missedDeadline: false,
  observations,
});

describe('a journal row', () => {
  test('a journal row keeps a failure exactly and an ok timing within 3 %', () => {
    const row = encodeEntry(
      entry([
        {
          monitor: 9,
          startedAt: T0 + 123,
          outcome: 'failed',
          code: 'reset',
          detail: 'closed by peer',
          timings: { connectMs: 1.2345 },
        },
        { monitor: 2, startedAt: T0 + 7, outcome: 'ok', timings: { connectMs: 33.3 } },
        {
          monitor: 5,
          startedAt: T0 + 7,
          outcome: 'unmeasured',
          reason: 'no_ipv6',
          detail: 'only AAAA',
          timings: {},
        },
      ]),
    );
    const back = decodeEntry(row) as ReportEntry;
    expect(back.observations.map((run) => run.monitor)).toEqual([2, 5, 9]);
    expect(back.observations[0]!.timings.connectMs! / 33.3).toBeCloseTo(1, 1);
    expect(back.observations[1]).toMatchObject({
      outcome: 'unmeasured',
      reason: 'no_ipv6',
      detail: 'only AAAA',
    });
    expect(back.observations[2]).toMatchObject({
      code: 'reset',
      detail: 'closed by peer',
      timings: { connectMs: 1.2345 },
    });
    expect(back.observations[2]!.startedAt).toBe(T0 + 120);
  });

  test.each([
    ['whose total is the sum', { connectMs: 9, dnsMs: 2, totalMs: 11.1 }],
    ['whose total is more', { connectMs: 9, dnsMs: 2, totalMs: 15 }],
    ['without a total', { connectMs: 9 }],
    ['of nothing', {}],
  ])('a journal row with timings %s decodes to an entry that encodes to the same row', (_, timings) => {
    const row = encodeEntry(entry([{ monitor: 1, startedAt: T0 + 14, outcome: 'ok', timings }]));
    const back = decodeEntry(row) as ReportEntry;
    expect(encodeEntry(back)).toEqual(row);
    expect(Object.keys(back.observations[0]!.timings).sort()).toEqual(Object.keys(timings).sort());
    for (const [phase, ms] of Object.entries(timings)) {
      const kept = back.observations[0]!.timings[phase as 'connectMs']!;
      expect(Math.abs(kept - ms) / ms, phase).toBeLessThan(0.09);
    }
  });

  test('a journal row keeps monitors and starts in any order and with any gaps', () => {
    const runs = [5, 1, 2, 3, 900, 901, 7, 902].map((monitor, index) => ({
      monitor,
      startedAt: T0 + index * 130,
      outcome: 'ok' as const,
      timings: {},
    }));
    const back = decodeEntry(encodeEntry(entry(runs))) as ReportEntry;
    const sorted = [...runs].sort((a, b) => a.monitor - b.monitor);
    expect(back.observations.map(({ monitor, startedAt }) => [monitor, startedAt])).toEqual(
      sorted.map(({ monitor, startedAt }) => [monitor, Math.floor(startedAt / 10) * 10]),
    );
  });

  test('a journal row of a large mesh has at most two bytes for each ok run', () => {
    const runs = Array.from({ length: 1000 }, (_, index) => ({
      monitor: index + 1,
      startedAt: T0 + index,
      outcome: 'ok' as const,
      timings: { connectMs: 10 + (index % 90), totalMs: 10.2 + (index % 90) },
    }));
    const row = encodeEntry(entry(runs));
    const bytes =
      row.monitors!.length + row.starts!.length + row.phases!.length + JSON.stringify(row.detail).length;
    expect(bytes / runs.length).toBeLessThanOrEqual(2);
  });
});

describe('a snapshot', () => {
  test('a snapshot decodes to exactly its state, in every phase of an outage', () => {
    const world = new World(6, [
      {},
      { intervalMs: 30_000, locations: [1, 3, 5] },
      { paused: true },
      { quorum: 2 },
    ]);
    const onset = T0 + 180_000;
    world.sees = (location, at) =>
      at < onset ? 'ok' : location === 2 ? 'unmeasured' : at < onset + 120_000 ? 'failed' : 'ok';
    let phases = 0;
    for (let at = T0; at < T0 + 600_000; at += 5_000) {
      world.play(at);
      const decodedState = decodeSnapshot(encodeSnapshot(world.state));
      expect(encodeSnapshot(decodedState)).toBe(encodeSnapshot(world.state));
      if (world.state.monitors.get(1)!.round) phases += 1;
    }
    expect(phases).toBeGreaterThan(2);
    expect(world.events()).toContain('incident.opened');
    const exact = decodeSnapshot(encodeSnapshot(world.state));
    expect(decodeSnapshot(encodeSnapshot(exact))).toEqual(exact);
  });

  test('a snapshot of a newer version is rejected with the fix', () => {
    const snapshot = encodeSnapshot(new World(1).state).replace('"version":1', '"version":2');
    expect(() => decodeSnapshot(snapshot)).toThrow(/deploy the newer Worker/);
  });
});
