// In which version of the contract a location is asked: learned from rejections, kept by the build of its probe.
import { afterEach, beforeEach, expect, type MockInstance, test, vi } from 'vitest';
import { CONTRACT_VERSION, PREVIOUS_VERSION, type SpokenVersion } from '../../probes/contract/index.ts';
import type { InvocationOutcome } from '../../src/fleet/invocation-outcome.ts';
import { type Attempt, LocationVersion } from '../../src/fleet/location-version.ts';

let warned: MockInstance;
beforeEach(() => {
  warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
});
afterEach(() => vi.restoreAllMocks());

const text = (version: SpokenVersion, build: string, reasons: readonly string[], tookMs: number) => ({
  ...{ askedAt: 1_000, answeredAt: 1_000 + tookMs, version },
  text: JSON.stringify({ version, build, observations: reasons.map((reason, id) => ({ id, reason })) }),
});

interface Probe {
  build: string;
  readonly speaks: readonly number[];
}
const older = (build = 'old'): Probe => ({ build, speaks: [PREVIOUS_VERSION, PREVIOUS_VERSION - 1] });
const present = (build = 'new'): Probe => ({ build, speaks: [CONTRACT_VERSION, PREVIOUS_VERSION] });

/** Asks a probe and remembers the attempts. */
function asking(tookMs = 200) {
  const attempts: Attempt[] = [];
  const location = new LocationVersion('aws:eu-central-1');
  const ask = ({ build, speaks }: Probe): Promise<InvocationOutcome> =>
    location.ask(async (attempt) => {
      attempts.push(attempt);
      await Promise.resolve();
      const { version } = attempt;
      return text(
        version,
        build,
        speaks.includes(version) ? ['late', 'late'] : ['version', 'version'],
        tookMs,
      );
    });
  const take = (): number[] => attempts.splice(0).map(({ version }) => version);
  return { ask, take, attempts, location };
}

test('a probe of the present version is asked once', async () => {
  const { ask, take } = asking();
  expect(await ask(present())).toMatchObject({ version: CONTRACT_VERSION });
  expect(take()).toEqual([CONTRACT_VERSION]);
  expect(warned).not.toHaveBeenCalled();
});

test('the second attempt knows how much of the time the first one took', async () => {
  const { ask, attempts } = asking(700);
  await ask(older());
  expect(attempts).toEqual([
    { version: CONTRACT_VERSION, spentMs: 0 },
    { version: PREVIOUS_VERSION, spentMs: 700 },
  ]);
});

test('a rejection that took nearly all the time is the outcome, and the next job tries the other version', async () => {
  const slow = asking(2_600);
  expect(await slow.ask(older())).toMatchObject({ version: CONTRACT_VERSION });
  expect(slow.take()).toEqual([CONTRACT_VERSION]);
  const quick = asking(2_500);
  expect(await quick.ask(older())).toMatchObject({ version: PREVIOUS_VERSION });
});

test('five jobs at once learn the version together, and say so once; the sixth is asked in it', async () => {
  const { ask, take } = asking();
  const outcomes = await Promise.all(Array.from({ length: 5 }, () => ask(older())));
  expect(outcomes.map((outcome) => 'version' in outcome && outcome.version)).toEqual(
    Array(5).fill(PREVIOUS_VERSION),
  );
  expect(take()).toHaveLength(10);
  await ask(older());
  expect(take()).toEqual([PREVIOUS_VERSION]);
  expect(warned).toHaveBeenCalledOnce();
});

test('while old and new instances answer in turn, every job is measured', async () => {
  const { ask, take } = asking();
  for (let turn = 0; turn < 4; turn += 1) {
    expect(await ask(older())).toMatchObject({ version: PREVIOUS_VERSION });
    expect(await ask(present())).toMatchObject({ text: expect.stringContaining('late') });
  }
  // The new instance answers in the previous version, and the next job finds the old one again.
  expect(take()).toEqual(Array(4).fill([CONTRACT_VERSION, PREVIOUS_VERSION, PREVIOUS_VERSION]).flat());
});

test('a probe that knows neither version is asked once per job after the first, until another build answers', async () => {
  const { ask, take } = asking();
  const newest: Probe = { build: 'newest', speaks: [CONTRACT_VERSION + 2] };
  expect(await ask(newest)).toMatchObject({ version: CONTRACT_VERSION });
  expect(take()).toEqual([CONTRACT_VERSION, PREVIOUS_VERSION]);
  await ask(newest);
  expect(take()).toEqual([CONTRACT_VERSION]);
  expect(await ask(older())).toMatchObject({ version: PREVIOUS_VERSION });
  expect(take()).toEqual([CONTRACT_VERSION, PREVIOUS_VERSION]);
  expect(warned.mock.calls.map(([line]) => JSON.parse(line as string).advice)).toEqual([
    expect.stringMatching(/neither version .* deploy probe and coordinator together/),
    expect.stringMatching(/asked in that one: deploy the probe/),
  ]);
});

test('an older probe that is replaced by one without the previous version is found again', async () => {
  const { ask, take } = asking();
  await ask(older());
  expect(await ask({ build: 'next', speaks: [CONTRACT_VERSION + 1, CONTRACT_VERSION] })).toMatchObject({
    version: CONTRACT_VERSION,
  });
  take();
  await ask(present());
  expect(take()).toEqual([CONTRACT_VERSION]);
});

test('a second attempt that fails is the outcome, and the next job tries both versions again', async () => {
  const { location, ask, take } = asking();
  const failure = {
    askedAt: 1,
    answeredAt: 2,
    reason: 'throttled',
    error: 'busy',
    missedDeadline: false,
  } as const;
  const outcome = await location.ask(async ({ version }) =>
    version === CONTRACT_VERSION ? text(version, 'old', ['version'], 1) : failure,
  );
  expect(outcome).toBe(failure);
  await ask(older());
  expect(take()).toEqual([CONTRACT_VERSION, PREVIOUS_VERSION]);
});

test.each([
  ['a report with one run that the version has no words for', ['version', 'late']],
  ['a report without runs', []],
])('%s is no rejection', async (_, reasons) => {
  const sent: number[] = [];
  await new LocationVersion('aws:eu-central-1').ask(async ({ version }) => {
    sent.push(version);
    return text(version, 'new', reasons, 5);
  });
  expect(sent).toEqual([CONTRACT_VERSION]);
});

test.each([
  '"reason":"version"',
  'null',
  '{"reason":"version"}',
  '{"observations":["reason":"version"',
  '{"observations":[null,7],"x":{"reason":"version"}}',
  JSON.stringify({ observations: [{ reason: 'late', detail: '"reason":"version"' }] }),
])('garbage is no rejection, and is the outcome: %s', async (garbage) => {
  const sent: number[] = [];
  const outcome = await new LocationVersion('aws:eu-central-1').ask(async ({ version }) => {
    sent.push(version);
    return { askedAt: 1, answeredAt: 2, text: garbage, version };
  });
  expect(sent).toEqual([CONTRACT_VERSION]);
  expect(outcome).toMatchObject({ text: garbage });
});
