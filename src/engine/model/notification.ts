// What the engine tells the world, before any channel has shaped it. Pure data.
import type { LocationIncident, OpenIncident, StoredObservation, Verdict } from './state.ts';

/** Notification kinds the engine raises of a monitor; the table of all kinds and their webhook types is in ARCHITECTURE.md. */
export type MonitorNotificationKind =
  | 'opened'
  | 'partial'
  | 'resolved'
  | 'partial_resolved'
  | 'no_data'
  | 'no_data_resolved'
  | 'flapping'
  | 'flapping_ended'
  | 'degraded'
  | 'certificate';

export type LocationNotificationKind = 'location' | 'location_ended';

export type NotificationKind = MonitorNotificationKind | LocationNotificationKind;

/** A location's testimony at the moment of the notification. */
export interface Evidence {
  readonly location: number;
  readonly vote: 'failing' | 'passing' | 'abstaining';
  readonly streak: number;
  /** Start of the streak; null when nothing was ever measured. */
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

/** Who says what of a monitor, at one moment. */
export interface VotesAndEvidence {
  /** The failing locations; of a warning those that warn. */
  readonly scope: readonly number[];
  readonly quorum: QuorumCount;
  readonly evidence: readonly Evidence[];
}

/** An incident that may have ended; `reason` says why, when it was not the target that came back. */
export interface MaybeResolved<T> {
  readonly incident: T & { readonly resolvedAt: number | null; readonly reason: string | null };
}

/** `id` is made of the incident and the kind, so the same event always has the same id. */
export interface MonitorNotification extends VotesAndEvidence {
  readonly id: string;
  readonly kind: MonitorNotificationKind;
  readonly at: number;
  readonly monitor: number;
  readonly verdict: Verdict;
  readonly incident: MaybeResolved<OpenIncident>['incident'] | null;
  /** Start of what the notification tells of. */
  readonly startedAt: number;
}

export interface LocationNotification extends MaybeResolved<LocationIncident> {
  readonly id: string;
  readonly kind: LocationNotificationKind;
  readonly at: number;
  readonly location: number;
  readonly startedAt: number;
}

export type Notification = MonitorNotification | LocationNotification;

/** An incident began, changed or ended, whether anybody is told or not: this is what is stored. */
export type IncidentRecord =
  | (MaybeResolved<OpenIncident> & VotesAndEvidence & { readonly monitor: number })
  | (MaybeResolved<LocationIncident> & { readonly location: number });
