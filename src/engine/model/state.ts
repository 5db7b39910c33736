// Owns the words of the verdict engine as types: what is known of a shard at one moment.
// Pure data. Times are ms since the epoch unless a name says otherwise; null means never.
import type {
  CapturedResponse,
  Degraded,
  Observation,
  Phase,
  Samples,
  Timings,
} from '../../../probes/contract/index.ts';
import type { OutcomeCode, OutcomeReason } from './heartbeat.ts';
import type { LocationWarnings, RaisedWarnings } from './warning.ts';

export type Verdict = 'up' | 'partial' | 'down' | 'no_data';
export type Vote = 'none' | 'passing' | 'failing';
export type Quorum = 'majority' | 'all' | 'any' | number;

/** The part of a monitor that the engine needs; the store has the rest. */
export interface Policy {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly quorum: Quorum;
  readonly failures: number;
  readonly recoveries: number;
  readonly confirmMs: number;
  /** Location numbers, or every enabled location. */
  readonly locations: 'all' | readonly number[];
  /** Monitors that must be up for this one to be up; never a cycle. */
  readonly dependsOn: readonly number[];
  readonly paused: boolean;
  /** Jobs report in, and no probe checks it. Absent of all others. */
  readonly heartbeat?: true;
}

/** An observation in a form that evidence and `explain` can show. */
export interface StoredObservation {
  readonly startedAt: number;
  readonly outcome: Observation['outcome'];
  readonly code?: OutcomeCode;
  readonly reason?: OutcomeReason;
  readonly detail?: string;
  readonly timings: Timings;
  readonly samples?: Samples;
  /** What makes an ok run a warning. */
  readonly degraded?: readonly Degraded[];
  /** The phase in which it failed. */
  readonly phase?: Phase;
  /** The unexpected response; kept for few runs only. */
  readonly response?: CapturedResponse;
}

/** One monitor as seen from one location. */
export interface LocationStatus {
  readonly vote: Vote;
  readonly streakOf: 'none' | 'ok' | 'failed';
  /** Counted observations in a row, saturating at max(failures, recoveries). */
  readonly streak: number;
  /** Start of the streak's first run. */
  readonly streakSince: number | null;
  /** Start of the newest counted run. */
  readonly lastMeasuredAt: number | null;
  /** Start of the newest run of any outcome. */
  readonly lastCheckedAt: number | null;
  /** A fan-out got no measurement from the location: it abstains until its next one. */
  readonly noResponse: boolean;
  /** When the location was assigned to the monitor; null once it has measured something. */
  readonly assignedAt: number | null;
  /** The newest counted observation. */
  readonly lastResult: StoredObservation | null;
  /** A run after `lastResult` that measured nothing. */
  readonly lastUnmeasured: StoredObservation | null;
  readonly warnings: LocationWarnings | null;
  /** The network (/24 or /48) of the address that the location last resolved the target to. */
  readonly network: string | null;
}

/** One observation, attributed to a location. */
export interface LocatedObservation extends StoredObservation {
  readonly location: number;
}

/** Runs asked together for one monitor and applied together. Persisted, so that any tick can continue it. */
export interface Round {
  /** 1-based; step 1 asks widely, later steps ask the pending locations. */
  readonly step: number;
  readonly startsAt: number;
  readonly asked: readonly number[];
  readonly results: readonly LocatedObservation[];
  /** When the newest result was committed. */
  readonly lastResultAt: number | null;
}

/** The open incident of a monitor, as much of it as the engine needs to end it. */
export interface OpenIncident {
  readonly id: string;
  readonly verdict: 'partial' | 'down';
  readonly startedAt: number;
  readonly detectedAt: number;
}

/** Why an incident ended although neither its target nor its location recovered. */
export const END_REASONS = [
  'paused',
  'deleted',
  'target_changed',
  'disabled',
  'too_few_locations',
  'regional_problem',
] as const;
export type EndReason = (typeof END_REASONS)[number];

/** How an incident ended; `reason` is null if the target recovered. */
export interface IncidentEnd {
  readonly resolvedAt: number;
  readonly reason: EndReason | null;
}

/** The incident that receivers know of, as it was sent, until its end is sent. */
export interface NotifiedIncident {
  readonly incident: OpenIncident;
  /** Not null if it has ended and the end is not sent yet. */
  readonly ended: IncidentEnd | null;
}

/** A dependency that held back a notification, and that a person removed, paused or retargeted. */
export interface Detachment {
  readonly at: number;
  /** Its number. */
  readonly monitor: number;
}

/** A change between up, partial and down. One between partial and down weighs half. */
export interface Transition {
  readonly at: number;
  /** Into or out of down. */
  readonly involvesDown: boolean;
  readonly weight: 1 | 0.5;
}

/** A span without data: too few locations measured to know the verdict. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

export interface MonitorState {
  readonly number: number;
  readonly policy: Policy;
  /** The target's network (/24 or /48) as more than half of the locations report it; null if they do not agree. */
  readonly network: string | null;
  /** Hash of the target's host, which counts as its network while `network` is null. Null if it is not known. */
  readonly hostHash: number | null;
  readonly byLocation: ReadonlyMap<number, LocationStatus>;
  readonly round: Round | null;
  readonly verdict: Verdict;
  readonly verdictSince: number;
  /** Since when no incident was open. A lack of data does not restart it. Null before the first `up`, and during an incident. */
  readonly upSince: number | null;
  /** The newest lack of data since `upSince` that is over. */
  readonly lastGap: Gap | null;
  /** When all locations were last asked at once. */
  readonly lastFullCheckAt: number | null;
  readonly incident: OpenIncident | null;
  readonly notified: NotifiedIncident | null;
  /** The memory of flap detection, oldest first. */
  readonly transitions: readonly Transition[];
  readonly flapping: { readonly id: string; readonly since: number } | null;
  /** Id of the no-data notification whose end is not sent yet. */
  readonly noDataId: string | null;
  readonly warnings: RaisedWarnings | null;
  /** What that dependency held back waits until enough locations measure it again. Null once nothing waits. */
  readonly detached: Detachment | null;
}

/**
 * - three_networks: it fails at least 3 monitors on at least 3 networks, against most of its peers.
 * - alone: it alone fails at least 90 % of at least 5 monitors that all others see ok, for 3 intervals.
 */
export const QUARANTINE_RULES = ['three_networks', 'alone'] as const;
export type QuarantineRule = (typeof QUARANTINE_RULES)[number];

/** A location whose votes are ignored, or that measures nothing. */
export interface LocationIncident {
  readonly id: string;
  readonly kind: 'quarantined' | 'lost';
  /** Quarantined: the rule that applied. */
  readonly rule?: QuarantineRule;
  readonly startedAt: number;
  readonly detectedAt: number;
  /** Quarantined: the monitors that failed from there, of the `checkedMonitors` it had just checked. Lost: both 0. */
  readonly failedMonitors: number;
  readonly checkedMonitors: number;
}

export interface LocationState {
  readonly number: number;
  readonly id: string;
  readonly enabled: boolean;
  readonly addedAt: number;
  /** Invocations in a row that missed their deadline. */
  readonly missedDeadlines: number;
  /** When its newest report arrived. */
  readonly lastReportAt: number | null;
  /** When its newest report with a measurement arrived. */
  readonly lastMeasuredAt: number | null;
  /** When the first of its newest reports in a row without a measurement was asked for; null while it measures. */
  readonly unmeasuredSince: number | null;
  readonly incident: LocationIncident | null;
  readonly lastErrorAt: number | null;
  readonly error: string | null;
}

/** Planned spans of time, `from` ≤ t < `to`, in order, in which no notifications are sent. */
export interface Window {
  /** maintenance: also left out of uptime. silence: notifications only. */
  readonly kind: 'maintenance' | 'silence';
  readonly monitors: 'all' | readonly number[];
  readonly spans: readonly (readonly [from: number, to: number])[];
}

/** Everything the engine knows of one shard, after the journal row `seq`. */
export interface State {
  readonly seq: number;
  /** Time of the newest commit. */
  readonly at: number;
  /** First commit after the last coordinator gap: time before it does not count as no data. */
  readonly resumedAt: number;
  readonly nextMonitor: number;
  readonly locations: ReadonlyMap<number, LocationState>;
  readonly monitors: ReadonlyMap<number, MonitorState>;
  /** Maintenance and silences, by id. */
  readonly windows: ReadonlyMap<string, Window>;
}

export const emptyState: State = {
  seq: 0,
  at: 0,
  resumedAt: 0,
  nextMonitor: 1,
  locations: new Map(),
  monitors: new Map(),
  windows: new Map(),
};
