// Owns reading vitest's JSON report: how many tests passed, failed and skipped, and why they skipped.

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Each once. */
  readonly reasons: readonly string[];
}

/** The part of the report that is read. */
export interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

const SKIPPED: ReadonlySet<string> = new Set(['skipped', 'pending', 'todo']);

/** `succeeded` is vitest's exit code: a file that does not load has no failed test. */
export function countTests(report: VitestReport | undefined, succeeded: boolean): Counts {
  if (!report) return { passed: 0, failed: 1, skipped: 0, reasons: ['vitest wrote no report'] };
  const reasons = report.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => SKIPPED.has(status))
    .map(({ fullName }) => reasonIn(fullName) ?? `${fullName} (without a reason)`);
  return {
    passed: report.numPassedTests,
    failed: Math.max(report.numFailedTests, succeeded ? 0 : 1),
    skipped: report.numPendingTests,
    reasons: [...new Set(reasons)],
  };
}

/** Titles of groups end with ` (skipped: …)`. The reason may have parentheses of its own. */
function reasonIn(title: string): string | undefined {
  const start = title.indexOf('(skipped: ');
  if (start < 0) return undefined;
  let depth = 0;
  for (let index = start; index < title.length; index += 1) {
    if (title[index] === '(') depth += 1;
    if (title[index] === ')') depth -= 1;
    if (depth === 0) return title.slice(start + '(skipped: '.length, index);
  }
  return title.slice(start + '(skipped: '.length);
}
