// A fleet in virtual time as rough as the real one: answers take time, come twice, late or never, and cron has gaps.
// What is settled has been through the journal's codec, as in a commit. It judges nothing.
import type { Entry, JournalObservation } from '../../src/core/journal.ts';
import type { IncidentRecord, Notice } from '../../src/core/notice.ts';
import { type Invocation, lookKey, plan } from '../../src/core/plan.ts';
import { settle } from '../../src/core/settle.ts';
import type { Policy, State } from '../../src/core/state.ts';
import { decodeEntry, encodeEntry } from '../../src/store/journal-codec.ts';
import { type Saw, T0, World } from './world.ts';

/** An invocation ends this long after the slowest of its looks may. */
const INVOCATION_SLACK_MS = 3_000;

/** What becomes of an invocation on its way. `echo`: a doubled tick asks everything again, a little later. */
export type Fate =
  | { readonly kind: 'answered' | 'doubled' | 'echo'; readonly afterMs: number }
  | { readonly kind: 'silent' };

/** One entry, and everything that the engine made of it. */
export interface Moment {
  readonly entry: Entry;
  readonly state: State;
  readonly notices: readonly Notice[];
  readonly records: readonly IncidentRecord[];
}

interface Arrival {
  readonly at: number;
  readonly keys: readonly number[];
  readonly entry: Entry;
}

export class RoughWorld extends World {
  readonly moments: Moment[] = [];
  /** Decides by location and time of asking. */
  fate: (location: number, at: number) => Fate = () => ({ kind: 'answered', afterMs: 0 });
  /** No tick runs then; what is in flight still comes back. */
  asleep: (at: number) => boolean = () => false;
  readonly #flying: Arrival[] = [];
  readonly #inFlight = new Map<number, number>();

  constructor(locations: number, monitors: Partial<Policy>[]) {
    super(locations, monitors);
    const [entry] = this.entries;
    this.moments.push({ entry: entry!, state: this.state, notices: [], records: [] });
  }

  override settle(draft: Entry): void {
    const entry = decodeEntry(encodeEntry({ ...draft, at: Math.max(draft.at, this.state.at + 1) }));
    const settled = settle(this.state, entry);
    this.entries.push(entry);
    this.state = settled.state;
    this.records.push(...settled.records);
    for (const notice of settled.notices) {
      if ('monitor' in notice) this.notices.push(notice);
      else this.locationNotices.push(notice);
    }
    // Not yet there while the parent's constructor runs.
    const moments = this.moments as Moment[] | undefined;
    moments?.push({ entry, state: settled.state, notices: settled.notices, records: settled.records });
  }

  override play(until: number): void {
    for (let standing = 0; this.now <= until; ) {
      this.#land();
      const asleep = this.asleep(this.now);
      const due = plan(this.state, new Set(this.#inFlight.keys()), this.now);
      if (!asleep && due.closable.length > 0) {
        standing += 1;
        if (standing > 100) throw new Error(`the plan never stops closing ${due.closable} at ${this.now - T0}`);
        const changes = due.closable.map((number) => ({ type: 'round.closed' as const, number }));
        this.settle({ kind: 'change', at: this.now, changes });
        continue;
      }
      standing = 0;
      if (!asleep) for (const invocation of due.invocations) this.#start(invocation);
      // Asleep, time passes in small steps: the gap ends at no moment that the plan knows.
      const wakeAt = asleep ? this.now + 1_000 : due.invocations.length > 0 ? this.now + 1 : due.wakeAt;
      const landing = Math.min(...this.#flying.map((arrival) => arrival.at));
      this.now = Math.max(this.now + 1, Math.min(wakeAt, landing));
    }
    this.now = until;
  }

  /** Settles what has come back by now, in the order of its arrival. */
  #land(): void {
    this.#flying.sort((a, b) => a.at - b.at);
    while (this.#flying[0] && this.#flying[0].at <= this.now) {
      const { keys, entry } = this.#flying.shift()!;
      for (const key of keys) {
        const left = this.#inFlight.get(key)! - 1;
        if (left > 0) this.#inFlight.set(key, left);
        else this.#inFlight.delete(key);
      }
      this.settle({ ...entry, at: this.now });
    }
  }

  #start({ location, monitors }: Invocation): void {
    this.looks += monitors.length;
    const fate = this.fate(location, this.now);
    if (fate.kind === 'silent') {
      const slowestMs = Math.max(...monitors.map((id) => this.state.monitors.get(id)?.policy.timeoutMs ?? 0));
      const answeredAt = this.now + slowestMs + INVOCATION_SLACK_MS;
      const observations = monitors.map((monitor) => ({ ...unmeasured(monitor, this.now), reason: 'late' as const }));
      return this.#fly(location, this.now, answeredAt, observations, true);
    }
    const look = (at: number) => monitors.map((id) => observation(id, this.sees(location, at, id), at));
    const first = look(this.now);
    const answeredAt = this.now + fate.afterMs;
    this.#fly(location, this.now, answeredAt, first, false);
    if (fate.kind === 'doubled') this.#fly(location, this.now, answeredAt + 400, first, false);
    const again = this.now + 2_500;
    if (fate.kind === 'echo') this.#fly(location, again, again + fate.afterMs, look(again), false);
  }

  #fly(
    location: number,
    askedAt: number,
    answeredAt: number,
    observations: JournalObservation[],
    missedDeadline: boolean,
  ): void {
    const keys = observations.map(({ monitor }) => lookKey(monitor, location));
    for (const key of keys) this.#inFlight.set(key, (this.#inFlight.get(key) ?? 0) + 1);
    const error = missedDeadline ? 'no answer within its deadline' : null;
    const report = { kind: 'report' as const, at: 0, location, askedAt, answeredAt, error };
    this.#flying.push({ at: answeredAt, keys, entry: { ...report, missedDeadline, observations } });
  }
}

const unmeasured = (monitor: number, startedAt: number): JournalObservation => ({
  monitor,
  startedAt,
  outcome: 'unmeasured',
  reason: 'throttled',
  timings: {},
});

/** Every monitor is on a network of its own. */
function observation(monitor: number, saw: Saw, startedAt: number): JournalObservation {
  if (saw === 'unmeasured') return unmeasured(monitor, startedAt);
  const told = { monitor, startedAt, timings: { connectMs: 10 }, network: `10.0.${monitor}.0/24` };
  return saw === 'ok' ? { ...told, outcome: 'ok' } : { ...told, outcome: 'failed', code: 'refused', detail: 'refused' };
}
