// An independent, slow answer to "is this heartbeat ok?": from the whole list of pings, evaluations and outages, from the start, for
// every evaluation again. Nothing is remembered from one evaluation to the next, and due times come from naive-cron.ts.
import { dueTimes } from './naive-cron.ts';

export interface NaiveRules {
  readonly everySeconds: number | null;
  readonly cron: string | null;
  readonly timeZone: string;
  readonly graceMs: number;
  readonly maxDurationMs: number | null;
}

export interface NaivePing {
  readonly seq: number;
  readonly at: number;
  /** When it is in the database: later than `at` if it waited in the queue. */
  readonly storedAt: number;
  readonly kind: 'success' | 'start' | 'fail' | 'log';
  readonly runId: string | null;
  readonly exitCode: number | null;
}

export interface NaiveEvaluation {
  readonly at: number;
  /** In which pings may be lost. They may have been known before. */
  readonly outages: readonly { readonly from: number; readonly to: number }[];
}

/** Creation, an edit, or the end of a pause: from then on, these rules hold and pings are expected anew. */
export interface NaiveEpoch {
  readonly armedAt: number;
  readonly rules: NaiveRules;
}

const EARLY = 30_000;
const AHEAD = 10_000;

/** A ping with the evaluation that saw it first. */
type Seen = NaivePing & { readonly first: number };

/** Beyond this, no evaluation looks. */
export function naiveNextDue(rules: NaiveRules, after: number, horizon: number): number {
  if (rules.everySeconds !== null) return after + rules.everySeconds * 1_000;
  return dueTimes(rules.cron!, rules.timeZone, after, horizon)[0] ?? Number.POSITIVE_INFINITY;
}

/** `ok`, `waiting`, or the code of the failure, as the evaluation at this index says. */
export function naiveOutcome(
  { armedAt, rules }: NaiveEpoch,
  pings: readonly NaivePing[],
  evaluations: readonly NaiveEvaluation[],
  index: number,
  horizon: number,
): string {
  const { graceMs, maxDurationMs } = rules;
  const known = new Map<number, number>();
  const nextDue = (after: number): number => {
    if (!known.has(after)) known.set(after, naiveNextDue(rules, after, horizon));
    return known.get(after)!;
  };
  const seen = pings
    .flatMap((ping): Seen[] => {
      const first = evaluations.findIndex(({ at }) => ping.storedAt <= at);
      if (first < 0 || first > index) return [];
      const { at } = evaluations[first]!;
      return [{ ...ping, first, at: ping.at > at + AHEAD ? at : ping.at }];
    })
    .sort((a, b) => a.first - b.first || a.at - b.at || a.seq - b.seq);
  // What was seen before the epoch began counted for the one before.
  const all = seen.filter(
    ({ at, kind, first }) => at >= armedAt && kind !== 'log' && evaluations[first]!.at >= armedAt,
  );

  /** Ends of outages from which pings were expected anew. */
  const granted: number[] = [];
  /** Starts whose end may be lost, or that are given up. */
  const lost = new Set<Seen>();

  const finishes = (count: number) =>
    all.slice(0, count).filter(({ kind }) => kind === 'success' || kind === 'fail');
  const newestFinish = (count: number): Seen | undefined =>
    finishes(count).reduce<Seen | undefined>(
      (best, ping) => (best === undefined || ping.at >= best.at ? ping : best),
      undefined,
    );
  const dueOf = (count: number): number =>
    Math.max(
      nextDue(armedAt),
      ...granted.map(nextDue),
      ...finishes(count).map(({ at }) => nextDue(rules.cron === null ? at : at + EARLY)),
    );
  /** Whether it ended what had begun: it is later, or the same moment and it came later. */
  const endsLater = (finish: Seen, start: Seen): boolean =>
    finish.at > start.at || (finish.at === start.at && all.indexOf(finish) > all.indexOf(start));
  // Decided when the start was seen.
  const startsInTime = new Map<Seen, boolean>();
  const deadlineOf = (count: number): number => {
    const newest = newestFinish(count);
    const ends = all
      .slice(0, count)
      .filter((ping) => startsInTime.get(ping) && (newest === undefined || !endsLater(newest, ping)))
      .map(({ at }) => at + maxDurationMs!);
    return Math.max(dueOf(count) + graceMs, ...ends);
  };
  /** The starts of the open runs that count, by run. */
  const openStarts = (count: number): Seen[][] => {
    const done = finishes(count);
    const starts = all.slice(0, count).filter((ping) => ping.kind === 'start' && !lost.has(ping));
    return [...new Set(starts.map((ping) => ping.runId))].flatMap((runId) => {
      const ends = done.filter((ping) => ping.runId === runId);
      const left = starts.filter(
        (start) => start.runId === runId && !ends.some((end) => endsLater(end, start)),
      );
      return left.length === 0 ? [] : [left];
    });
  };
  const beganAt = (starts: readonly Seen[]): number =>
    Math[starts[0]!.runId === null ? 'max' : 'min'](...starts.map(({ at }) => at));
  const openRuns = (count: number): number[] => openStarts(count).map(beganAt);
  /** A later success shows that the job works again: runs that hang are given up. */
  const giveUp = (count: number): void => {
    const successes = finishes(count).filter(({ kind }) => kind === 'success');
    for (const starts of openStarts(count))
      if (maxDurationMs !== null && successes.some(({ at }) => at > beganAt(starts) + maxDurationMs))
        for (const start of starts) lost.add(start);
  };
  const hungSince = (count: number, at: number): number[] =>
    maxDurationMs === null
      ? []
      : openRuns(count)
          .map((began) => began + maxDurationMs)
          .filter((end) => at > end);
  const lateCode = (count: number): string =>
    seen.some((ping) => count === all.length || seen.indexOf(ping) < seen.indexOf(all[count]!))
      ? 'missed'
      : 'never_seen';

  let count = 0;
  let brief: string | null = null;
  for (let j = 0; j <= index; j += 1) {
    const { at: now, outages } = evaluations[j]!;
    if (now < armedAt) continue;
    const since = Math.max(armedAt, evaluations[j - 1]?.at ?? armedAt);
    const forgive = (outage: { readonly from: number; readonly to: number }): void => {
      if (outage.to <= armedAt) return;
      for (const starts of openStarts(count)) {
        const began = beganAt(starts);
        if (maxDurationMs !== null && began < outage.to && began + maxDurationMs > outage.from)
          for (const start of starts) lost.add(start);
      }
      if (deadlineOf(count) > outage.from) granted.push(outage.to);
    };
    outages.forEach(forgive);
    brief = null;
    while (count < all.length && all[count]!.first <= j) {
      const ping = all[count]!;
      if (hungSince(count, ping.at).some((end) => end >= since)) brief ??= 'too_long';
      const deadline = deadlineOf(count);
      if (ping.at > deadline && deadline >= since) brief ??= lateCode(count);
      if (maxDurationMs !== null && ping.kind === 'start') {
        const newest = newestFinish(count);
        startsInTime.set(
          ping,
          ping.at <= dueOf(count) + graceMs && (newest === undefined || ping.at >= newest.at),
        );
      }
      count += 1;
      giveUp(count);
      for (const outage of outages) if (ping.at < outage.to) forgive(outage);
      if (ping.kind === 'fail' && newestFinish(count) === ping) brief ??= 'job_failed';
    }
  }
  const { at: now } = evaluations[index]!;
  if (hungSince(count, now).length > 0) return 'too_long';
  if (now > deadlineOf(count)) return lateCode(count);
  const newest = newestFinish(count);
  if (newest?.kind === 'fail') return 'job_failed';
  return brief ?? (newest === undefined ? 'waiting' : 'ok');
}
