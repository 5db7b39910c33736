// What the engine tells the world, before any channel has shaped it. Pure data.
import type { LocationIncident, OpenIncident, Seen, Verdict } from './state.ts';

/** Notice kinds the engine raises of a monitor; the table of all kinds and their webhook types is in ARCHITECTURE.md. */
export type MonitorNoticeKind =
  | 'opened'
  | 'partial'
  | 'resolved'
  | 'partial_ended'
  | 'blind'
  | 'blind_ended'
  | 'flapping'
  | 'flapping_ended'
  | 'degraded'
  | 'certificate';

export type LocationNoticeKind = 'location' | 'location_ended';

export type NoticeKind = MonitorNoticeKind | LocationNoticeKind;

/** A location's testimony at the moment of the notice. */
export interface Evidence {
  readonly location: number;
  readonly vote: 'failing' | 'passing' | 'abstaining';
  readonly streak: number;
  /** Start of the streak; null when nothing was ever measured. */
  readonly since: number | null;
  readonly seen: Seen | null;
}

export interface QuorumCount {
  readonly policy: 'majority' | 'all' | 'any' | number;
  readonly required: number;
  readonly failing: number;
  readonly passing: number;
  readonly abstaining: number;
}

/** Who says what of a monitor, at one moment. */
export interface Testimony {
  /** The failing locations; of a warning those that warn. */
  readonly scope: readonly number[];
  readonly quorum: QuorumCount;
  readonly evidence: readonly Evidence[];
}

/** An incident that may have ended; `reason` says why, when it was not the target that came back. */
export interface Ending<T> {
  readonly incident: T & { readonly resolvedAt: number | null; readonly reason: string | null };
}

/** `id` is made of the incident and the kind, so the same event always has the same id. */
export interface MonitorNotice extends Testimony {
  readonly id: string;
  readonly kind: MonitorNoticeKind;
  readonly at: number;
  readonly monitor: number;
  readonly verdict: Verdict;
  readonly incident: Ending<OpenIncident>['incident'] | null;
  /** Start of what the notice tells of. */
  readonly startedAt: number;
}

export interface LocationNotice extends Ending<LocationIncident> {
  readonly id: string;
  readonly kind: LocationNoticeKind;
  readonly at: number;
  readonly location: number;
  readonly startedAt: number;
}

export type Notice = MonitorNotice | LocationNotice;

/** An incident began, changed or ended, whether anybody is told or not: this is what is stored. */
export type IncidentRecord =
  | (Ending<OpenIncident> & Testimony & { readonly monitor: number })
  | (Ending<LocationIncident> & { readonly location: number });
