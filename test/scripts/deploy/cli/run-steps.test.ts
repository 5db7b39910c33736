// Order, failures and stopping of the steps of a deployment.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inspectAll, type PlannedStep, planLines } from '../../../../scripts/deploy/plan.ts';
import { runSteps, type StepReport } from '../../../../scripts/deploy/run-steps.ts';
import { DeployError, type Finding, type Step } from '../../../../scripts/deploy/step.ts';

const absent: Finding = { state: 'absent', detail: 'will be made' };
const same: Finding = { state: 'same', detail: 'exists' };

interface Given {
  readonly id: string;
  readonly needs?: readonly string[];
  readonly after?: readonly string[];
  readonly finding?: Finding | Error;
  readonly apply?: () => void | Promise<void>;
}

const step = ({ id, needs = [], after = [], finding = absent, apply = () => undefined }: Given): Step => ({
  ...{ id, title: `step ${id}`, needs, after },
  inspect: async () => {
    if (finding instanceof Error) throw finding;
    return finding;
  },
  apply: async () => apply(),
});

async function run(
  given: readonly Given[],
  stop = new AbortController(),
): Promise<Record<string, StepReport['outcome']>> {
  const plan: PlannedStep[] = await inspectAll(given.map(step));
  const reports = await runSteps(plan, {
    ...{ now: () => 0, signal: stop.signal, onBegin: () => undefined, onEnd: () => undefined },
  });
  return Object.fromEntries(reports.map(({ step: { id }, outcome }) => [id, outcome]));
}

const fail = (): never => {
  throw new DeployError('It is broken.', 'Repair it.');
};

test('a step whose need failed is skipped with everything behind it, and the others go on', async () => {
  const outcomes = await run([
    { id: 'a', apply: fail },
    { id: 'b', needs: ['a'] },
    { id: 'c', needs: ['b'] },
    { id: 'd' },
  ]);
  expect(outcomes.a).toMatchObject({ state: 'failed', error: { what: 'It is broken.', fix: 'Repair it.' } });
  expect(outcomes).toMatchObject({
    b: { state: 'skipped', because: 'a' },
    c: { state: 'skipped' },
    d: { state: 'done' },
  });
});

test('a step that comes after several begins when all have ended, and one that ended well suffices', async () => {
  const order: string[] = [];
  const good = { id: 'good', apply: () => void order.push('good') };
  const bad = { id: 'bad', apply: fail };
  const worker = { id: 'worker', after: ['good', 'bad'], apply: () => void order.push('worker') };
  expect(await run([worker, bad, good])).toMatchObject({ worker: { state: 'done' } });
  expect(order).toEqual(['good', 'worker']);
  expect(await run([{ ...worker, after: ['bad'] }, bad])).toMatchObject({ worker: { state: 'skipped' } });
});

test('a step that could not look fails with its reason and is never carried out', async () => {
  const applied: string[] = [];
  const finding = new DeployError('AWS refuses.', 'Allow it.');
  const outcomes = await run([
    { id: 'a', finding, apply: () => void applied.push('a') },
    { id: 'b', needs: ['a'] },
  ]);
  expect(outcomes).toMatchObject({ a: { state: 'failed', error: finding }, b: { state: 'skipped' } });
  expect(applied).toEqual([]);
});

test('a name in use by something else fails and is left alone', async () => {
  const applied: string[] = [];
  const outcomes = await run([
    { id: 'a', finding: { state: 'foreign', detail: 'It is a shop.' }, apply: () => void applied.push('a') },
  ]);
  expect(outcomes.a).toMatchObject({
    state: 'failed',
    error: { what: 'step a was left alone. It is a shop.' },
  });
  expect(applied).toEqual([]);
});

test('a bug of a step fails that step with what was thrown, and the others go on', async () => {
  const outcomes = await run([
    { id: 'a', apply: () => Promise.reject(new TypeError('x is not a function')) },
    { id: 'b' },
  ]);
  expect(outcomes).toMatchObject({
    a: { state: 'failed', error: { what: 'x is not a function.' } },
    b: { state: 'done' },
  });
});

test('after a stop nothing begins, and what has begun ends', async () => {
  const stop = new AbortController();
  let hasEnded = false;
  const outcomes = await run(
    [
      {
        id: 'a',
        apply: async () => {
          stop.abort();
          await Promise.resolve();
          hasEnded = true;
        },
      },
      { id: 'b', needs: ['a'] },
      { id: 'c', needs: ['b'] },
    ],
    stop,
  );
  expect(hasEnded).toBe(true);
  expect(outcomes).toMatchObject({ a: { state: 'done' }, b: { state: 'stopped' }, c: { state: 'stopped' } });
});

test('in any graph of needs, no step begins before its needs have ended, and each step runs once', async () => {
  const graphs = fc
    .integer({ min: 1, max: 12 })
    .chain((count) =>
      fc.array(fc.array(fc.nat(count), { maxLength: 4 }), { minLength: count, maxLength: count }),
    );
  await fc.assert(
    fc.asyncProperty(graphs, async (graph) => {
      const ended: string[] = [];
      const given = graph.map((needs, index) => {
        const earlier = [...new Set(needs.filter((need) => need < index).map(String))];
        const apply = (): void => {
          for (const need of earlier) if (!ended.includes(need)) throw new Error(`${index} before ${need}`);
          ended.push(String(index));
        };
        return { id: String(index), needs: earlier, apply };
      });
      const outcomes = await run(given.toReversed());
      expect(Object.values(outcomes).every(({ state }) => state === 'done')).toBe(true);
      expect(ended).toHaveLength(graph.length);
    }),
  );
});

test('a plan shows what is made, changed, left and unknown, with a line for each difference', async () => {
  const plan = await inspectAll(
    [
      { id: 'a' },
      {
        id: 'b',
        finding: { state: 'different' as const, detail: 'will be changed', changes: ['memory 128 → 256'] },
      },
      { id: 'c', finding: same },
      { id: 'd', finding: new DeployError('AWS refuses.', 'Allow it.') },
    ].map(step),
  );
  expect(planLines(plan)).toEqual([
    ...['+ step a: will be made', '~ step b: will be changed', '    memory 128 → 256', '= step c'],
    ...['? step d', '    AWS refuses.', '    Allow it.', ''],
    '1 to make, 1 to change, 1 as they should be, 1 with a problem.',
  ]);
  expect(planLines(plan.filter(({ step: { id } }) => id === 'c')).at(-1)).toBe(
    'Nothing to do. All 1 are as they should be.',
  );
});
