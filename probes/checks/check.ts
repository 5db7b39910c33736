// The shape of every check, and of the wire it converses over. A check file imports no node:*, since the
// Worker reads the same file for its schema. The wire owns timeouts, phase timings, closing and the address guard.
import type { z } from 'zod';
import type { FailureCode } from '../contract/index.ts';

/** An open connection. Every method fails with a WireFailure when the peer, the path or the deadline says no. */
export interface Connection {
  /** The literal address that answered. */
  readonly address: string;
  /**
   * Waits a little longer than one round trip, so that a peer which accepts and resets at once (a proxy without its
   * service) is caught; fails with `reset` then. A peer that speaks or closes cleanly ends the wait early.
   */
  confirm(): Promise<void>;
  /** Sends FIN. The wire sees to it that the peer gets it, and a short time to send its own. */
  end(): void;
}

/** What a check may do to the network. Timings are recorded by the wire as the phases pass. */
export interface Wire {
  /** Resolves first, checks every address against the guard, then connects to the literal address. */
  connect(target: { host: string; port: number }): Promise<Connection>;
}

/** What a conversation found. The wire adds times and addresses, and turns a WireFailure into `failed`. */
export type Finding =
  | { readonly outcome: 'ok'; readonly degraded?: string[] }
  | { readonly outcome: 'failed'; readonly code: FailureCode; readonly detail: string };

/**
 * Thrown by the wire, and only by the wire; a check may catch it where a failure is what it expects. What else the
 * wire throws is the location's own fault, and no check may catch it.
 */
export class WireFailure extends Error {
  override readonly name = 'WireFailure';
  readonly code: FailureCode;
  constructor(code: FailureCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** A check: its type name, its options and its conversation. */
export interface Check<
  S extends z.ZodType<{ type: string; timeoutMs: number }> = z.ZodType<{ type: string; timeoutMs: number }>,
> {
  readonly type: string;
  readonly options: S;
  run(options: z.output<S>, wire: Wire): Promise<Finding>;
}

/** Keeps the options' type on the way into the catalogue. */
export function defineCheck<S extends z.ZodType<{ type: string; timeoutMs: number }>>(
  check: Check<S>,
): Check<S> {
  return check;
}
