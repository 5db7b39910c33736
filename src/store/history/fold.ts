// Owns how rows of status changes, in order, move the history on: which conditions began and ended, and when. Pure.

import type { Condition, Fact, HistoryState, Layer, TrackedMonitor } from './history-state.ts';
import type { IncidentEntry, MonitorEntry, StatusChange, WindowEntry } from './status-change.ts';

export interface StatusRow {
  /** Id of the journal row. */
  readonly id: number;
  readonly at: number;
  readonly data: StatusChange;
}

export interface Folded {
  /** Before the rows. */
  readonly base: HistoryState;
  /** After the rows. */
  readonly state: HistoryState;
  /** Conditions that ended, by monitor. */
  readonly ended: ReadonlyMap<number, readonly Fact[]>;
  /** When each monitor that is gone was removed. */
  readonly removed: ReadonlyMap<number, { readonly from: number; readonly at: number }>;
}

export interface ChangedFact {
  /** Of a condition that lasts, `to` is infinite. */
  readonly fact: Fact;
  /** Before this time, the history already contains the condition as it is. */
  readonly changedFrom: number;
}

/** Conditions of a monitor that began, ended or were corrected by the rows. */
export function changesOf({ base, state, ended }: Folded, number: number): ChangedFact[] {
  const before = base.monitors.get(number)?.open;
  const open = [...(state.monitors.get(number)?.open ?? [])].map(([layer, { by, since }]): Fact => {
    return { layer, by, from: since, to: Number.POSITIVE_INFINITY };
  });
  return [...(ended.get(number) ?? []), ...open].flatMap((fact): ChangedFact[] => {
    const was = before?.get(fact.layer);
    const since = was?.by === fact.by ? was.since : null;
    const changedFrom = since === fact.from ? fact.to : Math.min(fact.from, since ?? fact.from);
    return Number.isFinite(changedFrom) ? [{ fact, changedFrom }] : [];
  });
}

export function fold(base: HistoryState, rows: readonly StatusRow[]): Folded {
  const folding = new Folding(base);
  for (const row of rows) folding.apply(row);
  return folding;
}

type Mutable = Omit<TrackedMonitor, 'open' | 'incident'> & {
  incident: string | null;
  readonly open: Map<Layer, Condition>;
};

class Folding implements Folded {
  readonly base: HistoryState;
  readonly state;
  readonly ended = new Map<number, Fact[]>();
  readonly removed = new Map<number, { from: number; at: number }>();

  constructor(base: HistoryState) {
    const { monitors, locations, windows, maintenances, quarantines, removed } = base;
    this.base = base;
    this.state = {
      monitors: new Map(
        [...monitors].map(([number, one]): [number, Mutable] => [
          number,
          { ...one, open: new Map(one.open) },
        ]),
      ),
      locations: new Map(locations),
      windows: new Map(windows),
      maintenances: [...maintenances],
      quarantines: [...quarantines],
      removed: [...removed],
    };
  }

  apply({ id, at, data }: StatusRow): void {
    if (data.corrected) this.#correct(at);
    const { monitors } = this.state;
    if (data.whole) {
      const kept = new Set(data.monitors?.map(([number]) => number));
      for (const number of [...monitors.keys()]) if (!kept.has(number)) this.#remove(number, at);
      for (const window of [...this.state.windows.keys()]) this.#setWindow([window], at);
    }
    for (const number of data.removed ?? []) this.#remove(number, at);
    for (const entry of data.monitors ?? []) this.#setMonitor(entry, id, at);
    for (const [number, from] of data.gaps ?? [])
      if (monitors.has(number)) this.#end(number, { layer: 'n', by: 0, from, to: at });
    if (data.whole) this.#endForgottenIncidents(data.incidents ?? [], at);
    for (const entry of data.incidents ?? []) this.#setIncident(entry, id);
    for (const [number, location, quarantined] of data.locations ?? [])
      this.#setLocation(number, location, quarantined === 1, at);
    for (const window of data.windows ?? []) this.#setWindow(window, at);
  }

  #end(number: number, fact: Fact): void {
    const facts = this.ended.get(number);
    if (facts) facts.push(fact);
    else this.ended.set(number, [fact]);
  }

  /** An end before the beginning leaves nothing: it is kept, because a written day may contain the condition. */
  #close(monitor: Mutable, layer: Layer, to: number): void {
    const condition = monitor.open.get(layer);
    if (!condition) return;
    monitor.open.delete(layer);
    const { by, since } = condition;
    this.#end(monitor.number, { layer, by, from: since, to: Math.max(since, to) });
  }

  #remove(number: number, at: number): void {
    const monitor = this.state.monitors.get(number);
    if (!monitor) return;
    for (const layer of [...monitor.open.keys()]) this.#close(monitor, layer, at);
    this.state.monitors.delete(number);
    this.state.removed.push({ number, staleMs: monitor.staleMs, at });
    this.removed.set(number, { from: monitor.from, at });
  }

  #setMonitor([number, kind, since, staleMs, failing, ended]: MonitorEntry, by: number, at: number): void {
    const known = this.state.monitors.get(number);
    const monitor: Mutable = known
      ? { ...known, staleMs }
      : { number, from: at, staleMs, incident: null, open: new Map() };
    this.state.monitors.set(number, monitor);
    const { open } = monitor;
    if (kind !== 2) this.#close(monitor, 'p', at);
    else if (!open.has('p')) open.set('p', { by, since: at });
    if (kind !== 1) this.#close(monitor, 'n', at);
    // A lack of data that goes on began when the first of both did.
    else
      open.set('n', { by: open.get('n')?.by ?? by, since: Math.min(since, open.get('n')?.since ?? since) });
    const ends = new Map(ended);
    const votes = new Map(failing);
    for (const layer of [...open.keys()]) {
      const location = Number(layer.slice(1));
      if (layer.startsWith('f') && !votes.has(location))
        this.#close(monitor, layer, ends.get(location) ?? at);
    }
    for (const [location, from] of votes)
      if (!open.has(`f${location}`)) open.set(`f${location}`, { by, since: from });
  }

  #setIncident([number, id, verdict, startedAt, resolvedAt]: IncidentEntry, by: number): void {
    const monitor = this.state.monitors.get(number);
    // The incident of a monitor that was removed ended with it.
    if (!monitor) return;
    if (monitor.incident !== id) this.#endIncident(monitor, startedAt);
    if (resolvedAt !== null) {
      this.#endIncident(monitor, resolvedAt);
      return;
    }
    monitor.incident = id;
    const layer = verdict === 'down' ? 'd' : 'a';
    // The same condition with another start: its times were corrected.
    monitor.open.set(layer, { by: monitor.open.get(layer)?.by ?? by, since: startedAt });
  }

  #endIncident(monitor: Mutable, at: number): void {
    this.#close(monitor, 'd', at);
    this.#close(monitor, 'a', at);
    monitor.incident = null;
  }

  /** The rebuilt state does not know them: the row of their end is lost. */
  #endForgottenIncidents(known: readonly IncidentEntry[], at: number): void {
    const open = new Set(known.map(([, id]) => id));
    for (const monitor of this.state.monitors.values())
      if (monitor.incident !== null && !open.has(monitor.incident)) this.#endIncident(monitor, at);
  }

  #setLocation(number: number, id: string, quarantined: boolean, at: number): void {
    const { locations, quarantines } = this.state;
    const since = locations.get(number)?.quarantinedSince ?? null;
    if (since !== null && !quarantined) quarantines.push({ location: number, from: since, to: at });
    locations.set(number, { id, quarantinedSince: quarantined ? (since ?? at) : null });
  }

  /** What was in force until now stays, whatever becomes of the window. */
  #setWindow([id, monitors, spans]: WindowEntry, at: number): void {
    const before = this.state.windows.get(id);
    for (const span of before?.spans ?? []) {
      const from = Math.max(span[0], before!.since);
      const to = Math.min(span[1], at);
      if (from < to) this.state.maintenances.push({ monitors: before!.monitors, from, to });
    }
    if (monitors === undefined || spans === undefined) this.state.windows.delete(id);
    else this.state.windows.set(id, { monitors, spans, since: at });
  }

  #correct(at: number): void {
    for (const { open } of this.state.monitors.values())
      for (const [layer, { by, since }] of open) open.set(layer, { by, since: Math.min(since, at) });
    for (const [number, facts] of this.ended)
      this.ended.set(
        number,
        facts.map((fact) => ({ ...fact, from: Math.min(fact.from, at), to: Math.min(fact.to, at) })),
      );
  }
}
