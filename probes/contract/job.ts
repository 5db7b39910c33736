// What the coordinator asks of a probe in one invocation. Owns the request side of the wire.
// Nothing here may depend on a check's own options: they travel as an opaque object.
import { z } from 'zod';
import { CONTRACT_VERSION } from './version.ts';

/** One planned check. `id` is the monitor's number; `check` is `{ type, ...options }` of the check's own schema. */
export const checkRunSchema = z.strictObject({
  id: z.int().min(0),
  check: z.looseObject({ type: z.string().min(1).max(32) }),
});
export type CheckRun = z.infer<typeof checkRunSchema>;

/** A neutral place that answers on this port if anything does. */
export const canarySchema = z.strictObject({
  host: z.string().min(1).max(253),
  port: z.int().min(1).max(65_535),
});
export type Canary = z.infer<typeof canarySchema>;

/**
 * The payload of one probe invocation.
 * - `sentAt`: the coordinator's clock, ms since the epoch.
 * - `canaries`: asked before a look is answered as failed by timeout, unreachable or dns; none: nobody is asked.
 * - `trace`: a debug run: every look answers with what happened on the wire.
 * - `deadlineMs`: the answer has to leave the probe this many ms after the job arrived there.
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
