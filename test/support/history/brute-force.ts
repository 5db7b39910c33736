// Owns a second, slow computation of uptime, from what commits returned and what was reported: moment by moment, without a
// span, an interval or a row of the history. Imports no code of it.

import { noDataStart } from '../../../src/engine/incidents/incident-times.ts';
import type { IncidentRecord } from '../../../src/engine/model/notification.ts';
import { staleAfterMs } from '../../../src/engine/model/policy.ts';
import type { State } from '../../../src/engine/model/state.ts';
import { isQuarantined } from '../../../src/engine/voting/quorum.ts';

/** The state after a commit, with the incidents that it changed. */
export interface Seen {
  readonly state: State;
  readonly records: readonly IncidentRecord[];
}

export interface SeenRun {
  readonly location: number;
  readonly monitor: number;
  readonly startedAt: number;
  readonly measured: boolean;
}

interface Stretch {
  readonly kind: string;
  readonly from: number;
  readonly to: number;
}

type Counted = Record<string, number>;

/** Every instant at which something may change, of one monitor, and what holds between two of them. */
export class BruteForce {
  readonly #seen: readonly Seen[];
  readonly #runs: readonly SeenRun[];
  readonly #now: number;

  constructor(seen: readonly Seen[], runs: readonly SeenRun[], now: number) {
    this.#seen = seen;
    this.#runs = runs;
    this.#now = now;
  }

  /** Milliseconds of each kind between two instants. */
  totals(monitor: number, from: number, to: number): Counted {
    const stretches = this.#stretches(monitor);
    const [existed] = stretches.filter(({ kind }) => kind === 'exists');
    const counted: Counted = { paused: 0, maintenance: 0, no_data: 0, down: 0, partial: 0, up: 0 };
    if (!existed) return counted;
    this.#between(stretches, Math.max(from, existed.from), Math.min(to, existed.to), (kinds, ms) => {
      const order = ['paused', 'maintenance', 'no_data', 'down', 'partial'];
      const kind = order.find((one) => kinds.has(one)) ?? 'up';
      counted[kind] = counted[kind]! + ms;
    });
    return counted;
  }

  votes(monitor: number, location: number, from: number, to: number): { voted: number; failing: number } {
    const stretches = [...this.#stretches(monitor), ...this.#voteStretches(monitor, location)];
    const [existed] = stretches.filter(({ kind }) => kind === 'exists');
    const counted = { voted: 0, failing: 0 };
    if (!existed) return counted;
    this.#between(stretches, Math.max(from, existed.from), Math.min(to, existed.to), (kinds, ms) => {
      if (!kinds.has('fresh') || kinds.has('quarantined') || kinds.has('paused')) return;
      counted.voted += ms;
      if (kinds.has('failing')) counted.failing += ms;
    });
    return counted;
  }

  #between(
    stretches: readonly Stretch[],
    from: number,
    to: number,
    count: (kinds: Set<string>, ms: number) => void,
  ) {
    const edges = [...new Set([from, to, ...stretches.flatMap((one) => [one.from, one.to])])]
      .filter((edge) => edge >= from && edge <= to)
      .sort((a, b) => a - b);
    for (const [index, start] of edges.entries()) {
      const end = edges[index + 1];
      if (end === undefined) return;
      const kinds = new Set(
        stretches.filter((one) => one.from <= start && end <= one.to).map(({ kind }) => kind),
      );
      count(kinds, end - start);
    }
  }

  #stretches(monitor: number): Stretch[] {
    const stretches: Stretch[] = [];
    const add = (kind: string, from: number, to: number) => {
      if (from < to) stretches.push({ kind, from, to });
    };
    const incidents = new Map<string, { down: number | null; partial: number | null; to: number }>();
    let existsFrom: number | null = null;
    let existsTo = 0;
    let noDataSince: number | null = null;
    for (const [index, { state, records }] of this.#seen.entries()) {
      const next = this.#seen[index + 1];
      const until = next?.state.at ?? this.#now;
      const is = state.monitors.get(monitor);
      for (const record of records) {
        if (!('monitor' in record) || record.monitor !== monitor) continue;
        const { id, verdict, startedAt, resolvedAt } = record.incident;
        const known = incidents.get(id) ?? { down: null, partial: null, to: this.#now };
        if (resolvedAt !== null) known.to = resolvedAt;
        else if (verdict === 'down') known.down = startedAt;
        else known.partial = startedAt;
        incidents.set(id, known);
      }
      if (is) {
        existsFrom ??= state.at;
        existsTo = until;
      }
      if (!is) {
        noDataSince = null;
        continue;
      }
      if (is.policy.paused) add('paused', state.at, until);
      for (const window of state.windows.values()) {
        if (window.kind !== 'maintenance') continue;
        if (window.monitors !== 'all' && !window.monitors.includes(monitor)) continue;
        for (const [from, to] of window.spans)
          add('maintenance', Math.max(from, state.at), Math.min(to, until));
      }
      const isUnknown = !is.policy.paused && is.verdict === 'no_data';
      noDataSince = isUnknown ? Math.min(noDataSince ?? is.verdictSince, is.verdictSince) : null;
      if (isUnknown) add('no_data', noDataSince!, until);
      const before = this.#seen[index - 1]?.state;
      const was = before?.monitors.get(monitor);
      const wasKnown = was !== undefined && !was.policy.paused && was.verdict !== 'no_data';
      if (before && wasKnown && !isUnknown && before.resumedAt !== state.resumedAt)
        add('no_data', noDataStart(before, was, state.at), state.at);
      if (!next && !is.policy.paused) add('no_data', state.at + staleAfterMs(is.policy), until);
    }
    for (const { down, partial, to } of incidents.values()) {
      if (down !== null) add('down', down, to);
      if (partial !== null) add('partial', partial, to);
    }
    if (existsFrom !== null) add('exists', existsFrom, existsTo);
    return stretches;
  }

  #voteStretches(monitor: number, location: number): Stretch[] {
    const stretches: Stretch[] = [];
    const own = this.#runs
      .filter((run) => run.monitor === monitor && run.location === location && run.measured)
      .map(({ startedAt }) => startedAt)
      .sort((a, b) => a - b);
    const policies = this.#seen.flatMap(({ state }) => state.monitors.get(monitor)?.policy ?? []);
    const staleMs = policies[0] ? staleAfterMs(policies[0]) : 0;
    for (const [index, start] of own.entries())
      stretches.push({
        kind: 'fresh',
        from: start,
        to: Math.min(own[index + 1] ?? Number.POSITIVE_INFINITY, start + staleMs),
      });
    let failingSince: number | null = null;
    for (const [index, { state }] of this.#seen.entries()) {
      const until = this.#seen[index + 1]?.state.at ?? this.#now;
      const place = state.locations.get(location);
      if (place && isQuarantined(place)) stretches.push({ kind: 'quarantined', from: state.at, to: until });
      const status = state.monitors.get(monitor)?.byLocation.get(location);
      if (status?.vote === 'failing') failingSince ??= status.streakSince ?? state.at;
      else if (failingSince !== null) {
        const endedAt = status?.streakOf === 'ok' ? (status.streakSince ?? state.at) : state.at;
        stretches.push({ kind: 'failing', from: failingSince, to: endedAt });
        failingSince = null;
      }
    }
    if (failingSince !== null) stretches.push({ kind: 'failing', from: failingSince, to: this.#now });
    return stretches;
  }
}
