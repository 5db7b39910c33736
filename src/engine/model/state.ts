// The words of the verdict engine as types: what is known of a cohort at one moment.
// Pure data. Times are ms since the epoch unless a name says otherwise.
import type {
  CapturedResponse,
  Degraded,
  FailureCode,
  Observation,
  Phase,
  Samples,
  Timings,
  UnmeasuredReason,
} from '../../../probes/contract/index.ts';
import type { RaisedWarnings } from '../notifications/warnings.ts';
import type { LocationWarnings } from '../voting/location-warnings.ts';

export const SLOT_MS = 10_000;

export type Verdict = 'up' | 'partial' | 'down' | 'no_data';
export type Vote = 'none' | 'passing' | 'failing';
export type Quorum = 'majority' | 'all' | 'any' | number;

/** What the engine must know of a monitor; the rest of it is the store's business. */
export interface Policy {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly quorum: Quorum;
  readonly failures: number;
  readonly recoveries: number;
  readonly confirmMs: number;
  /** Location numbers, or every enabled location. */
  readonly locations: 'all' | readonly number[];
  /** Monitors without which this one cannot be up; never a cycle. */
  readonly dependsOn: readonly number[];
  readonly paused: boolean;
}

/** An observation in a form that evidence and `explain` can show. */
export interface StoredObservation {
  readonly startedAt: number;
  readonly outcome: Observation['outcome'];
  readonly code?: FailureCode;
  readonly reason?: UnmeasuredReason;
  readonly detail?: string;
  readonly timings: Timings;
  readonly samples?: Samples;
  /** What makes an ok look a warning. */
  readonly degraded?: readonly Degraded[];
  /** In which phase it failed. */
  readonly phase?: Phase;
  /** What came back instead of what had to; kept of few looks only. */
  readonly response?: CapturedResponse;
}

/** What one location says of one monitor. */
export interface LocationStatus {
  readonly vote: Vote;
  readonly streakOf: 'none' | 'ok' | 'failed';
  /** Counted observations in a row, saturating at max(failures, recoveries). */
  readonly streak: number;
  /** Look start of the first observation of the streak. */
  readonly streakSince: number;
  /** Look start of the newest counted observation; 0 = never. */
  readonly lastMeasuredAt: number;
  /** Look start of the newest observation of any kind; 0 = never. */
  readonly lastCheckedAt: number;
  /** Asked in a fan-out without a measured answer since: it abstains. */
  readonly noResponse: boolean;
  /** When the location was given to the monitor; 0 once it has measured something. */
  readonly assignedAt: number;
  /** The newest counted observation. */
  readonly lastResult: StoredObservation | null;
  /** What came after `seen` without measuring anything. */
  readonly lastUnmeasured: StoredObservation | null;
  readonly warnings: LocationWarnings | null;
}

/** One observation, attributed to a location. */
export interface LocatedObservation extends StoredObservation {
  readonly location: number;
}

/** Looks asked together for one monitor and settled once. Persisted, so that any tick can carry on. */
export interface Round {
  /** 1-based; step 1 asks widely, later steps ask the pending locations. */
  readonly step: number;
  readonly startsAt: number;
  readonly asked: readonly number[];
  readonly results: readonly LocatedObservation[];
  /** When the newest answer was committed; 0 = none yet. */
  readonly lastResultAt: number;
}

/** The open incident of a monitor, as much of it as the engine needs to end it. */
export interface OpenIncident {
  readonly id: string;
  readonly verdict: 'partial' | 'down';
  readonly startedAt: number;
  readonly detectedAt: number;
}

/** The incident that receivers know of, in the form they know, until they know its end. */
export interface NotifiedIncident {
  readonly incident: OpenIncident;
  /** It has ended, and nobody has been told yet. */
  readonly ended: { readonly resolvedAt: number; readonly reason: string | null } | null;
}

/** A change between up, partial and down. `outage`: into or out of down. One between partial and down weighs half. */
export interface Transition {
  readonly at: number;
  readonly involvesDown: boolean;
  readonly weight: 1 | 0.5;
}

export interface MonitorState {
  readonly number: number;
  readonly policy: Policy;
  /** The target's network (/24 or /48), once somebody has resolved it. */
  readonly network: string | null;
  readonly byLocation: ReadonlyMap<number, LocationStatus>;
  readonly round: Round | null;
  readonly verdict: Verdict;
  readonly verdictSince: number;
  /** When everybody was last asked at once. */
  readonly lastFullCheckAt: number;
  readonly incident: OpenIncident | null;
  readonly notified: NotifiedIncident | null;
  /** What the flap detection remembers, oldest first. */
  readonly transitions: readonly Transition[];
  readonly flapping: { readonly id: string; readonly since: number } | null;
  /** The blind notification that is out, by its id. */
  readonly noDataId: string | null;
  readonly warnings: RaisedWarnings | null;
}

/** A location that is not to be believed, or of which nothing is heard. */
export interface LocationIncident {
  readonly id: string;
  readonly kind: 'quarantined' | 'lost';
  readonly startedAt: number;
  readonly detectedAt: number;
  /** Quarantined: it failedMonitors `failedMonitors` monitors of the `asked` that it had just looked at. Lost: both 0. */
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
  /** When its newest report was answered; 0 = never. */
  readonly lastReportAt: number;
  /** When its newest report that measured something was answered; 0 = never. */
  readonly lastMeasuredAt: number;
  /** When it was first asked of those times in a row that it measured nothing; 0 = it measures. */
  readonly unmeasuredSince: number;
  readonly incident: LocationIncident | null;
  readonly lastErrorAt: number;
  readonly error: string | null;
}

/** Planned spans of time in which monitors are left alone: `from` ≤ t < `to`, in order, ms since the epoch. */
export interface Window {
  /** maintenance: no notifications, left out of uptime. silence: no notifications. */
  readonly kind: 'maintenance' | 'silence';
  readonly monitors: 'all' | readonly number[];
  readonly spans: readonly (readonly [from: number, to: number])[];
}

/** Everything the engine knows of one cohort, after the journal row `seq`. */
export interface State {
  readonly seq: number;
  /** Time of the newest commit. */
  readonly at: number;
  /** First commit after the last gap: before it nobody was awake to be blind. */
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
