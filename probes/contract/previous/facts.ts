// Frozen by `npm run freeze:contract`: the previous version of the contract. Do not edit it.
// Owns what a run learned besides its outcome: samples of handshakes, named facts, captured responses. Never a secret.
import { z } from 'zod';

const milliseconds = z.number().min(0).max(600_000);

/**
 * Several handshakes of one run. `jitterMs` is the mean deviation of successive times (RFC 3550, section 6.4.1, without
 * its smoothing over many packets). The times are absent if all were lost.
 */
export const samplesSchema = z.strictObject({
  sent: z.int().min(1).max(10),
  lost: z.int().min(0).max(10),
  minMs: milliseconds.optional(),
  meanMs: milliseconds.optional(),
  maxMs: milliseconds.optional(),
  jitterMs: milliseconds.optional(),
});
export type Samples = z.infer<typeof samplesSchema>;

/**
 * One thing that a run learned besides its outcome. The name begins with what it describes, as in `tls.protocol`. A time
 * is ISO 8601 text. A new fact is a new name: it changes no schema, so it needs no new version of the contract.
 */
export const factSchema = z.strictObject({
  name: z
    .string()
    .max(64)
    .regex(/^[a-z][A-Za-z0-9]*(?:\.[a-z][A-Za-z0-9]*)+$/),
  value: z.union([z.string().max(512), z.number(), z.boolean(), z.array(z.string().max(512)).max(64)]),
});
export type Fact = z.infer<typeof factSchema>;

export const factsSchema = z.array(factSchema).max(64);
export type Facts = readonly Fact[];

/** A probe reports about twenty at most. Without a limit, a report could fill the rows of others. */
const MAX_HEADERS = 32;

/** An unexpected response: the status, diagnostic headers, and the first kilobyte of the body as text. */
export const capturedResponseSchema = z.strictObject({
  status: z.int().min(100).max(999).optional(),
  headers: z
    .record(z.string().max(64), z.string().max(256))
    .refine((headers) => Object.keys(headers).length <= MAX_HEADERS, {
      error: `Must have at most ${MAX_HEADERS} headers.`,
    })
    .optional(),
  body: z.string().max(1_024).optional(),
});
export type CapturedResponse = z.infer<typeof capturedResponseSchema>;
