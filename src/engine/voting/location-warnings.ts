// What one location warns of: the streaks of ok looks that carry a warning. Votes know nothing of it.
import type { Degraded } from '../../../probes/contract/index.ts';
import type { Policy } from '../model/state.ts';

/** certificate: it expires soon. degraded: the answers are slow, or get lost. */
export type WarningKind = 'degraded' | 'certificate';

/** How far one location is with a warning of one kind. */
export interface LocationWarning {
  readonly active: boolean;
  /** Counted ok looks in a row that contradict that. */
  readonly streak: number;
  /** Of its newest look that carried the warning. */
  readonly code: Degraded['code'];
  readonly limit: number;
}

/** Null: it does not warn of this, nor has it begun to. At least one of them is not. */
export interface LocationWarnings {
  readonly degraded: LocationWarning | null;
  readonly certificate: LocationWarning | null;
}

export const WARNING_KINDS = ['degraded', 'certificate'] as const satisfies readonly WarningKind[];

const kindOf = ({ code }: Pick<Degraded, 'code'>): WarningKind =>
  code === 'certificate' ? 'certificate' : 'degraded';

/**
 * After one more counted ok look. A location warns after `failures` of them in a row that carry the kind, and stops
 * after `recoveries` without it. Null: it warns of nothing and has not begun to.
 */
export function updateLocationWarnings(
  before: LocationWarnings | null,
  reported: readonly Degraded[] | undefined,
  policy: Policy,
): LocationWarnings | null {
  if (before === null && reported === undefined) return null;
  const degraded = nextWarning(before?.degraded ?? null, worst(reported, 'degraded'), policy);
  const certificate = nextWarning(before?.certificate ?? null, worst(reported, 'certificate'), policy);
  if (degraded === null && certificate === null) return null;
  const same = degraded === before?.degraded && certificate === before.certificate;
  return same ? before : { degraded, certificate };
}

function nextWarning(
  before: LocationWarning | null,
  reported: Degraded | null,
  policy: Policy,
): LocationWarning | null {
  if (reported === null) {
    const streak = (before?.streak ?? 0) + 1;
    return before === null || !before.active || streak >= policy.recoveries ? null : { ...before, streak };
  }
  const { code, limit } = reported;
  if (before?.active) {
    const same = before.streak === 0 && before.code === code && before.limit === limit;
    return same ? before : { active: true, streak: 0, code, limit };
  }
  const streak = (before?.streak ?? 0) + 1;
  return streak >= policy.failures
    ? { active: true, streak: 0, code, limit }
    : { active: false, streak, code, limit };
}

/** Of several of one kind the first; of certificates the one that has crossed the lowest limit. */
function worst(reported: readonly Degraded[] | undefined, kind: WarningKind): Degraded | null {
  let found: Degraded | null = null;
  for (const one of reported ?? []) {
    if (kindOf(one) !== kind) continue;
    if (found === null || (kind === 'certificate' && one.limit < found.limit)) found = one;
  }
  return found;
}
