// Frozen by `npm run freeze:contract`: the previous version of the contract. Do not edit it.
// Owns the outcome of one check run and its words. Does not know votes and verdicts.
import { z } from 'zod';
import { capturedResponseSchema, factsSchema, samplesSchema } from './facts.ts';

/** Why a check failed: the target or its path is at fault. */
export const FAILURE_CODES = [
  'refused',
  'timeout',
  'reset',
  'unreachable',
  'dns',
  'tls',
  'unexpected_reply',
  'unexpected_open',
  'forbidden_address',
] as const;
export const failureCodeSchema = z.enum(FAILURE_CODES);
export type FailureCode = z.infer<typeof failureCodeSchema>;

/** Why a run measured nothing: the probe or the coordinator is at fault. Never a vote. */
export const UNMEASURED_REASONS = [
  'location_offline',
  'deadline',
  'late',
  'no_ipv6',
  'throttled',
  'invoke_error',
  'function_error',
  'bad_report',
  'unknown_check',
  'version',
] as const;
export const unmeasuredReasonSchema = z.enum(UNMEASURED_REASONS);
export type UnmeasuredReason = z.infer<typeof unmeasuredReasonSchema>;

const milliseconds = z.number().min(0).max(600_000);

/** The phases of a run, in this order. A failed observation names the phase that failed. */
export const PHASES = ['dns', 'connect', 'tls', 'reply'] as const;
export type Phase = (typeof PHASES)[number];

/**
 * Phase durations in ms, with fractions. A phase that did not happen is absent; a phase that happened several times
 * (redirects) is the sum. `firstByteMs` runs from the request to the first byte of the response.
 */
export const timingsSchema = z.strictObject({
  dnsMs: milliseconds.optional(),
  connectMs: milliseconds.optional(),
  tlsMs: milliseconds.optional(),
  firstByteMs: milliseconds.optional(),
  totalMs: milliseconds.optional(),
});
export type Timings = z.infer<typeof timingsSchema>;

/** Why an ok observation carries a warning. */
export const DEGRADED_CODES = ['latency', 'loss', 'certificate'] as const;

/** `limit`: the exceeded threshold, in ms, percent or days. */
export const degradedSchema = z.strictObject({
  code: z.enum(DEGRADED_CODES),
  limit: z.number().min(0),
  detail: z.string().max(300),
});
export type Degraded = z.infer<typeof degradedSchema>;

/** What happened on the wire, in a debug run only: ms since the run started, and one readable line. */
export const traceSchema = z
  .array(z.strictObject({ atMs: milliseconds, text: z.string().max(600) }))
  .max(200);
export type Trace = z.infer<typeof traceSchema>;

const common = {
  /** The run's id: the monitor's number. */
  id: z.int().min(0),
  /** When the run started, by the probe's clock, ms since the epoch. */
  startedAt: z.number().min(0),
  timings: timingsSchema.default({}),
  /** The literal address of the target, reached or not. Absent if none was resolved. */
  address: z.string().max(64).optional(),
  samples: samplesSchema.optional(),
  facts: factsSchema.optional(),
  trace: traceSchema.optional(),
};

/** One readable sentence without secrets. */
const detail = z.string().max(300);

export const observationSchema = z.discriminatedUnion('outcome', [
  z.strictObject({
    ...common,
    outcome: z.literal('ok'),
    degraded: z.array(degradedSchema).max(8).optional(),
  }),
  z.strictObject({
    ...common,
    outcome: z.literal('failed'),
    code: failureCodeSchema,
    detail,
    phase: z.enum(PHASES).optional(),
    response: capturedResponseSchema.optional(),
  }),
  z.strictObject({ ...common, outcome: z.literal('unmeasured'), reason: unmeasuredReasonSchema, detail }),
]);
export type Observation = z.infer<typeof observationSchema>;
