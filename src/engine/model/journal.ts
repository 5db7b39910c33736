// The entries whose replay from the beginning gives the state exactly. Pure data.
import type { LocatedObservation, Policy, Window } from './state.ts';

/**
 * One look's outcome inside a report entry. `network` is the /24 or /48 of the address that was asked; it is written
 * once, with the first observation of a target that knows it.
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
  /** When the invocation was sent, and when its answer (or its failure) was there. */
  readonly askedAt: number;
  readonly answeredAt: number;
  /** Why the whole invocation failed, for a person; null when the probe answered. */
  readonly error: string | null;
  readonly missedDeadline: boolean;
  readonly observations: readonly ReportedObservation[];
}

/** What the API and the configuration change. Monitors are named by number, locations by number and id. */
export type Change =
  | { readonly type: 'monitor'; readonly number: number; readonly policy: Policy }
  /** The target changed, the policy did not: what was seen of the old one says nothing of the new one. */
  | { readonly type: 'monitor.target_changed'; readonly number: number; readonly policy: Policy }
  | { readonly type: 'monitor.deleted'; readonly number: number }
  /** A maintenance or a silence is written; one with the same id is replaced. */
  | { readonly type: 'window'; readonly id: string; readonly window: Window }
  | { readonly type: 'window.deleted'; readonly id: string }
  /** Time has come to hear it without a report: a round that waits in vain, a window that ended. */
  | { readonly type: 'monitor.reevaluated'; readonly number: number }
  | { readonly type: 'location'; readonly number: number; readonly id: string; readonly enabled: boolean };

export interface ChangeEntry {
  readonly kind: 'change';
  readonly at: number;
  readonly changes: readonly Change[];
}

export type Entry = ReportEntry | ChangeEntry;
