// A part of a stored state or of a journal row is that part of the whole: of random worlds, byte by byte.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeEntry, decodePartOfEntry, encodeEntry } from '../../../src/store/journal/codec.ts';
import { readTimings, readTimingsAt, writeTimings } from '../../../src/store/journal/timing-columns.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../src/store/snapshot/codec.ts';
import { decodePartOfSnapshot } from '../../../src/store/snapshot/part.ts';
import { VarintWriter } from '../../../src/store/varint.ts';
import { playWorld, worldArbitrary } from '../../support/engine/random-world.ts';

test('of a snapshot and of an entry', () => {
  fc.assert(
    fc.property(worldArbitrary, (spec) => {
      let steps = 0;
      playWorld(spec, {
        see: ({ after, entry }) => {
          steps += 1;
          if (steps % 7 !== 1) return;
          const text = encodeSnapshot(after);
          const whole = decodeSnapshot(text);
          for (const number of whole.monitors.keys()) {
            const { monitors, ...others } = decodePartOfSnapshot(text, number);
            const { monitors: all, ...wanted } = whole;
            expect(others).toEqual(wanted);
            expect(monitors.has(number)).toBe(true);
            for (const [one, state] of monitors) expect(state).toEqual(all.get(one));
          }
          if (entry.kind !== 'report') return;
          const columns = encodeEntry(entry);
          const decoded = decodeEntry(columns);
          if (decoded.kind !== 'report') throw new Error('not a report');
          for (const number of whole.monitors.keys())
            expect(decodePartOfEntry(columns, (one) => one === number)).toEqual({
              ...decoded,
              observations: decoded.observations.filter(({ monitor }) => monitor === number),
              measured: decoded.observations.some(({ outcome }) => outcome !== 'unmeasured'),
            });
        },
      });
    }),
    { numRuns: 30 },
  );
});

test('of the timings of a row, with samples, a total that is a sum, and runs without either', () => {
  const timed = (total: number | undefined, sampled: boolean) => ({
    ...{ monitor: 1, location: 1, startedAt: 0, outcome: 'ok' as const },
    timings: { connectMs: 12, tlsMs: 30, ...(total === undefined ? {} : { totalMs: total }) },
    ...(sampled ? { samples: { sent: 4, lost: 1, minMs: 10, meanMs: 12, maxMs: 20, jitterMs: 2 } } : {}),
  });
  for (const runs of [
    [timed(42, false), timed(42, false)],
    [timed(90, true), timed(undefined, false), timed(70, true)],
    [timed(undefined, false)],
  ]) {
    const to = new VarintWriter();
    writeTimings(to, runs);
    const bytes = to.finish();
    const whole = readTimings(bytes, runs.length);
    expect(runs.map((_, index) => readTimingsAt(bytes, runs.length, index))).toEqual(whole);
  }
});
