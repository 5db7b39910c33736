// Owns the health of the mesh as the API shows it: codes without a token, details for operators.
import { z } from 'zod';
import { TICK_SOURCES } from '../../../env.ts';
import { HEALTH_STATUSES, type MeshHealth } from '../../../services/health/mesh-health.ts';
import { REASON_CODES } from '../../../services/health/reasons.ts';
import { MAX_UNNOTIFIED } from '../../../services/routes/unnotified-monitors.ts';
import { VERSION } from '../../../version.ts';
import { isoOrNull, timeSchema } from '../common.ts';
import { deadMansSwitchSchema } from '../dead-mans-switch/routes.ts';

export const healthStatusSchema = z.enum(HEALTH_STATUSES).meta({
  description:
    '`ok`: everything works. `idle`: no monitor is active. `impaired`: checks run, but a part does not work. `stopped`: ticks or measurements have stopped.',
});

export const reasonCodeSchema = z.enum(REASON_CODES).meta({ description: 'The code of the reason.' });

const versionSchema = z.string().meta({ description: 'The version of probemesh.', example: VERSION });

const seconds = (description: string) => z.int().nullable().meta({ description });

const measured = {
  lastMeasuredAt: timeSchema
    .nullable()
    .meta({ description: 'The time of the newest report with a measurement.' }),
  ageSeconds: seconds(
    'The age of the newest measurement in seconds, counted from the first active monitor at the earliest. Null while no monitor is active.',
  ),
};

/** Public: no name, no figure but the age. */
export const healthzSchema = z
  .strictObject({
    status: healthStatusSchema,
    reasons: z
      .array(reasonCodeSchema)
      .meta({ description: 'What does not work. Empty if everything works.' }),
    version: versionSchema,
    ...measured,
    tickAgeSeconds: seconds(
      'The time since the newest tick started, in seconds. Null while no monitor is active. The watchdog asks for a tick above 75.',
    ),
  })
  .meta({ id: 'Healthz', description: 'The health of the mesh, for an external monitor.' });
export type HealthzResponse = z.input<typeof healthzSchema>;

const reasonSchema = z.strictObject({
  code: reasonCodeSchema,
  stops: z.boolean().meta({ description: 'Whether `/healthz` returns 503 for this reason.' }),
  since: timeSchema.nullable().meta({ description: 'The start of the problem, if it is known.' }),
  detail: z.string().meta({ description: 'The problem in words, with figures.' }),
});

const channelSchema = z.strictObject({
  id: z.string().meta({ description: "The channel's id." }),
  enabled: z.boolean().meta({ description: 'Whether notifications are sent.' }),
  disabledReason: z
    .string()
    .nullable()
    .meta({ description: 'Why the coordinator disabled the channel, if it did.' }),
  failingSince: timeSchema
    .nullable()
    .meta({ description: 'The first failed attempt since the last success.' }),
  lastSuccessAt: timeSchema.nullable().meta({ description: 'The time of the last success.' }),
  lastError: z.string().nullable().meta({ description: 'The newest error. Null after a success.' }),
  pending: z.int().meta({ description: 'The number of pending deliveries, at most 1,000.' }),
  overdueSeconds: seconds(
    'How long the oldest pending delivery is overdue, in seconds. Null if none is due.',
  ),
});

const watchdogSchema = z.strictObject({
  region: z.string().meta({ description: 'The AWS region.', example: 'eu-central-1' }),
  lastReportAt: timeSchema
    .nullable()
    .meta({ description: 'The time of its newest report. Null before the first.' }),
  version: z
    .string()
    .nullable()
    .meta({ description: 'The version of the watchdog. Null before its first report.' }),
});

const scheduledBackupSchema = z
  .strictObject({
    bucket: z.literal('BACKUPS').meta({ description: 'The binding of the bucket in wrangler.toml.' }),
    newest: z
      .strictObject({
        at: timeSchema.meta({ description: 'The moment that the backup has.' }),
        key: z.string().meta({
          description: 'The key of the object in the bucket.',
          example: 'mesh.example.com/probemesh-2026-11-26T03-09-02.115Z.backup.gz',
        }),
        bytes: z.int().meta({ description: 'The size of the object.' }),
        rows: z.int().meta({ description: 'The number of rows of the backup.' }),
      })
      .nullable()
      .meta({ description: 'The newest backup that is complete. Null before the first.' }),
    failedAt: timeSchema
      .nullable()
      .meta({ description: 'The newest run that failed. Null after a success.' }),
    error: z.string().nullable().meta({ description: 'Why it failed. Null after a success.' }),
  })
  .nullable()
  .meta({ description: 'The backup that the mesh makes once a day. Null without the binding `BACKUPS`.' });

export const healthSchema = z
  .strictObject({
    status: healthStatusSchema,
    version: versionSchema,
    impairedSince: timeSchema.nullable().meta({
      description:
        'The start of the impairment that `mesh.impaired` notified of. Null while the mesh is not impaired.',
    }),
    reasons: z.array(reasonSchema).meta({ description: 'What does not work, in detail.' }),
    ...measured,
    ageLimitSeconds: seconds(
      'Measurements are too old after this many seconds. Null while no monitor is active.',
    ),
    lastTickAt: timeSchema.nullable().meta({ description: 'The start of the newest tick.' }),
    tickSource: z
      .enum(['cron', ...TICK_SOURCES])
      .nullable()
      .meta({
        description:
          'Who started the newest tick: the cron trigger, the second clock, the watchdog or a deployment. Null before the first tick.',
      }),
    lastCronAt: timeSchema
      .nullable()
      .meta({ description: 'When the cron trigger newest started a tick. Null before the first.' }),
    tickAgeSeconds: seconds('The age of the newest tick in seconds. Null while no monitor is active.'),
    activeSince: timeSchema
      .nullable()
      .meta({ description: 'Since when a monitor is active. Null while none is.' }),
    clockAheadSeconds: z
      .number()
      .nullable()
      .meta({ description: "How far the coordinator's clock is ahead of D1's, in seconds." }),
    database: z
      .strictObject({
        sizeBytes: z.int().nullable().meta({ description: 'The size of the database in bytes.' }),
        maxBytes: z.int().meta({ description: 'The size that D1 allows: `D1_MAX_BYTES`.' }),
        journalHours: z.number().meta({
          description:
            'How long the journal is kept, in hours: `JOURNAL_DAYS`, or less if the database has more than 70 % of `maxBytes`.',
          example: 168,
        }),
      })
      .meta({ description: 'The storage.' }),
    channels: z.array(channelSchema).meta({ description: 'All channels.' }),
    unnotified: z
      .array(z.string())
      .max(MAX_UNNOTIFIED)
      .meta({
        description: `Ids of monitors whose outages notify no channel, although there are channels. At most ${MAX_UNNOTIFIED}. They change no status.`,
        example: ['web-shop'],
      }),
    watchdogs: z
      .array(watchdogSchema)
      .meta({ description: 'The watchdog, by region of `WATCHDOG_REGIONS`.' }),
    scheduledBackup: scheduledBackupSchema,
    deadMansSwitch: deadMansSwitchSchema,
    heartbeat: deadMansSwitchSchema.meta({
      description: 'The same as `deadMansSwitch`, under the name that it had before.',
      deprecated: true,
    }),
  })
  .meta({ id: 'Health', description: 'The health of the mesh, in detail.' });
export type HealthResponse = z.input<typeof healthSchema>;

export const secondsOrNull = (ms: number | null | undefined): number | null =>
  ms === null || ms === undefined ? null : Math.round(ms / 1000);

export const measuredFields = ({ liveness }: MeshHealth) => ({
  lastMeasuredAt: isoOrNull(liveness?.measured.at ?? null),
  ageSeconds: secondsOrNull(liveness?.measured.ageMs),
});

export const toHealthzResponse = (health: MeshHealth): HealthzResponse => ({
  status: health.status,
  reasons: health.reasons.map(({ code }) => code),
  version: VERSION,
  ...measuredFields(health),
  tickAgeSeconds: secondsOrNull(health.tickAgeMs),
});
