// Where probes run, and how they are, on the wire.
import { z } from 'zod';
import type { LocationState } from '../../../engine/model/state.ts';
import { iso, isoOrNull, timeSchema } from '../common.ts';

export const locationSchema = z
  .strictObject({
    id: z.string().meta({ example: 'aws:eu-central-1' }),
    enabled: z.boolean(),
    state: z.enum(['reporting', 'waiting', 'silent', 'quarantined', 'lost', 'disabled']).meta({
      description:
        'reporting: it measures; waiting: it was never heard; silent: its newest looks measured nothing; quarantined: it accuses everybody and is not believed; lost: nothing was measured for minutes.',
    }),
    incident: z
      .strictObject({
        id: z.string(),
        startedAt: timeSchema,
        failedMonitors: z.int(),
        checkedMonitors: z.int(),
      })
      .nullable()
      .meta({ description: 'The open incident of the location itself.' }),
    lastMeasuredAt: timeSchema.nullable().meta({ description: 'When it last measured anything.' }),
    lastReportAt: timeSchema.nullable().meta({ description: 'When its newest report was answered.' }),
    lastReportAgeSeconds: z.int().nullable(),
    missedDeadlines: z.int().meta({ description: 'Invocations in a row that missed their deadline.' }),
    lastError: z.strictObject({ message: z.string(), at: timeSchema }).nullable(),
  })
  .meta({ id: 'Location', description: 'Where a probe runs.' });
export type LocationView = z.input<typeof locationSchema>;

/** A location that is configured but was never seen has no state yet. */
export function toLocationResponse(id: string, state: LocationState | undefined, now: number): LocationView {
  if (!state) {
    return {
      id,
      enabled: true,
      state: 'waiting',
      incident: null,
      lastMeasuredAt: null,
      lastReportAt: null,
      lastReportAgeSeconds: null,
      missedDeadlines: 0,
      lastError: null,
    };
  }
  return {
    id,
    enabled: state.enabled,
    state: standingOf(state),
    incident: state.incident && {
      id: state.incident.id,
      startedAt: iso(state.incident.startedAt),
      failedMonitors: state.incident.failedMonitors,
      checkedMonitors: state.incident.checkedMonitors,
    },
    lastMeasuredAt: isoOrNull(state.lastMeasuredAt),
    lastReportAt: isoOrNull(state.lastReportAt),
    lastReportAgeSeconds:
      state.lastReportAt === null ? null : Math.max(0, Math.round((now - state.lastReportAt) / 1000)),
    missedDeadlines: state.missedDeadlines,
    lastError:
      state.error === null || state.lastErrorAt === null
        ? null
        : { message: state.error, at: iso(state.lastErrorAt) },
  };
}

function standingOf({
  enabled,
  incident,
  unmeasuredSince,
  lastMeasuredAt,
}: LocationState): LocationView['state'] {
  if (!enabled) return 'disabled';
  if (incident) return incident.kind;
  if (unmeasuredSince !== null) return 'silent';
  return lastMeasuredAt !== null ? 'reporting' : 'waiting';
}
