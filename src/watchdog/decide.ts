// Owns what a run of the watchdog does after it has read /healthz: ask for a tick, alert, resolve, remember. Pure: times are
// given, by the clock of the function. Does not read, send or write.
import type { Observation } from './observation.ts';
import { outageIdOf } from './outage-id.ts';
import { NO_STATE, type OpenAlert, type WatchdogState } from './state.ts';

/** Three minutes, less what schedules are early or late. */
export const DEAD_FOR_MS = 170_000;
/** One lost run counts nothing. */
const DEAD_RUNS = 3;
/** After a longer pause of its own, the watchdog does not know what happened meanwhile. */
const MAX_GAP_MS = 150_000;
/** Two runs in a row: one answer between failures resolves nothing. */
export const WELL_FOR_MS = 50_000;
/** The same alert again, for receivers that lost it. */
export const REPEAT_MS = 1_800_000;
/** The other region is dead after this long without a run. */
export const PEER_SILENT_MS = 180_000;
/** Cron starts a tick every minute, seconds late. */
export const TICK_OLD_MS = 75_000;
/** An age above it would be older than two minutes at the next run. */
const TICK_SOON_OLD_MS = 60_000;
/** Clocks of two regions, and of two hosts of one function, differ by less. */
const CLOCK_TOLERANCE_MS = 60_000;

/** The parameter of the other region. */
export type Peer =
  /** The watchdog runs in one region. */
  | { readonly kind: 'none' }
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'read'; readonly state: WatchdogState };

export interface DecideInput {
  readonly observation: Observation;
  /** Null: the first run, or the parameter cannot be read. */
  readonly own: WatchdogState | null;
  readonly peer: Peer;
  readonly isSecond: boolean;
  readonly now: number;
  /** False in the second reading of a run. */
  readonly canReadAgain: boolean;
}

export interface Message {
  readonly event: 'alert' | 'resolved';
  readonly alert: OpenAlert;
}

export interface Decision {
  /** To be written, after {@link afterSending} of the message. */
  readonly state: WatchdogState;
  /** What the coordinator is sent. Null: it does not answer. */
  readonly report: { readonly tick: boolean } | null;
  readonly message: Message | null;
  /** Read /healthz again after this long, and decide again: the tick will be too old before the next run. */
  readonly readAgainAfterMs: number | null;
  /** Whether this region acts. The second one only watches while the first works. */
  readonly isActing: boolean;
}

export function decide(input: DecideInput): Decision {
  const { observation, now, peer } = input;
  const before = withoutFuture(input.own ?? NO_STATE, now);
  const peerState = peer.kind === 'read' ? withoutFuture(peer.state, now) : null;
  const watched = follow(before, observation, now);
  const { alert, resolved } = inheritAlert(before, isRecent(peerState, now) ? peerState : null, now);
  // What this region opened alone, while it could not see the other one, it ends itself.
  const isAlone = alert !== null && peerState?.alert?.id !== alert.id;
  const isActing = !input.isSecond || !isRecent(peerState, now) || isAlone;
  const isDead = watched.deadSince !== null;
  const outageId = alert?.id ?? (isDead ? idOf(watched, peerState, resolved, now) : null);
  const state = { ...watched, alert, resolved, outageId };
  const report = observation.kind === 'silent' ? null : { tick: isActing && needsTick(observation) };
  const decision = { state, report, message: null, readAgainAfterMs: null, isActing };
  if (!isActing) return decision;
  if (input.canReadAgain && isSoonOld(observation))
    return { ...decision, readAgainAfterMs: TICK_OLD_MS + 1_000 - observation.tickAgeMs };
  if (!isDead) return { ...decision, message: resolving(state, now) };
  const reason = observation.kind === 'alive' ? '' : observation.reason;
  const open = alert ?? opened(state, reason);
  return { ...decision, state: { ...state, alert: open }, message: alerting(open, now) };
}

/** The state after the message of a decision was sent, or was not: then the next run sends it again. */
export function afterSending(
  state: WatchdogState,
  { event, alert }: Message,
  wasSent: boolean,
  now: number,
): WatchdogState {
  if (!wasSent) return state;
  if (event === 'alert') return { ...state, alert: { ...alert, sentAt: now } };
  return { ...state, alert: null, outageId: null, resolved: { id: alert.id, at: now } };
}

/** A clock that was wrong may have written times that are still to come. */
function withoutFuture(state: WatchdogState, now: number): WatchdogState {
  const past = <T extends number | null>(at: T): T | number =>
    at !== null && at > now + CLOCK_TOLERANCE_MS ? now : at;
  const { alert } = state;
  return {
    ...state,
    deadSince: past(state.deadSince),
    silentSince: past(state.silentSince),
    wellSince: past(state.wellSince),
    alert: alert && {
      ...alert,
      since: past(alert.since),
      // Sent again: its receiver knows the id.
      sentAt: alert.sentAt !== null && alert.sentAt > now + CLOCK_TOLERANCE_MS ? null : alert.sentAt,
    },
  };
}

/** Counts runs in a row. A pause of the watchdog itself ends the row. */
function follow(before: WatchdogState, { kind }: Observation, now: number): WatchdogState {
  const inRow = Math.abs(now - before.runAt) <= MAX_GAP_MS;
  const since = (holds: boolean, known: number | null): number | null =>
    holds ? (inRow ? (known ?? now) : now) : null;
  const isDead = kind !== 'alive';
  const known = inRow && before.deadSince !== null ? before.deadRuns : 0;
  return {
    ...before,
    runAt: now,
    deadSince: since(isDead, before.deadSince),
    deadRuns: isDead ? known + 1 : 0,
    silentSince: since(kind === 'silent', before.silentSince),
    wellSince: since(!isDead, before.wellSince),
    outageId: inRow ? before.outageId : null,
  };
}

const isRecent = (peer: WatchdogState | null, now: number): boolean =>
  peer !== null && Math.abs(now - peer.runAt) < PEER_SILENT_MS;

/** An alert of the other region is this region's too, until one of them has resolved it. A region that is dead counts no more. */
function inheritAlert(
  { alert, resolved, runAt }: WatchdogState,
  peer: WatchdogState | null,
  now: number,
): Pick<WatchdogState, 'alert' | 'resolved'> {
  if (peer === null) return { alert, resolved };
  // The other region has acted alone meanwhile.
  if (now - runAt >= PEER_SILENT_MS) return { alert: peer.alert, resolved: peer.resolved ?? resolved };
  if (alert !== null && peer.resolved?.id === alert.id) return { alert: null, resolved: peer.resolved };
  const theirs = peer.alert;
  if (theirs === null || theirs.id === resolved?.id) return { alert, resolved };
  if (alert === null) return { alert: theirs, resolved };
  if (alert.id !== theirs.id) return { alert, resolved };
  const sentAt = Math.max(alert.sentAt ?? 0, theirs.sentAt ?? 0);
  return { alert: { ...alert, sentAt: sentAt === 0 ? null : sentAt }, resolved };
}

/** Both regions choose the same one once they see each other's. */
function idOf(
  { outageId, deadSince }: WatchdogState,
  peer: WatchdogState | null,
  resolved: WatchdogState['resolved'],
  now: number,
): string {
  const theirs = peer !== null && isRecent(peer, now) && peer.deadSince !== null ? peer.outageId : null;
  const over = [resolved?.id, peer?.resolved?.id];
  const known = [outageId, theirs].filter((id) => id !== null && !over.includes(id));
  return known.sort().at(-1) ?? outageIdOf(deadSince ?? now, over);
}

function needsTick(observation: Observation): boolean {
  if (observation.kind === 'silent') return false;
  const { kind, tickAgeMs } = observation;
  // Without an age, a mesh that works has nothing to check. One that has stopped may not know it.
  return tickAgeMs === null ? kind === 'stopped' : tickAgeMs > TICK_OLD_MS;
}

const isSoonOld = (observation: Observation): observation is Observation & { tickAgeMs: number } =>
  observation.kind === 'alive' &&
  observation.tickAgeMs !== null &&
  observation.tickAgeMs > TICK_SOON_OLD_MS &&
  observation.tickAgeMs <= TICK_OLD_MS;

function opened({ deadSince, deadRuns, outageId, runAt }: WatchdogState, reason: string): OpenAlert | null {
  if (deadSince === null || outageId === null) return null;
  if (deadRuns < DEAD_RUNS || runAt - deadSince < DEAD_FOR_MS) return null;
  return { id: outageId, since: deadSince, reason, sentAt: null };
}

const alerting = (alert: OpenAlert | null, now: number): Message | null =>
  alert === null || (alert.sentAt !== null && now - alert.sentAt < REPEAT_MS)
    ? null
    : { event: 'alert', alert };

const resolving = ({ alert, wellSince }: WatchdogState, now: number): Message | null =>
  alert === null || wellSince === null || now - wellSince < WELL_FOR_MS ? null : { event: 'resolved', alert };
