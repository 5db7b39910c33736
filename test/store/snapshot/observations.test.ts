// Optional figures of observations, in journal rows and snapshots.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CapturedResponse, PHASES } from '../../../probes/contract/index.ts';
import { apply } from '../../../src/engine/apply.ts';
import type { ReportEntry, ReportedObservation } from '../../../src/engine/model/journal.ts';
import { emptyState, type State } from '../../../src/engine/model/state.ts';
import { decodeEntry, type EntryColumns, encodeEntry } from '../../../src/store/journal/codec.ts';
import { limitResponses } from '../../../src/store/journal/response-budget.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../src/store/snapshot/codec.ts';
import { T0, World } from '../../support/engine/world.ts';

const report = (observations: readonly ReportedObservation[], at = T0 + 500, location = 3): ReportEntry => ({
  ...{ kind: 'report', at, location, askedAt: at - 500, answeredAt: at - 20 },
  ...{ error: null, missedDeadline: false, observations },
});
const encoded = (entry: ReportEntry): EntryColumns => encodeEntry(limitResponses(emptyState, entry));
const decoded = (entry: ReportEntry): ReportEntry => decodeEntry(encoded(entry)) as ReportEntry;

/** Times as a probe reports them, with fractions. Times below the smallest byte are covered elsewhere. */
const ms = fc.double({ min: 0.05, max: 60_000, noNaN: true, noDefaultInfinity: true });
const optional = <T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { requiredKeys: [] });
const timings = optional({ dnsMs: ms, connectMs: ms, tlsMs: ms, firstByteMs: ms, totalMs: ms });
const samples = fc
  .tuple(
    fc.integer({ min: 1, max: 10 }),
    fc.integer({ min: 0, max: 10 }),
    optional({ minMs: ms, meanMs: ms, maxMs: ms, jitterMs: ms }),
  )
  .map(([sent, lost, times]) => ({ sent, lost: Math.min(sent, lost), ...times }));
const degraded = fc.array(
  fc.record({
    code: fc.constantFrom('latency' as const, 'loss' as const, 'certificate' as const),
    limit: fc.oneof(fc.integer({ min: 0, max: 500 }), fc.double({ min: 0, max: 1e9, noNaN: true })),
    detail: fc.string({ maxLength: 300, unit: 'grapheme' }),
  }),
  { minLength: 1, maxLength: 3 },
);
const response = optional<CapturedResponse>({
  status: fc.integer({ min: 100, max: 999 }),
  headers: fc.dictionary(fc.string({ minLength: 1, maxLength: 64 }), fc.string({ maxLength: 256 }), {
    maxKeys: 3,
    noNullPrototype: true,
  }),
  body: fc.string({ maxLength: 1_024, unit: 'binary' }),
});
const observation = fc.oneof(
  fc.record(
    { outcome: fc.constant('ok' as const), timings, samples, degraded },
    { requiredKeys: ['outcome', 'timings'] },
  ),
  fc.record(
    {
      ...{ outcome: fc.constant('failed' as const), code: fc.constantFrom('reset' as const, 'tls' as const) },
      ...{
        detail: fc.string({ maxLength: 300 }),
        timings,
        samples,
        phase: fc.constantFrom(...PHASES),
        response,
      },
    },
    { requiredKeys: ['outcome', 'code', 'timings'] },
  ),
  fc.record({
    ...{ outcome: fc.constant('unmeasured' as const), reason: fc.constant('deadline' as const) },
    timings,
  }),
) as fc.Arbitrary<Omit<ReportedObservation, 'monitor' | 'startedAt'>>;
const runs = fc
  .array(observation, { minLength: 1, maxLength: 20 })
  .map((all) =>
    all.map((one, index): ReportedObservation => ({ ...one, monitor: index + 1, startedAt: T0 })),
  );

describe('a journal row', () => {
  test('a journal row keeps everything exactly except the times of ok runs, which are a few percent off at sizes', () => {
    fc.assert(
      fc.property(runs, (observations) => {
        const back = decoded(report(observations));
        let responses = 0;
        for (const [index, was] of observations.entries()) {
          const is = back.observations[index]!;
          if (was.response) responses += 1;
          const kept = responses > 10 ? { ...was, response: undefined } : was;
          if (was.outcome !== 'ok') expect(is).toEqual({ ...kept, startedAt: is.startedAt });
          else expectClose(is, was);
        }
      }),
    );
  });

  /** Log-scale times are at sizes 3 % off, a total that is left out a little more. */
  function expectClose(is: ReportedObservation, was: ReportedObservation): void {
    expect(is.degraded).toEqual(was.degraded);
    expect([is.samples?.sent, is.samples?.lost]).toEqual([was.samples?.sent, was.samples?.lost]);
    for (const [a, b] of [
      [is.timings, was.timings],
      [is.samples ?? {}, was.samples ?? {}],
    ] as const) {
      expect(Object.keys(a).sort()).toEqual(Object.keys(b).sort());
      for (const [key, value] of Object.entries(b as Record<string, number>)) {
        const near = Math.min(Math.max(value, 0.02), 42_000);
        const kept = Math.min((a as Record<string, number>)[key]!, 42_000);
        if (key.endsWith('Ms')) expect(Math.abs(kept - near) / near, key).toBeLessThan(0.095);
      }
    }
  }

  test('a journal row keeps the responses of the first ten failed runs, and the details of all', () => {
    const failed = Array.from(
      { length: 1_000 },
      (_, index): ReportedObservation => ({
        ...{ monitor: index + 1, startedAt: T0, outcome: 'failed', code: 'unexpected_reply', timings: {} },
        ...{
          detail: 'status 503 is not 200',
          phase: 'reply',
          response: { status: 503, body: '\u0001'.repeat(1_024) },
        },
      }),
    );
    const { observations } = decoded(report(failed));
    const kept = observations.filter((one) => one.response !== undefined);
    expect(kept.map(({ monitor }) => monitor)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(observations.every(({ phase, detail }) => phase === 'reply' && detail === failed[0]!.detail)).toBe(
      true,
    );
    expect(JSON.stringify(encoded(report(failed)).detail).length).toBeLessThan(200_000);
  });

  test('a journal row of ok tcp runs has no byte for figures that no run has', () => {
    const tcp = (more: Partial<ReportedObservation>) =>
      Array.from(
        { length: 1_000 },
        (_, index): ReportedObservation => ({
          ...{ monitor: index + 1, startedAt: T0 + index, outcome: 'ok' },
          ...{ timings: { connectMs: 10 + (index % 90), totalMs: 10.2 + (index % 90) }, ...more },
        }),
      );
    const size = (more: Partial<ReportedObservation> = {}): number => {
      const row = encodeEntry(report(tcp(more)));
      return (
        row.monitors!.length + row.starts!.length + row.phases!.length + JSON.stringify(row.detail).length
      );
    };
    // One byte for the mask, one for each connectMs. The total is left out, and so is every figure that no run has.
    expect(encodeEntry(report(tcp({}))).phases).toHaveLength(1_001);
    expect(
      size({ samples: { sent: 3, lost: 0, minMs: 9, meanMs: 10, maxMs: 11, jitterMs: 1 } }) - size(),
    ).toBe(5_000);
    expect(size({ timings: { connectMs: 10, tlsMs: 20, firstByteMs: 30, totalMs: 60 } }) - size()).toBe(
      2_000,
    );
  });
});

describe('a snapshot', () => {
  const played = (reports: readonly (readonly ReportedObservation[])[]): State => {
    let { state } = new World(
      3,
      Array.from({ length: 20 }, () => ({ failures: 1 })),
    );
    for (const [index, observations] of reports.entries()) {
      const at = T0 + 20_000 * (index + 1);
      const started = observations.map((one) => ({ ...one, startedAt: at - 400 }));
      state = apply(state, decoded(report(started, at, 1 + (index % 3)))).value;
    }
    return state;
  };

  test('a snapshot decodes to exactly its state, whatever the observations contain', () => {
    fc.assert(
      fc.property(fc.array(runs, { minLength: 1, maxLength: 7 }), (reports) => {
        const state = played(reports);
        const snapshot = encodeSnapshot(state);
        const back = decodeSnapshot(snapshot);
        expect(encodeSnapshot(back)).toBe(snapshot);
        expect(back).toEqual(state);
      }),
      { numRuns: 60 },
    );
  });

  test('a snapshot keeps up to 200 kB of responses and leaves out the rest', () => {
    let { state } = new World(
      6,
      Array.from({ length: 60 }, () => ({})),
    );
    const responses = (): number =>
      [...state.monitors.values()]
        .flatMap(({ byLocation, round }) => [
          ...[...byLocation.values()].map(({ lastResult }) => lastResult),
          ...(round?.results ?? []),
        ])
        .reduce((sum, one) => sum + (one?.response ? JSON.stringify(one.response).length : 0), 0);
    const sizes: number[] = [];
    for (let turn = 0; turn < 60; turn += 1) {
      const at = T0 + 10_000 + 2_000 * turn;
      const failed = Array.from(
        { length: 6 },
        (_, index): ReportedObservation => ({
          ...{ monitor: 1 + ((turn * 6 + index) % 60), startedAt: at - 100, outcome: 'failed' },
          ...{ code: 'unexpected_reply', timings: {}, response: { status: 500, body: 'x'.repeat(1_000) } },
        }),
      );
      const entry = limitResponses(state, report(failed, at, 1 + Math.floor(turn / 10)));
      state = apply(state, decoded(entry)).value;
      sizes.push(responses());
    }
    expect(Math.max(...sizes)).toBeGreaterThan(195_000);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(200_000);
  });
});

test('a warning that has ended is kept in a snapshot', () => {
  const world = new World(6);
  world.finds = () => [{ code: 'latency', limit: 500, detail: 'it took 812 ms' }];
  world.play(T0 + 6 * 60_000);
  world.finds = () => [];
  world.play(T0 + 9 * 60_000);
  const { warnings } = world.state.monitors.get(1)!;
  expect(warnings?.degraded).toMatchObject({ notifiedLimit: 0, endedAt: expect.any(Number) });
  expect(decodeSnapshot(encodeSnapshot(world.state)).monitors.get(1)!.warnings).toEqual(warnings);
});
