// Where probes run, and how they are, on the wire.
import { z } from 'zod';
import type { LocationState } from '../../core/state.ts';
import { iso, timeSchema } from './limits.ts';

export const locationSchema = z
  .strictObject({
    id: z.string().meta({ example: 'aws:eu-central-1' }),
    enabled: z.boolean(),
    lastReportAt: timeSchema.nullable().meta({ description: 'When its newest report was answered.' }),
    lastReportAgeSeconds: z.int().nullable(),
    missedDeadlines: z.int().meta({ description: 'Invocations in a row that missed their deadline.' }),
    lastError: z.strictObject({ message: z.string(), at: timeSchema }).nullable(),
  })
  .meta({ id: 'Location', description: 'Where a probe runs.' });
export type LocationView = z.input<typeof locationSchema>;

/** A location that is configured but was never seen has no state yet. */
export function showLocation(id: string, state: LocationState | undefined, now: number): LocationView {
  if (!state) {
    return {
      id,
      enabled: true,
      lastReportAt: null,
      lastReportAgeSeconds: null,
      missedDeadlines: 0,
      lastError: null,
    };
  }
  const reported = state.reportedAt > 0;
  return {
    id,
    enabled: state.enabled,
    lastReportAt: reported ? iso(state.reportedAt) : null,
    lastReportAgeSeconds: reported ? Math.max(0, Math.round((now - state.reportedAt) / 1000)) : null,
    missedDeadlines: state.missedDeadlines,
    lastError: state.error === null ? null : { message: state.error, at: iso(state.errorAt) },
  };
}
