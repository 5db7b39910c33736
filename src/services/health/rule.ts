// Owns the form of a rule about the health of the mesh, and what rules are asked with. Does not contain a rule.
import type { State } from '../../engine/model/state.ts';
import type { HealthFacts } from '../../store/health-facts.ts';
import type { Liveness } from './liveness.ts';

/** What the decision is made from. Null facts: D1 does not answer. Null state: it cannot be read. */
export interface HealthInputs {
  readonly facts: HealthFacts | null;
  readonly state: State | null;
  /** Why the facts or the state are missing. */
  readonly error: string | null;
  /** The coordinator's clock minus D1's. Null if D1 does not answer. */
  readonly clockAheadMs: number | null;
  readonly maxDatabaseBytes: number;
  /** Regions in which the watchdog should run. Default: none. */
  readonly watchdogRegions?: readonly string[];
  /** Whether the mesh makes a backup a day. Default: no. */
  readonly expectsBackups?: boolean;
}

/** Inputs of a mesh whose D1 answers and whose state can be read. */
export interface ReadInputs {
  readonly facts: HealthFacts;
  readonly state: State;
  readonly liveness: Liveness;
  readonly clockAheadMs: number;
  readonly maxDatabaseBytes: number;
  readonly watchdogRegions: readonly string[];
  readonly expectsBackups: boolean;
}

export interface Finding {
  /** Start of the problem. Null if nothing stored shows it. */
  readonly since: number | null;
  /** A sentence with figures, for operators. May name hosts. */
  readonly detail: string;
  /** Overrides the rule's own. */
  readonly stops?: boolean;
}

export interface Rule {
  /** In words, for the public: without names and figures. */
  readonly words: string;
  /** Ticks or measurements have stopped: /healthz returns 503. */
  readonly stops: boolean;
  /** Another event notifies of it already. */
  readonly notifiedElsewhere?: true;
  find(inputs: ReadInputs, now: number): Finding | null;
}
