// Owns a mesh whose hours are committed as ticks do it, on any D1, with runs that tests choose, and its history as text.
import { apply } from '../../../src/engine/apply.ts';
import type { Change, Entry, EntryDraft, ReportedObservation } from '../../../src/engine/model/journal.ts';
import type { Policy, State } from '../../../src/engine/model/state.ts';
import {
  type HistoryObservation,
  readDays,
  readObservations,
  readSpans,
} from '../../../src/history/read-history.ts';
import { ok } from '../../../src/result.ts';
import { commit, commitIfValid } from '../../../src/store/commit.ts';
import type { Statement } from '../../../src/store/database.ts';
import { readBars } from '../../../src/store/history/bars.ts';
import { decodeEntry, encodeEntry } from '../../../src/store/journal/codec.ts';
import { removeMonitors } from '../../../src/store/monitors.ts';
import { loadState } from '../../../src/store/shard.ts';
import { fromLogByte, toLogByte } from '../../../src/uptime/log-steps.ts';

import type { Seen, SeenRun } from './brute-force.ts';

export const POLICY: Policy = {
  ...{
    intervalMs: 60_000,
    timeoutMs: 5_000,
    quorum: 'majority',
    failures: 2,
    recoveries: 2,
    confirmMs: 10_000,
  },
  ...{ locations: 'all', dependsOn: [], paused: false },
};

/** A number between 0 and 1, the same in every run. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export type Outcome = 'ok' | 'failed' | 'unmeasured';

export class HistoryMesh {
  state!: State;
  now: number;
  readonly db: D1Database;
  /** What a second computation is made from. */
  readonly seen: Seen[] = [];
  readonly runs: SeenRun[] = [];
  readonly #random: () => number;
  #watches = false;

  constructor(db: D1Database, now: number, seed = 1) {
    this.db = db;
    this.now = now;
    this.#random = seeded(seed);
  }

  /** Remembers each state and run. */
  watch(): void {
    this.#watches = true;
  }

  #remember(entry: EntryDraft, before: State): void {
    if (!this.#watches) return;
    const decoded = decodeEntry(encodeEntry({ ...entry, at: this.state.at } as Entry));
    const { value, records } = apply(before, decoded);
    this.seen.push({ state: value, records });
    if (decoded.kind !== 'report') return;
    for (const { monitor, startedAt, outcome } of decoded.observations)
      this.runs.push({ location: decoded.location, monitor, startedAt, measured: outcome !== 'unmeasured' });
  }

  /** Locations `aws:l1` …, and monitors with a row of their own. */
  async begin(locations: number, policies: readonly Policy[]): Promise<void> {
    this.state = await loadState(this.db);
    await this.change(
      Array.from({ length: locations }, (_, index): Change => {
        return { type: 'location', number: index + 1, id: `aws:l${index + 1}`, enabled: true };
      }),
    );
    for (const [index, policy] of policies.entries()) await this.addMonitor(index + 1, policy);
  }

  async addMonitor(number: number, policy: Policy): Promise<void> {
    await this.db
      .prepare(
        `insert into monitors (number, id, name, "check", interval_seconds, locations, alert, channels, tags, public,
          paused, created_at, updated_at) values (?1, ?2, ?3, '{"type":"tcp"}', 60, '"all"', '{}', '[]', '{}', 1, 0, ?4, ?4)`,
      )
      .bind(number, `m${number}`, `Monitor ${number}`, Math.max(this.now, this.state.at + 1))
      .run();
    await this.change([{ type: 'monitor', number, policy }]);
  }

  async deleteMonitor(number: number): Promise<void> {
    await this.change([{ type: 'monitor.deleted', number }], [removeMonitors(this.db, [number])]);
  }

  async change(changes: readonly Change[], statements: readonly Statement[] = []): Promise<void> {
    const before = this.state;
    const entry = { kind: 'change', changes } as const;
    const committed = await commitIfValid<never>(this.#context(), before, async () =>
      ok({ entry, statements }),
    );
    if (committed.ok) this.state = committed.value.state;
    this.#remember({ kind: 'change', changes }, before);
  }

  /** One report: each monitor with its outcome. */
  async report(location: number, outcomes: ReadonlyMap<number, Outcome>): Promise<void> {
    const askedAt = this.now - 400 - Math.floor(this.#random() * 80);
    const observations = [...outcomes].map(([monitor, outcome]) =>
      this.#observation(monitor, outcome, askedAt, location),
    );
    const report = { askedAt, answeredAt: this.now, error: null, missedDeadline: false, observations };
    const before = this.state;
    const entry = { kind: 'report', location, ...report } as const;
    const committed = await commit(this.#context(), before, () => entry);
    this.state = committed.state;
    this.#remember(entry, before);
  }

  #observation(monitor: number, outcome: Outcome, askedAt: number, location: number): ReportedObservation {
    const startedAt = askedAt + 10 * Math.floor(this.#random() * 20);
    const connectMs = fromLogByte(toLogByte(location * 20 * (1 + 0.1 * this.#random())))!;
    if (outcome === 'unmeasured')
      return { monitor, startedAt, outcome, reason: 'location_offline', timings: {} };
    if (outcome === 'failed')
      return {
        ...{ monitor, startedAt, outcome, code: 'refused', phase: 'connect' },
        detail: `192.0.2.${monitor}:443 refused`,
        timings: { dnsMs: 1.25, connectMs: Math.round(connectMs * 1_000) / 1_000 },
      };
    const degraded = { code: 'latency', limit: 50, detail: `${Math.round(connectMs)} ms` } as const;
    return {
      ...{ monitor, startedAt, outcome, timings: { dnsMs: 2, connectMs, totalMs: connectMs + 2 } },
      ...(this.#random() < 0.05 ? { degraded: [degraded] } : {}),
      ...(monitor % 2 === 0
        ? { samples: { sent: 2, lost: Math.round(this.#random()), minMs: connectMs } }
        : {}),
    };
  }

  #context() {
    return { db: this.db, tick: 0, publicUrl: 'https://status.test', now: () => this.now };
  }
}

export async function observationsOf(
  db: D1Database,
  number: number,
  now: number,
  from = 0,
): Promise<HistoryObservation[]> {
  const all: HistoryObservation[] = [];
  for await (const one of readObservations(db, { number, from, to: now, now })) all.push(one);
  return all;
}

/** Everything that a reader can read, as text. */
export async function exportHistory(
  db: D1Database,
  numbers: readonly number[],
  from: number,
  now: number,
): Promise<string> {
  const range = { numbers, from, to: now, now };
  const observations = [];
  for (const number of numbers) observations.push(await observationsOf(db, number, now, from));
  const days = [...(await readDays(db, range))].map(([number, figures]) => [
    number,
    figures.map((day) => ({
      ...day,
      byLocation: day.byLocation.map(({ latency, ...one }) => ({
        ...one,
        latency: [...latency].sort(([a], [b]) => a - b),
      })),
    })),
  ]);
  const bars = [...(await readBars(db, numbers, now))];
  return JSON.stringify({ observations, spans: await readSpans(db, range), days, bars }, null, 1);
}
