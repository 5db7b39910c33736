// A small world for tests of the engine: locations, one monitor, and a way to tell what each location saw.
import type { Entry, JournalObservation } from '../../src/core/journal.ts';
import type { Notice } from '../../src/core/notice.ts';
import { plan } from '../../src/core/plan.ts';
import { settle } from '../../src/core/settle.ts';
import { emptyState, type Policy, type State } from '../../src/core/state.ts';

export const T0 = 1_800_000_000_000;

export const policy = (changes: Partial<Policy> = {}): Policy => ({
  intervalMs: 60_000,
  timeoutMs: 5_000,
  quorum: 'majority',
  failures: 2,
  recoveries: 2,
  confirmMs: 10_000,
  locations: 'all',
  paused: false,
  ...changes,
});

export type Saw = 'ok' | 'failed' | 'unmeasured';

/** A fleet in virtual time: `sees` says what a location finds at a moment, and every look takes no time. */
export class World {
  state: State = emptyState;
  now = T0;
  readonly entries: Entry[] = [];
  readonly notices: Notice[] = [];
  looks = 0;
  sees: (location: number, at: number, monitor: number) => Saw = () => 'ok';

  constructor(locations: number, monitors: Partial<Policy>[] = [{}]) {
    this.settle({
      kind: 'change',
      at: this.now,
      changes: [
        ...Array.from({ length: locations }, (_, index) => ({
          type: 'location' as const,
          number: index + 1,
          id: `aws:test-${index + 1}`,
          enabled: true,
        })),
        ...monitors.map((changes, index) => ({
          type: 'monitor' as const,
          number: index + 1,
          policy: policy(changes),
        })),
      ],
    });
  }

  settle(entry: Entry): void {
    const settled = settle(this.state, entry);
    this.entries.push(entry);
    this.state = settled.state;
    this.notices.push(...settled.notices);
  }

  /** One location's report, whoever asked for it. */
  report(location: number, saw: Saw | Record<number, Saw>, at = this.now): void {
    const of = (monitor: number): Saw => (typeof saw === 'string' ? saw : (saw[monitor] ?? 'ok'));
    const numbers = typeof saw === 'string' ? [1] : Object.keys(saw).map(Number);
    this.settle({
      kind: 'report',
      at: Math.max(at, this.state.at + 1),
      location,
      askedAt: at,
      answeredAt: at,
      error: null,
      missedDeadline: false,
      observations: numbers.map((monitor) => observation(monitor, of(monitor), at)),
    });
  }

  /** Plays until `until`, doing whatever plan says is due. */
  play(until: number): void {
    while (this.now <= until) {
      const due = plan(this.state, new Set(), this.now);
      if (due.closable.length > 0) {
        const changes = due.closable.map((number) => ({ type: 'round.closed' as const, number }));
        this.settle({ kind: 'change', at: Math.max(this.now, this.state.at + 1), changes });
        continue;
      }
      if (due.invocations.length === 0) {
        if (due.wakeAt > until) break;
        this.now = Math.max(due.wakeAt, this.now + 1);
        continue;
      }
      for (const { location, monitors } of due.invocations) {
        this.looks += monitors.length;
        this.report(
          location,
          Object.fromEntries(monitors.map((monitor) => [monitor, this.sees(location, this.now, monitor)])),
        );
      }
      this.now += 1;
    }
    this.now = until;
  }

  kinds(): string[] {
    return this.notices.map((notice) => notice.kind);
  }

  verdict(monitor = 1): string | undefined {
    return this.state.monitors.get(monitor)?.verdict;
  }
}

function observation(monitor: number, saw: Saw, startedAt: number): JournalObservation {
  if (saw === 'ok') return { monitor, startedAt, outcome: 'ok', timings: { connectMs: 10 } };
  if (saw === 'failed') {
    const timings = { connectMs: 0.4 };
    return { monitor, startedAt, outcome: 'failed', code: 'refused', detail: 'connection refused', timings };
  }
  return { monitor, startedAt, outcome: 'unmeasured', reason: 'throttled', timings: {} };
}
