// The verdict over a monitor's locations after every entry, by counting. It carries one fact from verdict to verdict,
// as the rules do: whether an incident is open, and which.
import type { Entry } from '../../../src/core/journal.ts';
import type { Quorum, Verdict } from '../../../src/core/state.ts';
import type { History } from './history.ts';
import { type Says, testimony } from './testimony.ts';

/** Two locations alone are a regional problem once both have been seen failing for this long. */
const TWO_ALONE_MS = 90_000;

export type Open = 'none' | 'partial' | 'down';

export interface Judged {
  readonly verdict: Verdict;
  readonly required: number;
  readonly says: readonly Says[];
}

export function required(quorum: Quorum, voters: number, configured: number): number {
  const asked =
    quorum === 'majority'
      ? Math.floor(voters / 2) + 1
      : quorum === 'all'
        ? voters
        : quorum === 'any'
          ? 1
          : Math.min(quorum, voters);
  return configured === 1 ? Math.max(1, asked) : Math.max(2, asked);
}

/** What was open before decides how much it takes: an outage opens on full streaks, and stays on votes. */
export function judge(
  says: readonly Says[],
  policy: { readonly quorum: Quorum; readonly failures: number },
  open: Open,
): Judged {
  const assigned = says.filter((one) => one.assigned);
  const voters = assigned.filter((one) => one.abstains === null);
  const failing = voters.filter((one) => one.vote === 'failing');
  const firm = failing.filter((one) => one.streakOf === 'failed' && one.streak >= policy.failures);
  const needed = required(policy.quorum, voters.length, says.length);
  const of = (verdict: Verdict): Judged => ({ verdict, required: needed, says });
  const oneAlone = voters.length === 1 && says.length > 1;
  if (voters.length * 2 <= assigned.length || oneAlone) return of('undecided');
  if ((open === 'down' ? failing : firm).length >= needed) return of('down');
  if (failing.length < 2) return of('up');
  if (open === 'partial') return of('partial');
  const settled = voters.every((one) => !one.pending) && firm.length >= 2;
  const longEnough = firm.length > 2 || firm.every((one) => one.streakUntil - one.streakSince >= TWO_ALONE_MS);
  return of(settled && longEnough ? 'partial' : 'up');
}

/** Verdicts after every entry, by monitor; nothing of monitors that are paused. */
export function verdicts(history: History): ReadonlyMap<number, Judged>[] {
  const open = new Map<number, Open>();
  return history.recorded.map(({ entry }, n) => {
    const judged = new Map<number, Judged>();
    for (const [monitor, { policy, targetSince }] of history.configured[n]!) {
      if (policy.paused || targetSince === entry.at) open.set(monitor, 'none');
      if (policy.paused || !isHeard(entry, monitor)) continue;
      const one = judge(testimony(history, n, monitor), policy, open.get(monitor) ?? 'none');
      judged.set(monitor, one);
      if (one.verdict !== 'undecided') open.set(monitor, one.verdict === 'up' ? 'none' : one.verdict);
    }
    return judged;
  });
}

/** A verdict is given when something is heard of the monitor, or when its time has come. */
const isHeard = (entry: Entry, monitor: number): boolean =>
  entry.kind === 'report'
    ? entry.observations.some((one) => one.monitor === monitor)
    : entry.changes.some((change) => 'policy' in change || change.type === 'round.closed' ? change.number === monitor : false);
