// Journal rows at the limits of the contract: D1 takes each of them, and what is cut is never an outcome.
import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { FAILURE_CODES, observationSchema } from '../../../probes/contract/index.ts';
import type { Change, ReportEntry, ReportedObservation } from '../../../src/engine/model/journal.ts';
import { emptyState, type State } from '../../../src/engine/model/state.ts';
import { decodeEntry, encodeEntry } from '../../../src/store/journal/codec.ts';
import { limitResponses } from '../../../src/store/journal/response-budget.ts';
import {
  assertRowSize,
  fitReport,
  MAX_ROW_BYTES,
  splitChanges,
} from '../../../src/store/journal/row-budget.ts';
import { policy, T0, World } from '../../support/engine/world.ts';

/** Six bytes of JSON a character. */
const WORST_TEXT = '\u001f'.repeat(300);

/** The largest failed run that the contract allows, apart from facts and trace, which the engine does not keep. */
const worstFailure = (monitor: number, detail = WORST_TEXT): ReportedObservation => ({
  ...{ monitor, startedAt: T0 + ((monitor * 7_919) % 9_000), outcome: 'failed' },
  code: FAILURE_CODES[monitor % FAILURE_CODES.length]!,
  detail,
  phase: 'connect',
  network: 'ffff:ffff:ffff::/48',
  timings: Object.fromEntries(
    ['dnsMs', 'connectMs', 'tlsMs', 'firstByteMs', 'totalMs'].map((name) => [name, 599_999.1234567891]),
  ),
  samples: {
    ...{ sent: 10, lost: 10 },
    ...{ minMs: 1 / 3, meanMs: 100 / 3, maxMs: 599_999.1234567891, jitterMs: 1 / 7 },
  },
  response: {
    status: 503,
    headers: Object.fromEntries(
      Array.from({ length: 20 }, (_, index) => [`x-${index}`, '\u001f'.repeat(256)]),
    ),
    body: '\u001f'.repeat(1_024),
  },
});

const worstWarnings = (monitor: number): ReportedObservation => ({
  ...{ monitor, startedAt: T0, outcome: 'ok', timings: { totalMs: 1 / 3 }, network: 'ffff:ffff:ffff::/48' },
  degraded: Array.from({ length: 8 }, () => ({ code: 'certificate', limit: 1e21 / 3, detail: WORST_TEXT })),
});

const report = (observations: readonly ReportedObservation[]): ReportEntry => ({
  ...{ kind: 'report', at: T0 + 9_500, location: 3, askedAt: T0, answeredAt: T0 + 9_000 },
  ...{ error: null, missedDeadline: false, observations },
});

/** As a commit writes it. Throws if the row is too large. */
function written(entry: ReportEntry, state: State = emptyState) {
  const row = encodeEntry(fitReport(state, limitResponses(state, entry)));
  const detail = JSON.stringify(row.detail);
  assertRowSize({ ...row, detail });
  return { bytes: Buffer.byteLength(detail), entry: decodeEntry(row) as ReportEntry };
}

const upTo = <T>(count: number, make: (monitor: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index + 1));

describe('a row of a report', () => {
  test('the worst runs of these tests are what the contract allows', () => {
    for (const { monitor: id, network: _, ...run } of [worstFailure(1), worstWarnings(2)])
      expect(() => observationSchema.parse({ id, ...run })).not.toThrow();
  });

  test('a report of 250 failed runs at the limits of the contract keeps every sentence and every figure', () => {
    const runs = upTo(250, (monitor) => worstFailure(monitor));
    const { bytes, entry } = written(report(runs));
    expect(bytes).toBeLessThan(1_100_000);
    const kept = (run: ReportedObservation) => ({ ...run, startedAt: 0, response: undefined });
    expect(entry.observations.map(kept)).toEqual(runs.map(kept));
  });

  test.each([
    ['failed runs', worstFailure],
    ['runs with warnings', worstWarnings],
    [
      'runs of both kinds',
      (monitor: number) => (monitor % 2 ? worstFailure(monitor) : worstWarnings(monitor)),
    ],
  ])(
    'a report of 10,000 %s at the limits of the contract fits its row and keeps every outcome',
    (_, make) => {
      const runs = upTo(10_000, (monitor) => make(monitor));
      const { bytes, entry } = written(report(runs));
      expect(bytes).toBeLessThan(MAX_ROW_BYTES);
      const outcome = ({ monitor, outcome, code }: ReportedObservation) => [monitor, outcome, code];
      expect(entry.observations.map(outcome)).toEqual(runs.map(outcome));
    },
  );

  test('responses are cut before sentences, and sentences are shortened before they are cut', () => {
    const { entry } = written(report(upTo(2_000, (monitor) => worstFailure(monitor))));
    expect(entry.observations.some(({ response }) => response !== undefined)).toBe(false);
    for (const { detail } of entry.observations) expect(detail).toMatch(/^[^ -~]+…$/);
  });

  test.each(['\u001f', 'ä', '漢', '👩🏽‍🚀', '\ud800', '"'])(
    'a sentence of %j is cut between characters',
    (unit) => {
      const state = new World(
        6,
        upTo(9_000, () => ({})),
      ).state;
      const { entry } = written(report([worstFailure(1, unit.repeat(300 / unit.length))]), state);
      const detail = entry.observations[0]!.detail!;
      expect(Buffer.byteLength(JSON.stringify(detail)) - 2).toBeLessThanOrEqual(80);
      expect(detail.endsWith('…')).toBe(true);
      expect([...unit.repeat(300)].join('').startsWith(detail.slice(0, -1))).toBe(true);
      expect(JSON.parse(Buffer.from(JSON.stringify(detail)).toString())).toBe(detail);
    },
  );

  test('the sentences of a usual outage are kept whole in a mesh of 5,000 monitors', () => {
    const state = new World(
      6,
      upTo(5_000, () => ({})),
    ).state;
    const detail = 'no answer from 192.0.2.7:8443 within 5000 ms';
    const { entry } = written(report(upTo(250, (monitor) => worstFailure(monitor, detail))), state);
    expect(entry.observations.every((run) => run.detail === detail)).toBe(true);
  });
});

describe('a row of changes', () => {
  test('changes that one row cannot hold are split, in order', () => {
    const changes = upTo(
      14_000,
      (number): Change => ({
        type: 'monitor',
        number,
        policy: policy({ confirmMs: number, dependsOn: [number] }),
      }),
    );
    const pieces = splitChanges({ kind: 'change', changes });
    expect(pieces.length).toBeGreaterThan(3);
    expect(pieces.flatMap((piece) => piece.changes)).toEqual(changes);
    for (const piece of pieces) {
      const row = encodeEntry({ ...piece, at: T0 });
      expect(Buffer.byteLength(JSON.stringify(row.detail))).toBeLessThanOrEqual(500_000);
      expect(decodeEntry(row)).toEqual({ ...piece, at: T0 });
    }
  });

  test('monitors that share a policy share its text: 10,000 of them are one row', () => {
    const changes = upTo(10_000, (number): Change => ({ type: 'monitor', number, policy: policy() }));
    const pieces = splitChanges({ kind: 'change', changes });
    expect(pieces).toHaveLength(1);
    const row = encodeEntry({ ...pieces[0]!, at: T0 });
    expect(decodeEntry(row)).toEqual({ kind: 'change', at: T0, changes });
  });

  test('windows with 400 spans each are split over rows', () => {
    const spans = upTo(400, (day): [number, number] => [
      T0 + day * 86_400_000,
      T0 + day * 86_400_000 + 1_800_000,
    ]);
    const changes = upTo(
      200,
      (n): Change => ({
        type: 'window',
        id: `silence:${n}`,
        window: { kind: 'silence', monitors: 'all', spans },
      }),
    );
    for (const piece of splitChanges({ kind: 'change', changes })) {
      const row = encodeEntry({ ...piece, at: T0 });
      expect(Buffer.byteLength(JSON.stringify(row.detail))).toBeLessThanOrEqual(500_000);
    }
  });

  test('a row that is too large is a bug, not a write', () => {
    const row = { monitors: null, starts: null, outcomes: null, phases: null };
    expect(() => assertRowSize({ ...row, detail: '漢'.repeat(500_001) })).toThrow(
      'a journal row has 1500003 bytes, but at most 1500000 are allowed',
    );
    expect(() => assertRowSize({ ...row, detail: '漢'.repeat(500_000) })).not.toThrow();
  });
});
