// What a look learned besides its outcome: repeated handshakes, certificates, status and answers. Never a secret.
import { z } from 'zod';

const milliseconds = z.number().min(0).max(600_000);

/**
 * Several handshakes of one look. `jitterMs` is the mean deviation of successive times (RFC 3550, section 6.4.1, without
 * its smoothing over many packets). The times are absent when every one was lost.
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

/** The TLS session and the peer's own certificate; times in ms since the epoch, the fingerprint as SHA-256 in hex with colons. */
export const tlsFactsSchema = z.strictObject({
  protocol: z.string().max(16),
  cipher: z.string().max(64),
  alpn: z.string().max(32).nullable(),
  subject: z.string().max(256),
  issuer: z.string().max(256),
  validFrom: z.number(),
  validTo: z.number(),
  fingerprint: z.string().max(128),
});
export type TlsFacts = z.infer<typeof tlsFactsSchema>;

export const factsSchema = z.strictObject({
  tls: tlsFactsSchema.optional(),
  http: z.strictObject({ status: z.int().min(100).max(999), redirects: z.int().min(0).max(20) }).optional(),
  /** Records of a DNS answer, in presentation format. */
  answers: z.array(z.string().max(512)).max(64).optional(),
});
export type Facts = z.infer<typeof factsSchema>;

/** What came back when it was not what it had to be: the status, the headers that matter, the first kilobyte as text. */
export const capturedResponseSchema = z.strictObject({
  status: z.int().min(100).max(999).optional(),
  headers: z.record(z.string().max(64), z.string().max(256)).optional(),
  body: z.string().max(1_024).optional(),
});
export type CapturedResponse = z.infer<typeof capturedResponseSchema>;
