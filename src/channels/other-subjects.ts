// Owns heartbeats and reports as notifications show them. Of a report, the summary, not every monitor. Schemas only.
import { z } from 'zod';

const time = z.iso.datetime().meta({ example: '2026-11-24T09:30:00.000Z' });

export const heartbeatSchema = z
  .strictObject({
    id: z.string().meta({ description: 'Id of the heartbeat.', example: 'nightly-backup' }),
    name: z.string().meta({ description: 'Display name of the heartbeat.' }),
    expectedAt: time.meta({ description: 'Time at which a ping was due, without grace.' }),
    receivedAt: time.nullable().meta({ description: 'Time of the newest ping. Null: none arrived yet.' }),
    exitCode: z
      .int()
      .nullable()
      .meta({ description: 'Exit code of the newest run that failed. Null without one.', example: 3 }),
  })
  .meta({ id: 'NotifiedHeartbeat', description: 'A job that reports in: the heartbeat of the monitor.' });

const seconds = (description: string) => z.int().min(0).meta({ description });
const uptime = (description: string) =>
  z.number().min(0).max(1).nullable().meta({ description, example: 0.99953 });

export const reportSchema = z
  .strictObject({
    id: z.string().meta({ description: 'Id of the report schedule.', example: 'shop-monthly' }),
    name: z.string().meta({ description: 'Name of the report schedule.', example: 'Shop, monthly' }),
    url: z.string().meta({
      description: 'Address of the whole report, for people who sign in.',
      example: 'https://status.example.com/dashboard/reports?period=month&at=2026-11-01',
    }),
    period: z.enum(['week', 'month', 'quarter', 'year']).meta({ description: 'Period of the report.' }),
    label: z.string().meta({ description: 'The period by ISO 8601.', example: '2026-11' }),
    from: time.meta({ description: 'Start of the period.' }),
    to: time.meta({ description: 'End of the period.' }),
    timeZone: z.string().meta({ description: 'Time zone of the period.', example: 'Europe/Berlin' }),
    monitors: z.int().min(0).meta({ description: 'Number of monitors in the report.' }),
    uptime: uptime(
      'Uptime of all monitors together, from 0 to 1: 1 − down ÷ (down + partial + up). Paused time, maintenance and time without data do not count. Null: no data.',
    ),
    downtimeSeconds: seconds('Downtime of all monitors together.'),
    outages: z.int().min(0).meta({ description: 'Number of outages with downtime in the period.' }),
    meanTimeToResolveSeconds: seconds(
      'Mean time from start to end of the outages. Null without one.',
    ).nullable(),
    meanTimeToDetectSeconds: seconds(
      'Mean time from start to detection of the outages. Null without one.',
    ).nullable(),
    objectives: z.int().min(0).meta({ description: 'Number of monitors with a service level objective.' }),
    missedObjectives: z.int().min(0).meta({ description: 'Number of those that missed it.' }),
    worst: z
      .array(
        z.strictObject({
          id: z.string().meta({ description: 'Id of the monitor.', example: 'web-shop' }),
          name: z.string().meta({ description: 'Display name of the monitor.' }),
          uptime: uptime('Uptime of the monitor.'),
          downtimeSeconds: seconds('Downtime of the monitor.'),
        }),
      )
      .max(5)
      .meta({ description: 'The monitors with the most downtime, at most 5. Empty without downtime.' }),
  })
  .meta({ id: 'NotifiedReport', description: 'The summary of a report.' });
