// What a probe's report gives for the runs of a request: one observation each, without secrets, whatever the probe returns.
import { describe, expect, test } from 'vitest';
import { CONTRACT_VERSION, type Observation } from '../../probes/contract/index.ts';
import { createDebugRun } from '../../src/fleet/debug-run.ts';
import type { InvocationOutcome } from '../../src/fleet/invocation-outcome.ts';
import { toInvocationResult } from '../../src/fleet/invocation-result.ts';

const RUNS = [
  { id: 1, check: { type: 'tcp' } },
  { id: 2, check: { type: 'tcp' } },
];
const ASKED = 1_000_000;
const ANSWERED = 1_005_000;
const TIMES = { askedAt: ASKED, answeredAt: ANSWERED };
const textOutcome = (text: string) => ({ ...TIMES, text, version: CONTRACT_VERSION }) as const;
const resultOf = (report: unknown, runs: typeof RUNS = RUNS) =>
  toInvocationResult(runs, textOutcome(typeof report === 'string' ? report : JSON.stringify(report)));
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

test('a report gives one observation for every run, in the order of the request', () => {
  const result = resultOf(report([ok(2), { ...ok(1), outcome: 'failed', code: 'reset', detail: 'gone' }]));
  expect(result.error).toBeNull();
  expect(result.observations.map((one) => [one.monitor, one.outcome, one.code])).toEqual([
    [1, 'failed', 'reset'],
    [2, 'ok', undefined],
  ]);
});

test.each([
  [ASKED - 60_000, ASKED],
  [ASKED + 2_000, ASKED + 2_000],
  [ANSWERED + 3_600_000, ANSWERED],
])(
  'a run that starts at %i by the probe’s clock starts at %i, within the invocation',
  (reported, expected) => {
    expect(resultOf(report([ok(1, reported), ok(2)])).observations[0]!.startedAt).toBe(expected);
  },
);

test('a run that the report leaves out is unmeasured, and the others keep their outcome', () => {
  const { observations } = resultOf(report([ok(1)]));
  expect(observations[1]).toMatchObject({ monitor: 2, outcome: 'unmeasured', reason: 'bad_report' });
  expect(observations[0]!.outcome).toBe('ok');
});

test('a certificate of the facts stands beside the observations, of an ok run and of a failed one', () => {
  const facts = [
    { name: 'tls.subject', value: 'shop' },
    { name: 'tls.issuer', value: 'Authority' },
    { name: 'tls.names', value: ['shop.example.com'] },
    { name: 'tls.validTo', value: '2027-03-31T23:59:59.000Z' },
    { name: 'tls.fingerprint', value: 'ab:'.repeat(32).slice(0, -1) },
  ];
  const failed = { ...ok(2), outcome: 'failed', code: 'tls', detail: 'it expired' };
  const { certificates, observations } = resultOf(
    report([
      { ...ok(1), facts },
      { ...failed, facts },
    ]),
  );
  const certificate = {
    ...{ startedAt: ASKED + 10, fingerprint: 'AB'.repeat(32), subject: 'shop', issuer: 'Authority' },
    ...{ names: ['shop.example.com'], validTo: Date.UTC(2027, 2, 31, 23, 59, 59) },
  };
  expect(certificates).toEqual([
    { ...certificate, monitor: 1 },
    { ...certificate, monitor: 2 },
  ]);
  for (const observation of observations) expect(observation).not.toHaveProperty('facts');
  const others = facts.filter(({ name }) => name !== 'tls.fingerprint');
  expect(resultOf(report([{ ...ok(1), facts: others }, ok(2)]))).not.toHaveProperty('certificates');
});

describe('what an invocation result keeps of an observation', () => {
  const samples = { sent: 3, lost: 1, minMs: 2, meanMs: 3, maxMs: 4, jitterMs: 1 };
  const more = {
    samples,
    facts: [{ name: 'http.status', value: 503 }],
    trace: [{ atMs: 1, text: 'sent' }],
  };
  const firstOf = (parts: object) =>
    resultOf(report([{ ...ok(1), ...more, ...parts }, ok(2)])).observations[0]!;

  test('an ok run keeps its samples and warnings, and an empty list of warnings is left out', () => {
    const degraded = [{ code: 'latency', limit: 500, detail: 'it took 812 ms' }];
    expect(firstOf({ degraded })).toEqual({
      ...{ monitor: 1, startedAt: ASKED + 10, outcome: 'ok', timings: { connectMs: 3 }, samples, degraded },
    });
    expect(firstOf({ degraded: [] })).not.toHaveProperty('degraded');
  });

  test('a failed run keeps its samples, phase and response', () => {
    const failed = { outcome: 'failed', code: 'unexpected_reply', detail: 'status 503' } as const;
    const where = {
      phase: 'reply',
      response: { status: 503, headers: { server: 'x' }, body: 'no' },
    } as const;
    expect(firstOf({ ...failed, ...where })).toEqual({
      ...{ monitor: 1, startedAt: ASKED + 10, timings: { connectMs: 3 }, samples, ...failed, ...where },
    });
    expect(firstOf(failed)).not.toHaveProperty('phase');
  });

  test('an unmeasured run keeps only its reason and detail', () => {
    expect(firstOf({ outcome: 'unmeasured', reason: 'deadline', detail: 'late' })).toEqual({
      ...{ monitor: 1, startedAt: ASKED + 10, timings: { connectMs: 3 } },
      ...{ outcome: 'unmeasured', reason: 'deadline', detail: 'late' },
    });
  });
});

test.each([
  ['invalid JSON', '<html>'],
  ['an empty text', ''],
  ['null', 'null'],
  ['another version', { ...report([ok(1), ok(2)]), version: CONTRACT_VERSION + 1 }],
  ['an unknown outcome', report([{ ...ok(1), outcome: 'great' }, ok(2)])],
  ['an unknown code', report([{ ...ok(1), outcome: 'failed', code: 'tired', detail: '' }, ok(2)])],
  ['an unknown run', report([ok(1), ok(2), ok(3)])],
  ['a run with two observations', report([ok(1), ok(1), ok(2)])],
  ['a negative time', report([{ ...ok(1), timings: { connectMs: -1 } }, ok(2)])],
  [
    'an endless detail',
    report([{ ...ok(1), outcome: 'failed', code: 'dns', detail: 'x'.repeat(9_999) }, ok(2)]),
  ],
])('a report with %s is the location’s fault, and every run is unmeasured', (_, unusable) => {
  const result = resultOf(unusable);
  expect(result.observations.map((one) => [one.monitor, one.outcome, one.reason])).toEqual([
    [1, 'unmeasured', 'bad_report'],
    [2, 'unmeasured', 'bad_report'],
  ]);
  expect(result.error).toMatch(/^the report is not usable: /);
});

describe('secrets of the job', () => {
  const SECRET = 'open sesame';
  const runs = [
    { id: 1, check: { type: 'http', secrets: { token: SECRET, word: 'refused' } } },
    { id: 2, check: { type: 'tcp' } },
  ];
  const leaky = {
    ...ok(1),
    ...{ outcome: 'failed', code: 'refused', phase: 'reply', detail: `sent ${SECRET}` },
    response: { status: 401, headers: { echo: SECRET }, body: `<b>${encodeURIComponent(SECRET)}</b>` },
    trace: [{ atMs: 1, text: `> ${SECRET}` }],
  };

  test('no text of a report contains a secret of its run, and words of the contract stay', () => {
    const { observations } = resultOf(report([leaky, ok(2)]), runs);
    expect(observations[0]).toMatchObject({
      ...{ code: 'refused', detail: 'sent •••' },
      response: { headers: { echo: '•••' }, body: '<b>•••</b>' },
    });
  });

  test('an invocation error is redacted before it is truncated', () => {
    const error = `${'x'.repeat(245)}${SECRET}`;
    const failed: InvocationOutcome = { ...TIMES, reason: 'function_error', error, missedDeadline: false };
    expect(toInvocationResult(runs, failed).error).toBe(`${'x'.repeat(245)}•••`);
  });

  test('the reason why a report is unusable contains no secret', () => {
    const { error } = resultOf(report([{ ...ok(1), [SECRET]: 1 }, ok(2)]), runs);
    expect(error).toMatch(/^the report is not usable: .*•••/);
  });

  test('a debug run contains no secret in its detail, response and trace', async () => {
    const outcome = textOutcome(JSON.stringify(report([{ ...leaky, id: 0 }])));
    const run = createDebugRun(
      {} as never,
      () => ASKED,
      async () => outcome,
    );
    const observation = (await run('aws:eu-central-1', runs[0]!.check)) as Extract<
      Observation,
      { outcome: 'failed' }
    >;
    expect(observation).toMatchObject({ detail: 'sent •••', trace: [{ atMs: 1, text: '> •••' }] });
    expect(JSON.stringify(observation)).not.toContain('sesame');
  });

  test('a debug run of a failed invocation is unmeasured and its detail contains no secret', async () => {
    const error = `the probe raised: ${SECRET}`;
    const outcome: InvocationOutcome = { ...TIMES, reason: 'function_error', error, missedDeadline: false };
    const run = createDebugRun(
      {} as never,
      () => ASKED,
      async () => outcome,
    );
    expect(await run('aws:eu-central-1', runs[0]!.check)).toEqual({
      ...{ id: 0, startedAt: ASKED, outcome: 'unmeasured', timings: {} },
      ...{ reason: 'function_error', detail: 'the probe raised: •••' },
    });
  });
});
