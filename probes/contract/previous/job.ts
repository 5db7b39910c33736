// Frozen by `npm run freeze:contract`: the previous version of the contract. Do not edit it.
// Owns the request side of the contract: the job that the coordinator sends to a probe in one invocation.
// Does not know the options of a check: they are an opaque object here.
import { z } from 'zod';
import { CONTRACT_VERSION } from './version.ts';

/** One planned check of one monitor: `id` is the monitor's number, `check` is `{ type, ...options }` of its schema. */
export const checkRunSchema = z.strictObject({
  id: z.int().min(0),
  check: z.looseObject({ type: z.string().min(1).max(32) }),
});
export type CheckRun = z.infer<typeof checkRunSchema>;

/** A reliable host outside the mesh: if no canary responds, the location is offline. */
export const canarySchema = z.strictObject({
  host: z.string().min(1).max(253),
  port: z.int().min(1).max(65_535),
});
export type Canary = z.infer<typeof canarySchema>;

/**
 * The payload of one probe invocation.
 * - `sentAt`: the coordinator's clock, ms since the epoch.
 * - `canaries`: checked before a run is reported as failed by timeout, unreachable or dns. Without canaries, such runs fail.
 * - `trace`: a debug run: every observation carries a trace of the wire.
 * - `deadlineMs`: the report leaves the probe within this many ms after the job arrives.
 */
export const jobSchema = z.strictObject({
  version: z.literal(CONTRACT_VERSION),
  sentAt: z.int().min(0),
  deadlineMs: z.int().min(100).max(60_000),
  canaries: z.array(canarySchema).max(8),
  trace: z.boolean().optional(),
  runs: z.array(checkRunSchema).max(10_000),
});
export type Job = z.infer<typeof jobSchema>;
