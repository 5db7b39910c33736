// The entries whose replay from the beginning gives the state exactly. Pure data.
import type { Answer, Policy } from './state.ts';

/** One look's outcome inside a report entry. */
export type JournalObservation = Omit<Answer, 'location'> & { readonly monitor: number };

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
  readonly observations: readonly JournalObservation[];
}

/** What the API and the configuration change. Monitors are named by number, locations by number and id. */
export type Change =
  | { readonly type: 'monitor'; readonly number: number; readonly policy: Policy }
  /** The target changed, the policy did not: what was seen of the old one says nothing of the new one. */
  | { readonly type: 'monitor.retargeted'; readonly number: number; readonly policy: Policy }
  | { readonly type: 'monitor.deleted'; readonly number: number }
  /** Nobody waits any longer for the answers that its open round still misses. */
  | { readonly type: 'round.closed'; readonly number: number }
  | { readonly type: 'location'; readonly number: number; readonly id: string; readonly enabled: boolean };

export interface ChangeEntry {
  readonly kind: 'change';
  readonly at: number;
  readonly changes: readonly Change[];
}

export type Entry = ReportEntry | ChangeEntry;
