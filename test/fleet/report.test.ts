// What a probe's answer means for the looks that were asked: one observation each, whatever comes back.
import { describe, expect, test } from 'vitest';
import { CONTRACT_VERSION } from '../../probes/contract/index.ts';
import { decodeReport } from '../../src/fleet/report.ts';

const RUNS = [
  { id: 1, check: { type: 'tcp' } },
  { id: 2, check: { type: 'tcp' } },
];
const ASKED = 1_000_000;
const ANSWERED = 1_005_000;
const decode = (report: unknown) =>
  decodeReport(RUNS, ASKED, ANSWERED, typeof report === 'string' ? report : JSON.stringify(report));
const report = (observations: unknown[]) => ({
  version: CONTRACT_VERSION,
  build: 'x',
  receivedAt: ASKED,
  observations,
});
const ok = (id: number, startedAt = ASKED + 10) => ({
  id,
  startedAt,
  outcome: 'ok',
  timings: { connectMs: 3 },
});

describe('a report', () => {
  test('answers every look that was asked', () => {
    const heard = decode(report([ok(2), { ...ok(1), outcome: 'failed', code: 'reset', detail: 'gone' }]));
    expect(heard.error).toBeNull();
    expect(heard.observations.map((one) => [one.monitor, one.outcome, one.code])).toEqual([
      [1, 'failed', 'reset'],
      [2, 'ok', undefined],
    ]);
  });

  test.each([
    [ASKED - 60_000, ASKED],
    [ASKED + 2_000, ASKED + 2_000],
    [ANSWERED + 3_600_000, ANSWERED],
  ])('from a clock at %i begins its look at %i: within the invocation', (said, meant) => {
    expect(decode(report([ok(1, said), ok(2)])).observations[0]!.startedAt).toBe(meant);
  });

  test('that leaves a look out says nothing of it', () => {
    const heard = decode(report([ok(1)]));
    expect(heard.observations[1]).toMatchObject({ monitor: 2, outcome: 'unmeasured', reason: 'bad_report' });
    expect(heard.observations[0]!.outcome).toBe('ok');
  });
});

describe('of what a look learned, the report keeps', () => {
  const samples = { sent: 3, lost: 1, minMs: 2, meanMs: 3, maxMs: 4, jitterMs: 1 };
  const more = {
    samples,
    facts: [{ name: 'http.status', value: 503 }],
    trace: [{ atMs: 1, text: 'sent' }],
  };
  const heardOf = (parts: object) =>
    decode(report([{ ...ok(1), ...more, ...parts }, ok(2)])).observations[0]!;

  test('samples and warnings of an ok look, and nothing where it warns of nothing', () => {
    const degraded = [{ code: 'latency', limit: 500, detail: 'it took 812 ms' }];
    expect(heardOf({ degraded })).toEqual({
      ...{ monitor: 1, startedAt: ASKED + 10, outcome: 'ok', timings: { connectMs: 3 }, samples, degraded },
    });
    expect(heardOf({ degraded: [] })).not.toHaveProperty('degraded');
  });

  test('samples, phase and reply of a failed one', () => {
    const failed = { outcome: 'failed', code: 'unexpected_reply', detail: 'status 503' } as const;
    const where = {
      phase: 'reply',
      response: { status: 503, headers: { server: 'x' }, body: 'no' },
    } as const;
    expect(heardOf({ ...failed, ...where })).toEqual({
      ...{ monitor: 1, startedAt: ASKED + 10, timings: { connectMs: 3 }, samples, ...failed, ...where },
    });
    expect(heardOf(failed)).not.toHaveProperty('phase');
  });

  test('only why, of one that measured nothing', () => {
    expect(heardOf({ outcome: 'unmeasured', reason: 'deadline', detail: 'late' })).toEqual({
      ...{ monitor: 1, startedAt: ASKED + 10, timings: { connectMs: 3 } },
      ...{ outcome: 'unmeasured', reason: 'deadline', detail: 'late' },
    });
  });
});

describe('garbage is the location’s fault, and no look’s failure', () => {
  test.each([
    ['no JSON', '<html>'],
    ['nothing', ''],
    ['null', 'null'],
    ['another version', { ...report([ok(1), ok(2)]), version: CONTRACT_VERSION + 1 }],
    ['an unknown outcome', report([{ ...ok(1), outcome: 'great' }, ok(2)])],
    ['an unknown code', report([{ ...ok(1), outcome: 'failed', code: 'tired', detail: '' }, ok(2)])],
    ['a foreign look', report([ok(1), ok(2), ok(3)])],
    ['a look answered twice', report([ok(1), ok(1), ok(2)])],
    ['a negative time', report([{ ...ok(1), timings: { connectMs: -1 } }, ok(2)])],
    [
      'an endless detail',
      report([{ ...ok(1), outcome: 'failed', code: 'dns', detail: 'x'.repeat(9_999) }, ok(2)]),
    ],
  ])('%s', (_, garbage) => {
    const heard = decode(garbage);
    expect(heard.observations.map((one) => [one.monitor, one.outcome, one.reason])).toEqual([
      [1, 'unmeasured', 'bad_report'],
      [2, 'unmeasured', 'bad_report'],
    ]);
    expect(heard.error).toMatch(/^the report is not usable: /);
  });
});
