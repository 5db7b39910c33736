// Owns the engine's notifications and incident records, before a channel formats them. Pure data.
import type { EndReason, LocationIncident, OpenIncident, StoredObservation, Verdict } from './state.ts';
import type { WarningKind } from './warning.ts';

/** Events of monitors, named as in a webhook's `type`. ARCHITECTURE.md has the table of all events. */
export type MonitorEvent =
  | 'incident.opened'
  | 'incident.partial'
  | 'incident.resolved'
  | 'incident.partial_resolved'
  | 'monitor.no_data'
  | 'monitor.no_data_resolved'
  | 'monitor.flapping'
  | 'monitor.flapping_ended'
  | `monitor.${WarningKind}`;

export type LocationEvent = 'location.quarantined' | 'location.lost' | 'location.recovered';

/** A location's vote and newest observation at the moment of the notification. */
export interface Evidence {
  readonly location: number;
  readonly vote: 'failing' | 'passing' | 'abstaining';
  readonly streak: number;
  /** Start of the streak; null if nothing was measured yet. */
  readonly since: number | null;
  readonly observation: StoredObservation | null;
}

export interface QuorumCount {
  readonly policy: 'majority' | 'all' | 'any' | number;
  readonly required: number;
  readonly failing: number;
  readonly passing: number;
  readonly abstaining: number;
}

/** The votes on a monitor at one moment. */
export interface VotesAndEvidence {
  /** The failing locations; for a warning the locations that warn. */
  readonly scope: readonly number[];
  readonly quorum: QuorumCount;
  readonly evidence: readonly Evidence[];
}

/** An incident that may have ended; `reason` is null if the target, or the location, recovered. */
export interface MaybeResolved<T> {
  readonly incident: T & { readonly resolvedAt: number | null; readonly reason: EndReason | null };
}

/** What flapping holds back, for `monitor.flapping` and its end. */
export interface FlappingDetails {
  readonly since: number;
  /** Events that are not sent while the monitor flaps. Empty once it has stopped. */
  readonly suppressed: readonly MonitorEvent[];
  /** An incident that stays open this long is sent although the monitor flaps. */
  readonly maxSuppressionMs: number;
  /** When the incident that is open now is sent, if it stays open; null if no incident waits. */
  readonly until: number | null;
}

/** `id` is made of the incident's id and the event, so the same notification always has the same id. */
export interface MonitorNotification extends VotesAndEvidence {
  readonly id: string;
  readonly event: MonitorEvent;
  readonly at: number;
  readonly monitor: number;
  readonly verdict: Verdict;
  readonly incident: MaybeResolved<OpenIncident>['incident'] | null;
  /** When the reported condition began. */
  readonly startedAt: number;
  /** Of `monitor.flapping` and `monitor.flapping_ended` only. */
  readonly flapping?: FlappingDetails;
}

export interface LocationNotification extends MaybeResolved<LocationIncident> {
  readonly id: string;
  readonly event: LocationEvent;
  readonly at: number;
  readonly location: number;
  readonly startedAt: number;
}

export type Notification = MonitorNotification | LocationNotification;

/** An incident began, changed or ended. It is stored whether a notification is sent or not. */
export type IncidentRecord =
  | (MaybeResolved<OpenIncident> & VotesAndEvidence & { readonly monitor: number })
  | (MaybeResolved<LocationIncident> & { readonly location: number });
