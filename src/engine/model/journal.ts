// Owns the journal's entries: replaying them from the beginning gives the state exactly. Pure data.
import type { LocatedObservation, Policy, Window } from './state.ts';

/**
 * One run's outcome inside a report entry. `network` is the /24 or /48 of the target's address; it is written once, with
 * the first observation that knows it.
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
}

/** What the API and the configuration change. Monitors are named by number, locations by number and id. */
export type Change =
  | { readonly type: 'monitor'; readonly number: number; readonly policy: Policy }
  /** Observations of the old target do not apply to the new one. */
  | { readonly type: 'monitor.target_changed'; readonly number: number; readonly policy: Policy }
  | { readonly type: 'monitor.deleted'; readonly number: number }
  /** A maintenance or a silence is written; one with the same id is replaced. */
  | { readonly type: 'window'; readonly id: string; readonly window: Window }
  | { readonly type: 'window.deleted'; readonly id: string }
  /** A monitor is due for evaluation without a report: its round need not wait any longer, or a window ended. */
  | { readonly type: 'monitor.reevaluated'; readonly number: number }
  | { readonly type: 'location'; readonly number: number; readonly id: string; readonly enabled: boolean }
  /** The clock was ahead: no time of the state may be after the entry's own, which may be before the state's. */
  | { readonly type: 'clock.corrected' };

export interface ChangeEntry {
  readonly kind: 'change';
  readonly at: number;
  readonly changes: readonly Change[];
}

export type Entry = ReportEntry | ChangeEntry;

/** An entry that is not committed yet: the commit sets its time. */
export type EntryDraft = Omit<ReportEntry, 'at'> | Omit<ChangeEntry, 'at'>;
