// What the engine tells the world, before any channel has shaped it. Pure data.
import type { OpenIncident, Seen, Verdict } from './state.ts';

/** Notice kinds the engine raises; the table of all kinds and their webhook types is in ARCHITECTURE.md. */
export type NoticeKind = 'opened' | 'partial' | 'resolved' | 'partial_ended' | 'blind' | 'blind_ended';

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

/** `id` is made of the incident and the kind, so the same event always has the same id. */
export interface Notice {
  readonly id: string;
  readonly kind: NoticeKind;
  readonly at: number;
  readonly monitor: number;
  readonly verdict: Verdict;
  readonly incident:
    | (OpenIncident & { readonly resolvedAt: number | null; readonly reason: string | null })
    | null;
  /** Start of what the notice tells of. */
  readonly startedAt: number;
  readonly scope: readonly number[];
  readonly quorum: QuorumCount;
  readonly evidence: readonly Evidence[];
}
