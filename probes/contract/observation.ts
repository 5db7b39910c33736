// What one look saw. Owns the words for outcomes; probe words and verdict words never mix.
import { z } from 'zod';

/** Why a target counts as failed: the target's (or its path's) fault. */
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

/** Why nothing was learned about the target: the probe's or the coordinator's fault. Never a vote. */
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

/** Phase durations in ms with fractions; a phase that did not happen is absent. */
export const timingsSchema = z.strictObject({
  dnsMs: milliseconds.optional(),
  connectMs: milliseconds.optional(),
  totalMs: milliseconds.optional(),
});
export type Timings = z.infer<typeof timingsSchema>;

const common = {
  /** The look's id: the monitor's number. */
  id: z.int().min(0),
  /** When the look began, by the probe's clock, ms since the epoch. */
  startedAt: z.number().min(0),
  timings: timingsSchema.default({}),
  /** The literal address that was asked, in vain or not, where one was. */
  address: z.string().max(64).optional(),
};

/** One sentence for a person; never a secret, never more than 300 characters. */
const detail = z.string().max(300);

export const observationSchema = z.discriminatedUnion('outcome', [
  z.strictObject({
    ...common,
    outcome: z.literal('ok'),
    degraded: z.array(z.string().max(64)).max(8).optional(),
  }),
  z.strictObject({ ...common, outcome: z.literal('failed'), code: failureCodeSchema, detail }),
  z.strictObject({ ...common, outcome: z.literal('unmeasured'), reason: unmeasuredReasonSchema, detail }),
]);
export type Observation = z.infer<typeof observationSchema>;
