// Owns what the history knows at one moment: the open conditions of each monitor, quarantines, and maintenances in force.
// Pure. Does not read rows: fold.ts applies them, state-codec.ts stores it.
import type { Window } from '../../engine/model/state.ts';
import { unionOf } from '../../uptime/intervals.ts';

/** p paused, m maintenance, n no data, d down, a partial, f3 the vote of location 3 is failing. */
export type Layer = 'p' | 'm' | 'n' | 'd' | 'a' | `f${number}`;

/** A span of a condition. `by` is the journal row that began it: with the layer, it names the condition. */
export interface Fact {
  readonly layer: Layer;
  readonly by: number;
  readonly from: number;
  readonly to: number;
}

/** A condition that lasts. */
export interface Condition {
  readonly by: number;
  readonly since: number;
}

export interface TrackedMonitor {
  readonly number: number;
  /** It exists since then. */
  readonly from: number;
  /** Without a measurement for this long, nothing is known. */
  readonly staleMs: number;
  /** Id of the open incident. */
  readonly incident: string | null;
  readonly open: ReadonlyMap<Layer, Condition>;
}

export interface TrackedWindow {
  readonly monitors: Window['monitors'];
  readonly spans: Window['spans'];
  /** In force since then: time before it does not become a maintenance later. */
  readonly since: number;
}

export interface PastMaintenance {
  readonly monitors: Window['monitors'];
  readonly from: number;
  readonly to: number;
}

export interface HistoryState {
  readonly monitors: ReadonlyMap<number, TrackedMonitor>;
  readonly locations: ReadonlyMap<number, { readonly id: string; readonly quarantinedSince: number | null }>;
  readonly windows: ReadonlyMap<string, TrackedWindow>;
  /** Of days that are not written yet. */
  readonly maintenances: readonly PastMaintenance[];
  readonly quarantines: readonly { readonly location: number; readonly from: number; readonly to: number }[];
  /** Monitors that were removed on such a day. */
  readonly removed: readonly { readonly number: number; readonly staleMs: number; readonly at: number }[];
}

export const EMPTY_HISTORY: HistoryState = {
  monitors: new Map(),
  locations: new Map(),
  windows: new Map(),
  maintenances: [],
  quarantines: [],
  removed: [],
};

/**
 * The open conditions of a monitor until then. `knownTo` is the time of the newest journal row: from when its votes would
 * be too old, nothing is known.
 */
export function openFacts(
  { monitors }: HistoryState,
  number: number,
  until: number,
  knownTo: number,
): Fact[] {
  const monitor = monitors.get(number);
  if (!monitor) return [];
  const facts = [...monitor.open].map(
    ([layer, { by, since }]): Fact => ({ layer, by, from: since, to: until }),
  );
  const staleAt = knownTo + monitor.staleMs;
  if (staleAt < until && !monitor.open.has('p')) facts.push({ layer: 'n', by: 0, from: staleAt, to: until });
  return facts;
}

const covers = (monitors: Window['monitors'], number: number): boolean =>
  monitors === 'all' || monitors.includes(number);

/** Maintenances of a monitor that were in force, until then. */
export function maintenanceFacts(state: HistoryState, number: number, until: number): Fact[] {
  const past = state.maintenances
    .filter(({ monitors }) => covers(monitors, number))
    .map(({ from, to }) => [from, Math.min(to, until)] as const);
  const current = [...state.windows.values()].flatMap(({ monitors, spans, since }) =>
    covers(monitors, number)
      ? spans.map(([from, to]) => [Math.max(from, since), Math.min(to, until)] as const)
      : [],
  );
  return unionOf([...past, ...current]).map(([from, to]): Fact => ({ layer: 'm', by: 0, from, to }));
}

/** Quarantines of a location until then. */
export const quarantinesOf = (state: HistoryState, location: number, until: number) => {
  const since = state.locations.get(location)?.quarantinedSince ?? null;
  return unionOf([
    ...state.quarantines
      .filter((one) => one.location === location)
      .map(({ from, to }) => [from, to] as const),
    ...(since === null ? [] : [[since, until] as const]),
  ]);
};

/** Of a monitor whose days are written, the shortest. */
const SHORTEST_STALE_MS = 180_000;

export const staleMsOf = ({ monitors, removed }: HistoryState, number: number): number =>
  monitors.get(number)?.staleMs ?? removed.find((one) => one.number === number)?.staleMs ?? SHORTEST_STALE_MS;
