// The threshold of time that most checks have, and the warning when it is crossed. Pure.
import { z } from 'zod';
import type { Degraded } from '../contract/index.ts';

/** `what` is measured: the beginning of a sentence. */
export const maxLatencySchema = (what: string) =>
  z
    .number()
    .min(1, { error: 'Write at least 1 ms.' })
    .max(15_000, { error: 'Write at most 15000 ms.' })
    .optional()
    .meta({ description: `${what} that takes longer is a warning, in ms.` });

export function latencyWarning(what: string, ms: number, limit: number | undefined): Degraded[] {
  if (limit === undefined || ms <= limit) return [];
  return [{ code: 'latency', limit, detail: `${what} took ${ms.toFixed(1)} ms, more than ${limit} ms` }];
}
