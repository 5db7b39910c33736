// What one location says of one monitor after an entry: its counted observations, its vote, and why it abstains.
// Counted again from the beginning every time.
import type { Policy } from '../../../src/core/state.ts';
import type { Applied, History } from './history.ts';

const STALE_AT_LEAST_MS = 180_000;
const STALE_INTERVALS = 2.5;

export interface Says {
  readonly location: number;
  /** What it would say if it did not abstain. */
  readonly vote: 'none' | 'passing' | 'failing';
  readonly streakOf: 'none' | 'ok' | 'failed';
  readonly streak: number;
  /** Look starts of the first and the newest of the streak. */
  readonly streakSince: number;
  readonly streakUntil: number;
  /** Its newest observation contradicts its vote. */
  readonly pending: boolean;
  readonly abstains: 'disabled' | 'stale' | 'quarantined' | 'unanswered' | 'no vote' | null;
  /** It counts among those of whom more than half must vote. */
  readonly assigned: boolean;
}

/** What every configured location says of `monitor` after entry `n`. */
export function testimony(history: History, n: number, monitor: number): Says[] {
  const { policy, given, disabled } = history.configured[n]!.get(monitor)!;
  const { entry, quarantined } = history.recorded[n]!;
  return [...given].map(([location, givenAt]): Says => {
    const measured = measuredBy(history, n, monitor, location);
    const said = saidBy(history, n, monitor, location);
    const newest = Math.max(...measured.map(({ observation }) => observation.startedAt));
    const isStale = entry.at - newest > Math.max(STALE_AT_LEAST_MS, STALE_INTERVALS * policy.intervalMs);
    const abstains = (): Says['abstains'] => {
      if (disabled.has(location)) return 'disabled';
      if (quarantined.has(location)) return 'quarantined';
      if (isStale) return 'stale';
      if (isUnanswered(history, n, monitor, location)) return 'unanswered';
      return said.vote === 'none' ? 'no vote' : null;
    };
    const assigned = measured.length > 0 || entry.at - givenAt >= policy.intervalMs;
    return { location, ...said, abstains: abstains(), assigned };
  });
}

const measuredBy = (history: History, n: number, monitor: number, location: number): Applied[] =>
  history.of(monitor, location, n).filter(({ observation }) => observation.outcome !== 'unmeasured');

type Said = Omit<Says, 'location' | 'abstains' | 'assigned'>;

/** A policy holds for what counts while it is there. */
function saidBy(history: History, n: number, monitor: number, location: number): Said {
  const policyThen = (at: number): Policy => (history.configured[at]?.get(monitor) ?? history.configured.findLast((one) => one.has(monitor))!.get(monitor)!).policy;
  const said = voteOf(countedOf(measuredBy(history, n, monitor, location), policyThen), policyThen);
  return { ...said, pending: said.streakOf === (said.vote === 'failing' ? 'ok' : 'failed') };
}

/** Those whose look began at least half of confirmSeconds after the last counted one. */
function countedOf(measured: readonly Applied[], policyThen: (at: number) => Policy): Applied[] {
  const counted: Applied[] = [];
  for (const one of measured) {
    const last = counted.at(-1);
    const apartMs = policyThen(one.at).confirmMs / 2;
    if (!last || one.observation.startedAt - last.observation.startedAt >= apartMs) counted.push(one);
  }
  return counted;
}

function voteOf(counted: readonly Applied[], policyThen: (at: number) => Policy) {
  let vote: Says['vote'] = 'none';
  let streakOf: Says['streakOf'] = 'none';
  let streak = 0;
  let streakSince = 0;
  let streakUntil = 0;
  for (const { at, observation } of counted) {
    const { failures, recoveries } = policyThen(at);
    const outcome = observation.outcome === 'ok' ? 'ok' : 'failed';
    if (outcome !== streakOf) {
      streakOf = outcome;
      streak = 0;
      streakSince = observation.startedAt;
    }
    streakUntil = observation.startedAt;
    streak = Math.min(streak + 1, Math.max(failures, recoveries));
    if (outcome === 'failed' && streak >= failures) vote = 'failing';
    if (outcome === 'ok' && (vote === 'none' || streak >= recoveries)) vote = 'passing';
  }
  return { vote, streakOf, streak, streakSince, streakUntil };
}

/** Asked in a fan-out, or left out of one, and nothing measured since. */
function isUnanswered(history: History, n: number, monitor: number, location: number): boolean {
  const { targetSince, given } = history.configured[n]!.get(monitor)!;
  const measured = measuredBy(history, n, monitor, location);
  return history.called.some((call) => {
    if (call.monitor !== monitor || call.location !== location || call.at > n) return false;
    if (history.recorded[call.at]!.entry.at <= targetSince) return false;
    if (!call.leftOut) return !measured.some((one) => one.at >= call.at);
    // Asking from everywhere at once, without anybody who contradicts his vote, is no fan-out.
    const isFanOut = [...given.keys()].some((one) => contradicts(history, call.at, monitor, one));
    return isFanOut && !measured.some((one) => one.at > call.at);
  });
}

/** What it said with entry `n` contradicts its vote of before, or it was pending already. */
function contradicts(history: History, n: number, monitor: number, location: number): boolean {
  const { vote, pending } = saidBy(history, n - 1, monitor, location);
  const news = measuredBy(history, n, monitor, location).filter(({ at }) => at === n);
  return pending || news.some(({ observation }) => observation.outcome === (vote === 'failing' ? 'ok' : 'failed'));
}
