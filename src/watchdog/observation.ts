// Owns what one reading of the coordinator's /healthz means: it lives, it has stopped, or it is silent. Pure. Does not read.
import { z } from 'zod';

export type Observation =
  /** 200: it works, is impaired, or has nothing to check. */
  | { readonly kind: 'alive'; readonly tickAgeMs: number | null }
  /** 503: it answers, but ticks or measurements have stopped. */
  | { readonly kind: 'stopped'; readonly tickAgeMs: number | null; readonly reason: string }
  /** No answer, or one that is not the coordinator's. */
  | { readonly kind: 'silent'; readonly reason: string };

/** Only what is needed: the coordinator may be a version older or newer. */
const healthzSchema = z.object({
  status: z.string(),
  reasons: z.array(z.string()).catch([]),
  tickAgeSeconds: z.number().nullable().catch(null).default(null),
});

const CODE = /^[a-z_]{1,60}$/;
const MAX_CODES = 5;

export function toObservation(status: number, body: string): Observation {
  const parsed = status === 200 || status === 503 ? parse(body) : null;
  if (parsed === null) return { kind: 'silent', reason: notHealthz(status) };
  const tickAgeMs = parsed.tickAgeSeconds === null ? null : Math.max(0, parsed.tickAgeSeconds * 1000);
  if (status === 200) return { kind: 'alive', tickAgeMs };
  const codes = parsed.reasons.filter((code) => CODE.test(code)).slice(0, MAX_CODES);
  const reasons = codes.length === 0 ? 'without a reason' : codes.join(', ');
  return { kind: 'stopped', tickAgeMs, reason: `/healthz responds with 503: ${reasons}` };
}

function parse(body: string): z.output<typeof healthzSchema> | null {
  try {
    return healthzSchema.safeParse(JSON.parse(body)).data ?? null;
  } catch {
    return null;
  }
}

const notHealthz = (status: number): string =>
  status >= 300 && status < 400
    ? `/healthz responds with the redirect ${status}, which is not followed`
    : `/healthz responds with ${status} and a body that is not the coordinator's`;
