// Owns the check of a heartbeat as a monitor stores it and the API accepts it: no probe runs it. Schemas only.
import { z } from 'zod';
import { checkTypes } from '../../probes/checks/catalogue.ts';
import { checkInputSchema } from '../../probes/checks/check-input.ts';
import { HEARTBEAT_TYPE } from '../engine/model/heartbeat.ts';
import { isTimeZone } from '../time-zone.ts';
import { cronOf, type HeartbeatRules, nextDue } from './schedule.ts';

const YEAR_SECONDS = 31_536_000;
const MONTH_SECONDS = 2_678_400;

const CRON =
  '`cron` must have five fields: minute, hour, day of month, month, day of week. "0 2 * * SUN" is Sundays at 02:00.';

export const heartbeatCheckSchema = z
  .strictObject({
    type: z.literal(HEARTBEAT_TYPE),
    everySeconds: z
      .int()
      .min(30, { error: 'Must be at least 30 seconds.' })
      .max(YEAR_SECONDS, { error: 'Must be at most a year, 31536000 seconds.' })
      .optional()
      .meta({
        description: 'The job reports at least once in this time, in seconds. Write this or `cron`.',
        example: 86_400,
      }),
    cron: z.string().trim().min(1).max(200).optional().meta({
      description: 'When the job runs: a cron expression with five fields. Write this or `everySeconds`.',
      example: '0 3 * * *',
    }),
    timeZone: z
      .string()
      .max(64)
      .refine(isTimeZone, { error: 'Unknown time zone. Use an IANA name such as Europe/Berlin.' })
      .default('UTC')
      .meta({
        description:
          'The time zone of `cron`. A fixed time that daylight saving skips moves to the next valid minute.',
        example: 'Europe/Berlin',
      }),
    graceSeconds: z
      .int()
      .min(0)
      .max(MONTH_SECONDS, { error: 'Must be at most 31 days, 2678400 seconds.' })
      .default(300)
      .meta({ description: 'The heartbeat is late this long after a ping was due, in seconds.' }),
    maxDurationSeconds: z
      .int()
      .min(1)
      .max(MONTH_SECONDS, { error: 'Must be at most 31 days, 2678400 seconds.' })
      .nullable()
      .default(null)
      .meta({
        description:
          'How long a run may take after its `/start`, in seconds. Null: until the next ping is late.',
        example: 3_600,
      }),
  })
  .superRefine((check, context) => {
    const { everySeconds, cron, timeZone } = check;
    const issue = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if ((everySeconds === undefined) === (cron === undefined)) {
      issue('everySeconds', 'Write either `everySeconds` or `cron`.');
      return;
    }
    // The field says so itself, and nothing could be computed.
    if (cron === undefined || !isTimeZone(timeZone)) return;
    try {
      cronOf({ cron, timeZone });
    } catch {
      issue('cron', CRON);
      return;
    }
    if (!Number.isFinite(nextDue({ cron, timeZone }, Date.UTC(2024, 0, 1))))
      issue('cron', 'The cron expression never matches a date. Correct its day or month.');
  })
  .meta({
    id: 'HeartbeatCheck',
    description: 'A job reports in, by a request to its ping address. The monitor is down when it does not.',
  });

/** The check of any monitor, with defaults: one that probes run, or that of a heartbeat. */
export const monitorCheckSchema = z.discriminatedUnion('type', [
  ...checkInputSchema.options,
  heartbeatCheckSchema,
]);

/** Every type that a monitor's check may have. */
export const MONITOR_TYPES: readonly string[] = [...checkTypes, HEARTBEAT_TYPE];

export const isHeartbeat = (check: { readonly type: string }): boolean => check.type === HEARTBEAT_TYPE;

/** What a stored check expects of its job. Throws if it is not that of a heartbeat. */
export function rulesOf(check: { readonly type: string }): HeartbeatRules {
  const { everySeconds, cron, timeZone, graceSeconds, maxDurationSeconds } =
    heartbeatCheckSchema.parse(check);
  return {
    schedule: cron === undefined ? { everySeconds: everySeconds! } : { cron, timeZone },
    graceMs: graceSeconds * 1_000,
    maxDurationMs: maxDurationSeconds === null ? null : maxDurationSeconds * 1_000,
  };
}
