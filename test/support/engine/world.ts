// A small world for tests of the engine: locations, monitors, and a function for the outcome at each location.
import type { Degraded } from '../../../probes/contract/index.ts';
import { apply } from '../../../src/engine/apply.ts';
import type { Entry, ReportedObservation } from '../../../src/engine/model/journal.ts';
import type {
  IncidentRecord,
  LocationNotification,
  MonitorNotification,
} from '../../../src/engine/model/notification.ts';
import { emptyState, type Policy, type State, type Window } from '../../../src/engine/model/state.ts';
import { plan } from '../../../src/engine/schedule/schedule.ts';

export const T0 = 1_800_000_000_000;

export const policy = (changes: Partial<Policy> = {}): Policy => ({
  intervalMs: 60_000,
  timeoutMs: 5_000,
  quorum: 'majority',
  failures: 2,
  recoveries: 2,
  confirmMs: 10_000,
  locations: 'all',
  dependsOn: [],
  paused: false,
  ...changes,
});

export type Saw = 'ok' | 'failed' | 'unmeasured';

/** A fleet in virtual time: `sees` returns the outcome at a location and a moment; runs take no time. */
export class World {
  state: State = emptyState;
  now = T0;
  readonly entries: Entry[] = [];
  /** Notifications about monitors, and about locations. */
  readonly notifications: MonitorNotification[] = [];
  readonly locationNotifications: LocationNotification[] = [];
  readonly records: IncidentRecord[] = [];
  runs = 0;
  sees: (location: number, at: number, monitor: number) => Saw = () => 'ok';
  /** The warnings of an ok run. */
  finds: (location: number, at: number, monitor: number) => readonly Degraded[] = () => [];

  /** The network of the address that a location resolves. By default every monitor is on a network of its own. */
  networkSeen: (location: number, at: number, monitor: number) => string = (_, __, monitor) =>
    `10.${monitor >> 8}.${monitor & 255}.0/24`;

  constructor(locations: number, monitors: Partial<Policy>[] = [{}]) {
    this.apply({
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

  apply(entry: Entry): void {
    const { value, notifications, records } = apply(this.state, entry);
    this.entries.push(entry);
    this.state = value;
    this.records.push(...records);
    for (const notification of notifications) {
      if ('monitor' in notification) this.notifications.push(notification);
      else this.locationNotifications.push(notification);
    }
  }

  /** One location's report, asked for or not. */
  report(location: number, saw: Saw | Record<number, Saw>, at = this.now): void {
    const of = (monitor: number): Saw => (typeof saw === 'string' ? saw : (saw[monitor] ?? 'ok'));
    const numbers = typeof saw === 'string' ? [1] : Object.keys(saw).map(Number);
    this.apply({
      kind: 'report',
      at: Math.max(at, this.state.at + 1),
      location,
      askedAt: at,
      answeredAt: at,
      error: null,
      missedDeadline: false,
      observations: numbers.map((monitor) => {
        const observed = observation(monitor, of(monitor), at, this.networkSeen(location, at, monitor));
        const degraded = observed.outcome === 'ok' ? this.finds(location, at, monitor) : [];
        return degraded.length === 0 ? observed : { ...observed, degraded };
      }),
    });
  }

  /** Plays until `until`, running whatever the plan has due. */
  play(until: number): void {
    while (this.now <= until) {
      const due = plan(this.state, new Set(), this.now);
      if (due.reevaluate.length > 0) {
        const changes = due.reevaluate.map((number) => ({ type: 'monitor.reevaluated' as const, number }));
        this.apply({ kind: 'change', at: Math.max(this.now, this.state.at + 1), changes });
        continue;
      }
      if (due.invocations.length === 0) {
        if (due.wakeAt > until) break;
        this.now = Math.max(due.wakeAt, this.now + 1);
        continue;
      }
      for (const { location, monitors } of due.invocations) {
        this.runs += monitors.length;
        this.report(
          location,
          Object.fromEntries(monitors.map((monitor) => [monitor, this.sees(location, this.now, monitor)])),
        );
      }
      this.now += 1;
    }
    this.now = until;
  }

  events(): string[] {
    return this.notifications.map(({ event }) => event);
  }

  /** A maintenance or a silence of these monitors, in ms since T0. */
  window(kind: Window['kind'], from: number, to: number, monitors: Window['monitors'] = 'all'): void {
    const window: Window = { kind, monitors, spans: [[T0 + from, T0 + to]] };
    const at = Math.max(this.now, this.state.at + 1);
    this.apply({ kind: 'change', at, changes: [{ type: 'window', id: `${kind}:${from}-${to}`, window }] });
  }

  verdict(monitor = 1): string | undefined {
    return this.state.monitors.get(monitor)?.verdict;
  }
}

function observation(monitor: number, saw: Saw, startedAt: number, network: string): ReportedObservation {
  if (saw === 'ok') return { monitor, startedAt, outcome: 'ok', timings: { connectMs: 10 }, network };
  if (saw === 'failed') {
    const timings = { connectMs: 0.4 };
    return {
      monitor,
      startedAt,
      outcome: 'failed',
      code: 'refused',
      detail: 'connection refused',
      timings,
      network,
    };
  }
  return { monitor, startedAt, outcome: 'unmeasured', reason: 'throttled', timings: {} };
}
