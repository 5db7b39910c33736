// Owns what a test can make fail or slow in the local AWS. Everything is settable while it runs.

/** One request that reached a service. */
export interface Call {
  readonly service: string;
  readonly operation: string;
  readonly region: string;
  /** ARN of who signed it, or `anonymous`. */
  readonly principal: string;
  readonly resource: string;
  readonly mutates: boolean;
  /** Of calls that change something, the first is 1. Otherwise 0. */
  readonly mutation: number;
  /** Null while it runs, and if it went well. */
  error: string | null;
}

/** What it throws, or rejects with, cuts the connection: the caller gets no answer. */
export type CallHook = (call: Call) => void | Promise<void>;

export interface Faults {
  /** Every response is late by it. */
  latencyMs: number;
  /** Opt-in regions that the account has not enabled. */
  disabledRegions: string[];
  /** How many of the next calls are throttled: `{'lambda:CreateFunction': 2}`; `lambda:*` is for all of a service. */
  throttled: Record<string, number>;
  /** The next call of an operation fails so, `times` times: `{'iam:GetRole': {code, message, status, times}}`. */
  failing: Record<string, { code: string; message: string; status: number; times: number }>;
  /** Before a call that changes something is carried out. */
  beforeMutation: CallHook | null;
  /** After it was carried out, before its answer. */
  afterMutation: CallHook | null;
  /** A role that was just made is not found for so long. */
  roleVisibleAfterMs: number;
  /** Lambda and the scheduler cannot assume a role that was just made for so long. */
  roleUsableAfterMs: number;
  /** Requests with an access key that was just made are rejected for so long. */
  accessKeyUsableAfterMs: number;
  functionPendingMs: number;
  functionUpdateMs: number;
  scheduleGroupDeletingMs: number;
  /** Lambda repeats a failed asynchronous invocation after it, and once more after twice of it. */
  repeatAfterMs: number;
  /** Concurrent executions of Lambda in a region. New accounts have 10. */
  concurrencyLimit: number;
}

export const noFaults = (): Faults => ({
  latencyMs: 0,
  disabledRegions: [],
  throttled: {},
  failing: {},
  beforeMutation: null,
  afterMutation: null,
  roleVisibleAfterMs: 0,
  roleUsableAfterMs: 0,
  accessKeyUsableAfterMs: 0,
  functionPendingMs: 0,
  functionUpdateMs: 0,
  scheduleGroupDeletingMs: 0,
  repeatAfterMs: 60_000,
  concurrencyLimit: 1_000,
});
