// Owns a watchdog in virtual time: two regions that run every minute over a scripted coordinator, with an SSM that fails on
// demand. Sends nothing: it records what the emergency channel would get.
import { afterSending, decide, type Message, type Peer } from '../../src/watchdog/decide.ts';
import type { Observation } from '../../src/watchdog/observation.ts';
import { NO_STATE, readState, type WatchdogState, writeState } from '../../src/watchdog/state.ts';

export const START = Date.parse('2026-11-26T10:00:00Z');
export const MINUTE_MS = 60_000;

export const ALIVE: Observation = { kind: 'alive', tickAgeMs: 20_000 };
export const SILENT: Observation = { kind: 'silent', reason: 'no answer: ECONNREFUSED' };
export const STOPPED: Observation = { kind: 'stopped', tickAgeMs: 20_000, reason: '503: measuring_stopped' };

export interface Sent {
  readonly at: number;
  readonly region: string;
  readonly event: Message['event'];
  readonly id: string;
  readonly arrived: boolean;
}

export interface World {
  coordinator(at: number): Observation;
  /** Whether the function of a region runs at this time. Default: always. */
  runs?(region: string, at: number): boolean;
  canRead?(parameterOf: string, by: string, at: number): boolean;
  canWrite?(region: string, at: number): boolean;
  canSend?(at: number): boolean;
  /** Whether the function of a region has lost its memory since the run before. Default: never. */
  isCold?(region: string, at: number): boolean;
  /** Added to the clock of a region. */
  skew?(region: string, at: number): number;
}

export interface Played {
  readonly sent: readonly Sent[];
  readonly ticks: readonly { readonly at: number; readonly region: string }[];
}

/** `first` runs at second 20 of each minute, `second` at second 50. */
export function play(
  world: World,
  minutes: number,
  regions: readonly string[] = ['first', 'second'],
): Played {
  const stored = new Map<string, string>();
  const memory = new Map<string, WatchdogState>();
  const sent: Sent[] = [];
  const ticks: { at: number; region: string }[] = [];
  const runRegion = (region: string, at: number): void => {
    if (world.runs?.(region, at) === false) return;
    const now = at + (world.skew?.(region, at) ?? 0);
    if (world.isCold?.(region, at)) memory.delete(region);
    const canRead = (of: string): boolean => world.canRead?.(of, region, at) !== false;
    const readable = (of: string): WatchdogState | null =>
      canRead(of) ? readState(stored.get(of) ?? '') : null;
    const own = newer(readable(region), memory.get(region) ?? null);
    const decision = decide({
      ...{ observation: world.coordinator(at), own, peer: peerOf(region), now },
      ...{ isSecond: region !== 'first', canReadAgain: false },
    });
    if (decision.report?.tick) ticks.push({ at, region });
    let { state } = decision;
    if (decision.message !== null) {
      const arrived = world.canSend?.(at) !== false;
      const { event, alert } = decision.message;
      sent.push({ at, region, event, id: alert.id, arrived });
      state = afterSending(state, decision.message, arrived, now);
    }
    memory.set(region, state);
    if (world.canWrite?.(region, at) !== false) stored.set(region, writeState(state));
    function peerOf(one: string): Peer {
      const other = regions.find((name) => name !== one);
      if (other === undefined) return { kind: 'none' };
      if (!canRead(other)) return { kind: 'unreadable' };
      return { kind: 'read', state: readState(stored.get(other) ?? '') ?? NO_STATE };
    }
  };
  for (let minute = 0; minute < minutes; minute += 1) {
    const at = START + minute * MINUTE_MS;
    if (regions.includes('first')) runRegion('first', at + 20_000);
    if (regions.includes('second')) runRegion('second', at + 50_000);
  }
  return { sent, ticks };
}

const newer = (one: WatchdogState | null, other: WatchdogState | null): WatchdogState | null =>
  (other?.runAt ?? 0) > (one?.runAt ?? 0) ? other : one;

/** Dead from one minute to another, counted from {@link START}. */
export const deadBetween =
  (from: number, to: number, how: Observation = SILENT) =>
  (at: number): Observation =>
    at >= START + from * MINUTE_MS && at < START + to * MINUTE_MS ? how : ALIVE;

export const minutesAfterStart = (at: number): number => (at - START) / MINUTE_MS;
