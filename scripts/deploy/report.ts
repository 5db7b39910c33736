// Owns what a command prints: progress, results, and the JSON of --json. Does not decide anything.
import { type PlannedStep, stateOf } from './plan.ts';
import type { Proof } from './proof.ts';
import type { StepReport } from './run-steps.ts';
import { DeployError, type Step } from './step.ts';

export type Result = 'done' | 'nothing_to_do' | 'planned' | 'failed' | 'cancelled';

export const EXIT_CODES: Readonly<Record<Result, number>> = {
  ...{ done: 0, nothing_to_do: 0, planned: 0, failed: 1, cancelled: 3 },
};
/** Wrong usage or settings. */
export const INVALID = 2;
/** A person stopped it with Ctrl-C: what a shell says of a program that SIGINT ended. */
export const STOPPED = 130;

/** What --json prints. docs/guide/deploy.md describes it. No secret is in it. */
export interface JsonReport {
  readonly command: string;
  readonly mesh: string;
  readonly result: Result;
  readonly url: string | null;
  readonly steps: readonly JsonStep[];
  readonly proof: readonly Proof[];
  readonly rollback: { readonly isDone: boolean; readonly detail: string } | null;
}

interface JsonStep {
  readonly id: string;
  readonly title: string;
  /** What the plan found. */
  readonly found: string;
  readonly detail: string;
  readonly changes: readonly string[];
  /** What was done. Null: the plan was not carried out. */
  readonly outcome: string | null;
  readonly tookMs: number | null;
  readonly error: { readonly what: string; readonly fix: string } | null;
}

export function jsonSteps(plan: readonly PlannedStep[], reports: readonly StepReport[] | null): JsonStep[] {
  return plan.map((planned) => {
    const { step, result } = planned;
    const outcome = reports?.find((report) => report.step.id === step.id)?.outcome ?? null;
    const failed =
      outcome?.state === 'failed' ? outcome.error : result instanceof DeployError ? result : null;
    return {
      id: step.id,
      title: step.title,
      found: stateOf(planned),
      detail: result instanceof DeployError ? result.what : result.detail,
      changes: 'changes' in result ? result.changes : [],
      outcome: outcome?.state ?? null,
      tookMs: outcome !== null && 'tookMs' in outcome ? outcome.tookMs : null,
      error: failed === null ? null : { what: failed.what, fix: failed.fix },
    };
  });
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** The line of a step that has ended. Null: nothing worth a line. */
export function endLine({ step, outcome }: StepReport, titleOf: (id: string) => string): string | null {
  switch (outcome.state) {
    case 'same':
      return null;
    case 'done':
      return `✓ ${step.title} (${seconds(outcome.tookMs)})`;
    case 'failed':
      return `✗ ${step.title}\n    ${outcome.error.what}\n    ${outcome.error.fix}`;
    case 'skipped':
      return `- ${step.title}: left out, because it needs ${titleOf(outcome.because)}`;
    case 'stopped':
      return `- ${step.title}: not begun`;
  }
}

export const beginLine = ({ title }: Step): string => `  ${title} …`;

export const proofLine = ({ name, isWell, detail, fix }: Proof): string =>
  isWell ? `✓ proof ${name}: ${detail}` : `✗ proof ${name}: ${detail}\n    ${fix}`;
