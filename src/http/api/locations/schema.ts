// Owns locations as the API shows them.
import { z } from 'zod';
import { type LocationState, QUARANTINE_RULES } from '../../../engine/model/state.ts';
import { iso, isoOrNull, timeSchema } from '../common.ts';

export const quarantineRuleSchema = z.enum(QUARANTINE_RULES).meta({
  description:
    'The rule of the quarantine. `three_networks`: the location fails at least 3 monitors on at least 3 networks, against most of its peers. `alone`: it alone fails at least 90 % of at least 5 monitors that all others see ok, for 3 intervals. Absent for a lost location.',
});

export const locationSchema = z
  .strictObject({
    id: z.string().meta({ description: 'The id.', example: 'aws:eu-central-1' }),
    enabled: z.boolean().meta({ description: 'Whether the configuration lists the location.' }),
    state: z.enum(['reporting', 'waiting', 'silent', 'quarantined', 'lost', 'disabled']).meta({
      description:
        '`reporting`: measures normally. `waiting`: has not reported yet. `silent`: its latest check runs measured nothing. `quarantined`: disagrees with its peers on most monitors, so its votes are ignored. `lost`: measured nothing for minutes. `disabled`: not configured.',
    }),
    incident: z
      .strictObject({
        id: z.string().meta({ description: 'The id of the incident.' }),
        startedAt: timeSchema.meta({ description: 'The start of the incident.' }),
        failedMonitors: z
          .int()
          .meta({ description: 'Monitors that failed from this location against the majority.' }),
        checkedMonitors: z.int().meta({ description: 'Monitors that the location checked.' }),
        rule: quarantineRuleSchema.optional(),
      })
      .nullable()
      .meta({ description: 'The open incident of the location itself, if any.' }),
    lastMeasuredAt: timeSchema.nullable().meta({ description: 'The time of the latest measurement.' }),
    lastReportAt: timeSchema.nullable().meta({ description: 'The time of the latest report.' }),
    lastReportAgeSeconds: z
      .int()
      .nullable()
      .meta({ description: 'The age of the latest report, in seconds.' }),
    missedDeadlines: z
      .int()
      .meta({ description: 'The number of consecutive invocations that missed their deadline.' }),
    lastError: z
      .strictObject({
        message: z.string().meta({ description: 'The error in words.' }),
        at: timeSchema.meta({ description: 'The time of the error.' }),
      })
      .nullable()
      .meta({ description: 'The latest error of an invocation.' }),
  })
  .meta({ id: 'Location', description: 'A place where a probe runs.' });
type LocationResponse = z.input<typeof locationSchema>;

/** A configured location has no engine state before its first report. */
export function toLocationResponse(
  id: string,
  state: LocationState | undefined,
  now: number,
): LocationResponse {
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
    state: stateOf(state),
    incident: state.incident && {
      id: state.incident.id,
      startedAt: iso(state.incident.startedAt),
      failedMonitors: state.incident.failedMonitors,
      checkedMonitors: state.incident.checkedMonitors,
      ...(state.incident.rule === undefined ? {} : { rule: state.incident.rule }),
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

function stateOf({
  enabled,
  incident,
  unmeasuredSince,
  lastMeasuredAt,
}: LocationState): LocationResponse['state'] {
  if (!enabled) return 'disabled';
  if (incident) return incident.kind;
  if (unmeasuredSince !== null) return 'silent';
  return lastMeasuredAt !== null ? 'reporting' : 'waiting';
}
