// Owns the plan of a deployment: what every step found, and the text that shows it. Changes nothing.
import { asDeployError, DeployError, type Finding, type Step } from './step.ts';

export interface PlannedStep {
  readonly step: Step;
  /** What it found, or why it could not look. */
  readonly result: Finding | DeployError;
}

/** All steps look at the same time: reading changes nothing. */
export const inspectAll = (steps: readonly Step[]): Promise<PlannedStep[]> =>
  Promise.all(
    steps.map(async (step) => {
      try {
        return { step, result: await step.inspect() };
      } catch (error) {
        return { step, result: asDeployError(error) };
      }
    }),
  );

export type PlanState = Finding['state'] | 'unknown';

export const stateOf = ({ result }: PlannedStep): PlanState =>
  result instanceof DeployError ? 'unknown' : result.state;

export const hasWork = (plan: readonly PlannedStep[]): boolean =>
  plan.some((planned) => stateOf(planned) === 'absent' || stateOf(planned) === 'different');

export const hasProblems = (plan: readonly PlannedStep[]): boolean =>
  plan.some((planned) => stateOf(planned) === 'foreign' || stateOf(planned) === 'unknown');

const MARKS: Readonly<Record<PlanState, string>> = {
  ...{ absent: '+', different: '~', same: '=', foreign: '!', unknown: '?' },
};

/** A line a step, and one for each difference. */
export function planLines(plan: readonly PlannedStep[]): string[] {
  const lines = plan.flatMap((planned): string[] => {
    const { step, result } = planned;
    const mark = MARKS[stateOf(planned)];
    if (result instanceof DeployError)
      return [`${mark} ${step.title}`, `    ${result.what}`, `    ${result.fix}`];
    const detail = result.state === 'same' ? '' : `: ${result.detail}`;
    const changes = result.state === 'different' ? result.changes.map((change) => `    ${change}`) : [];
    return [`${mark} ${step.title}${detail}`, ...changes];
  });
  const count = (state: PlanState): number => plan.filter((planned) => stateOf(planned) === state).length;
  const problems = count('foreign') + count('unknown');
  const summary =
    hasWork(plan) || problems > 0
      ? `${count('absent')} to make, ${count('different')} to change, ${count('same')} as they should be${problems === 0 ? '' : `, ${problems} with a problem`}.`
      : `Nothing to do. All ${count('same')} are as they should be.`;
  return [...lines, '', summary];
}
