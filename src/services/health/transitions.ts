// Owns when the mesh becomes impaired and recovers, as the ticks see it. Pure. A problem that flickers raises nothing:
// like `for` and `keep_firing_for` of Prometheus' alerting rules, both ends need evaluations in a row.
import type { HealthRow } from '../../store/health.ts';
import type { TrackedReason } from '../../store/schema.ts';
import { isNotifiedElsewhere, type Reason } from './reasons.ts';

/** Two evaluations in a row, a minute apart: cron is late by seconds. Doubled ticks are closer together. */
const RAISE_AFTER_MS = 50_000;
/** It ends after this long without the problem, and at least two evaluations. */
const END_AFTER_MS = 180_000;

export interface Transition {
  readonly row: HealthRow;
  /** Problems that last long enough as of now, and those that ended. For the log. */
  readonly raised: readonly TrackedReason[];
  readonly ended: readonly TrackedReason[];
  readonly event: 'mesh.impaired' | 'mesh.recovered' | null;
  /** What the event lists: all that does not work, or all that did not. */
  readonly about: readonly TrackedReason[];
  /** Start of the impairment that the event is about. */
  readonly since: number;
}

const NOTHING: HealthRow = { seq: 0, at: 0, impairedSince: null, reasons: [] };

/** Null if nothing changes: then nothing is written. */
export function nextHealth(
  stored: HealthRow | null,
  found: readonly Reason[],
  now: number,
): Transition | null {
  const before = stored ?? NOTHING;
  const tracked = [
    ...found.map((reason) => afterFinding(before, reason, now)),
    ...before.reasons
      .filter(({ code }) => !found.some((reason) => reason.code === code))
      .flatMap((reason) => afterMissing(reason, now)),
  ];
  const firing = tracked.filter((reason) => reason.state === 'firing' && isNews(reason));
  // What ended earlier is listed when everything has ended.
  const reasons = firing.length > 0 ? tracked : tracked.filter(({ state }) => state !== 'ended');
  if (JSON.stringify(reasons) === JSON.stringify(before.reasons)) return null;
  const wasIn = (state: TrackedReason['state'], { code }: TrackedReason): boolean =>
    before.reasons.some((known) => known.code === code && known.state === state);
  const raised = reasons.filter((reason) => reason.state === 'firing' && !wasIn('firing', reason));
  const ended = tracked.filter((reason) => reason.state === 'ended' && wasIn('firing', reason));
  const since = before.impairedSince ?? Math.min(now, ...firing.map((reason) => reason.since));
  const recovers = before.impairedSince !== null && firing.length === 0;
  return {
    row: { seq: before.seq + 1, at: now, impairedSince: firing.length > 0 ? since : null, reasons },
    raised,
    ended,
    event: raised.some(isNews) ? 'mesh.impaired' : recovers ? 'mesh.recovered' : null,
    about: recovers ? tracked.filter((reason) => reason.state === 'ended' && isNews(reason)) : firing,
    since,
  };
}

const isNews = ({ code }: TrackedReason): boolean => !isNotifiedElsewhere(code);

function afterFinding(before: HealthRow, { code, detail }: Reason, now: number): TrackedReason {
  const known = before.reasons.find((reason) => reason.code === code);
  if (!known || known.state === 'ended')
    return { code, state: 'pending', since: now, goneSince: null, detail };
  const raises = known.state === 'pending' && now - known.since >= RAISE_AFTER_MS;
  // Figures change all the time. The stored ones are those of the last change.
  return raises ? { ...known, state: 'firing', detail } : { ...known, goneSince: null };
}

function afterMissing(reason: TrackedReason, now: number): TrackedReason[] {
  if (reason.state === 'pending') return [];
  const goneSince = reason.goneSince ?? now;
  const ends = reason.state === 'firing' && now - goneSince >= END_AFTER_MS;
  return [{ ...reason, goneSince, state: ends ? 'ended' : reason.state }];
}
