// Owns the journal's entries: replaying them from the beginning gives the state exactly. Pure data.
import type { LocatedObservation, LocationState, MonitorState, Policy, Window } from './state.ts';

/**
 * One run's outcome inside a report entry. `network` is the /24 or /48 of the target's address. It is written when it
 * changes for that location, and once a day at most.
 */
export type ReportedObservation = Omit<LocatedObservation, 'location'> & {
  readonly monitor: number;
  readonly network?: string;
};

export interface ReportEntry {
  readonly kind: 'report';
  /** Commit time. */
  readonly at: number;
  readonly location: number;
  /** When the invocation was sent, and when its response (or its failure) arrived. */
  readonly askedAt: number;
  readonly answeredAt: number;
  /** Why the whole invocation failed, for a person; null if the probe responded. */
  readonly error: string | null;
  readonly missedDeadline: boolean;
  readonly observations: readonly ReportedObservation[];
  /** Of an entry with the observations of some monitors only: whether any run of the report measured something. */
  readonly measured?: boolean;
}

/**
 * What the API and the configuration change. Monitors are named by number, locations by number and id. `host` is the
 * target's host, or its network if it is an address; absent if it does not change.
 */
export type Change =
  | { readonly type: 'monitor'; readonly number: number; readonly policy: Policy; readonly host?: string }
  /** Observations of the old target do not apply to the new one. */
  | {
      readonly type: 'monitor.target_changed';
      readonly number: number;
      readonly policy: Policy;
      readonly host?: string;
    }
  | { readonly type: 'monitor.deleted'; readonly number: number }
  /** A maintenance or a silence is written; one with the same id is replaced. */
  | { readonly type: 'window'; readonly id: string; readonly window: Window }
  | { readonly type: 'window.deleted'; readonly id: string }
  /** A monitor is due for evaluation without a report: its round need not wait any longer, or a window ended. */
  | { readonly type: 'monitor.reevaluated'; readonly number: number }
  | { readonly type: 'location'; readonly number: number; readonly id: string; readonly enabled: boolean }
  /** The clock was ahead: no time of the state may be after the entry's own, which may be before the state's. */
  | { readonly type: 'clock.corrected' }
  /**
   * The `lost` rows before this one are not part of the journal any more. Monitors and windows start over: the changes
   * after this one, in the same transaction, contain what is known of each.
   */
  | { readonly type: 'state.rebuilt'; readonly lost: number; readonly nextMonitor: number }
  | { readonly type: 'location.rebuilt'; readonly location: RebuiltLocation }
  | { readonly type: 'monitor.rebuilt'; readonly monitor: RebuiltMonitor };

/** What is known of a location although journal rows are lost. */
export type RebuiltLocation = Pick<LocationState, 'number' | 'id' | 'enabled' | 'incident'>;

/** What is known of a monitor although journal rows are lost. Its votes are not: every location measures again. */
export type RebuiltMonitor = Pick<
  MonitorState,
  | 'number'
  | 'policy'
  | 'network'
  | 'hostHash'
  | 'upSince'
  | 'incident'
  | 'notified'
  | 'transitions'
  | 'flapping'
  | 'noDataId'
  | 'warnings'
>;

export interface ChangeEntry {
  readonly kind: 'change';
  readonly at: number;
  readonly changes: readonly Change[];
}

export type Entry = ReportEntry | ChangeEntry;

/** An entry that is not committed yet: the commit sets its time. */
export type EntryDraft = Omit<ReportEntry, 'at'> | Omit<ChangeEntry, 'at'>;
