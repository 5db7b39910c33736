// Owns carrying out a plan: steps in the order of their needs, side by side where these allow, and what follows from a failure.
// Does not print, and does not know what the steps make.
import type { PlannedStep } from './plan.ts';
import { asDeployError, DeployError, type Step } from './step.ts';

export type Outcome =
  | { readonly state: 'same' }
  | { readonly state: 'done'; readonly tookMs: number }
  | { readonly state: 'failed'; readonly tookMs: number; readonly error: DeployError }
  /** A step that it needs did not end well. */
  | { readonly state: 'skipped'; readonly because: string }
  /** A person stopped the command before it began. */
  | { readonly state: 'stopped' };

export interface StepReport {
  readonly step: Step;
  readonly outcome: Outcome;
}

export interface RunOptions {
  readonly now: () => number;
  /** When it aborts, no other step begins. */
  readonly signal: AbortSignal;
  readonly onBegin: (step: Step) => void;
  readonly onEnd: (report: StepReport) => void;
}

const isWell = ({ state }: Outcome): boolean => state === 'same' || state === 'done';

/** In the order of the plan. Rejects only for a circle of needs. */
export async function runSteps(plan: readonly PlannedStep[], options: RunOptions): Promise<StepReport[]> {
  const byId = new Map(plan.map((planned) => [planned.step.id, planned]));
  const started = new Map<string, Promise<Outcome>>();
  const outcomeOf = (id: string, path: readonly string[]): Promise<Outcome> => {
    const known = started.get(id);
    if (known) return known;
    if (path.includes(id)) throw new Error(`The steps ${[...path, id].join(' → ')} need each other.`);
    const { step, result } = byId.get(id)!;
    // Steps that are not part of this run are as they should be.
    const present = (ids: readonly string[] = []): string[] => ids.filter((one) => byId.has(one));
    const needs = present(step.needs).map((one) => [one, outcomeOf(one, [...path, id])] as const);
    const after = present(step.after).map((one) => [one, outcomeOf(one, [...path, id])] as const);
    const outcome = runStep({ step, result }, needs, after, options).then((ended) => {
      options.onEnd({ step, outcome: ended });
      return ended;
    });
    started.set(id, outcome);
    return outcome;
  };
  const outcomes = plan.map(({ step }) => outcomeOf(step.id, []));
  return Promise.all(plan.map(async ({ step }, index) => ({ step, outcome: await outcomes[index]! })));
}

type Awaited = readonly (readonly [id: string, outcome: Promise<Outcome>])[];

async function runStep(
  { step, result }: PlannedStep,
  needs: Awaited,
  after: Awaited,
  { now, signal, onBegin }: RunOptions,
): Promise<Outcome> {
  for (const [id, outcome] of needs) {
    const ended = await outcome;
    if (ended.state === 'stopped') return { state: 'stopped' };
    if (!isWell(ended)) return { state: 'skipped', because: id };
  }
  const before = await Promise.all(after.map(([, outcome]) => outcome));
  if (before.some(({ state }) => state === 'stopped')) return { state: 'stopped' };
  if (before.length > 0 && !before.some(isWell)) return { state: 'skipped', because: after[0]![0] };
  if (result instanceof DeployError) return { state: 'failed', tookMs: 0, error: result };
  if (result.state === 'same') return { state: 'same' };
  if (result.state === 'foreign')
    return {
      state: 'failed',
      tookMs: 0,
      error: new DeployError(
        `${step.title} was left alone. ${result.detail}`,
        'Remove what has the name, or change the settings. Then run the command again.',
      ),
    };
  if (signal.aborted) return { state: 'stopped' };
  const begunAt = now();
  onBegin(step);
  try {
    await step.apply(result);
    return { state: 'done', tookMs: now() - begunAt };
  } catch (error) {
    return { state: 'failed', tookMs: now() - begunAt, error: asDeployError(error) };
  }
}
