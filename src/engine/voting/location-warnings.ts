// Owns when one location warns: the streaks of ok runs that carry a warning. Does not touch votes.
import type { Degraded } from '../../../probes/contract/index.ts';
import type { Policy } from '../model/state.ts';
import type { LocationWarning, LocationWarnings, WarningKind } from '../model/warning.ts';

const kindOf = ({ code }: Pick<Degraded, 'code'>): WarningKind =>
  code === 'certificate' ? 'certificate' : 'degraded';

/**
 * After one more counted ok run. A location warns after `failures` of them in a row that carry the kind, and stops after
 * `recoveries` without it. Null: the location does not warn and has not begun to.
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

/** The first of several of one kind; for certificates the one that crossed the lowest limit. */
function worst(reported: readonly Degraded[] | undefined, kind: WarningKind): Degraded | null {
  let found: Degraded | null = null;
  for (const one of reported ?? []) {
    if (kindOf(one) !== kind) continue;
    if (found === null || (kind === 'certificate' && one.limit < found.limit)) found = one;
  }
  return found;
}
