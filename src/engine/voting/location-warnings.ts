// What one location warns of: the streaks of ok looks that carry a warning. Votes know nothing of it.
import type { Degraded } from '../../../probes/contract/index.ts';
import type { Policy } from '../model/state.ts';

/** certificate: it expires soon. degraded: the answers are slow, or get lost. */
export type WarningKind = 'degraded' | 'certificate';

/** How far one location is with a warning of one kind. */
export interface Warning {
  readonly warns: boolean;
  /** Counted ok looks in a row that contradict that. */
  readonly run: number;
  /** Of its newest look that carried the warning. */
  readonly code: Degraded['code'];
  readonly limit: number;
}

/** Null: it does not warn of this, nor has it begun to. At least one of them is not. */
export interface ViewWarnings {
  readonly degraded: Warning | null;
  readonly certificate: Warning | null;
}

export const WARNING_KINDS = ['degraded', 'certificate'] as const satisfies readonly WarningKind[];

const kindOf = ({ code }: Pick<Degraded, 'code'>): WarningKind =>
  code === 'certificate' ? 'certificate' : 'degraded';

/**
 * After one more counted ok look. A location warns after `failures` of them in a row that carry the kind, and stops
 * after `recoveries` without it. Null: it warns of nothing and has not begun to.
 */
export function warn(
  before: ViewWarnings | null,
  carried: readonly Degraded[] | undefined,
  policy: Policy,
): ViewWarnings | null {
  if (before === null && carried === undefined) return null;
  const degraded = next(before?.degraded ?? null, worst(carried, 'degraded'), policy);
  const certificate = next(before?.certificate ?? null, worst(carried, 'certificate'), policy);
  if (degraded === null && certificate === null) return null;
  const same = degraded === before?.degraded && certificate === before.certificate;
  return same ? before : { degraded, certificate };
}

function next(before: Warning | null, carried: Degraded | null, policy: Policy): Warning | null {
  if (carried === null) {
    const run = (before?.run ?? 0) + 1;
    return before === null || !before.warns || run >= policy.recoveries ? null : { ...before, run };
  }
  const { code, limit } = carried;
  if (before?.warns) {
    const same = before.run === 0 && before.code === code && before.limit === limit;
    return same ? before : { warns: true, run: 0, code, limit };
  }
  const run = (before?.run ?? 0) + 1;
  return run >= policy.failures ? { warns: true, run: 0, code, limit } : { warns: false, run, code, limit };
}

/** Of several of one kind the first; of certificates the one that has crossed the lowest limit. */
function worst(carried: readonly Degraded[] | undefined, kind: WarningKind): Degraded | null {
  let found: Degraded | null = null;
  for (const one of carried ?? []) {
    if (kindOf(one) !== kind) continue;
    if (found === null || (kind === 'certificate' && one.limit < found.limit)) found = one;
  }
  return found;
}
