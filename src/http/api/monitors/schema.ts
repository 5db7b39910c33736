// Owns monitors as the API shows them: the fields of create, update and read, and how an update merges. Plain zod.
// Does not check against stored data (do the locations exist?): services do.
import { z } from 'zod';
import type { CheckInput } from '../../../../probes/checks/check-input.ts';
import { placeholdersDeep } from '../../../../probes/checks/shared/secrets.ts';
import { warningCodeSchema } from '../../../channels/observation-fields.ts';
import { isHeartbeat, monitorCheckSchema } from '../../../heartbeats/check.ts';
import { err, type Result } from '../../../result.ts';
import {
  changesToOrFromHeartbeat,
  DEFAULT_INTERVAL_SECONDS,
  writtenTimingErrors,
} from '../../../services/monitors/heartbeat-definition.ts';
import { allOrIds, idSchema, isUnique, nameSchema, timeSchema } from '../common.ts';
import { fieldError, type InvalidFields, parseFields } from '../field-errors.ts';
import { isFields, mergePatch } from '../merge-patch.ts';
import { tagsPatchSchema, tagsSchema } from '../tags.ts';

export const INTERVALS_SECONDS = [30, 60, 120, 300, 600, 1800, 3600] as const;

const quorumSchema = z
  .union([z.enum(['majority', 'all', 'any']), z.int().min(1).max(100)], {
    error: 'Must be "majority", "all", "any", or a whole number of locations from 1 to 100.',
  })
  .meta({
    description: 'How many voting locations must fail before the monitor is down.',
    example: 'majority',
  });

const alertFields = {
  quorum: quorumSchema,
  failures: z
    .int()
    .min(1)
    .max(10)
    .meta({ description: 'The number of consecutive failures after which a location votes `failing`.' }),
  recoveries: z
    .int()
    .min(1)
    .max(10)
    .meta({ description: 'The number of consecutive successes after which a location votes `passing`.' }),
  confirmSeconds: z
    .int()
    .min(5)
    .max(300)
    .meta({ description: 'The time between the rounds that confirm a failure, in seconds.' }),
};

const alertDefaults = { quorum: 'majority' as const, failures: 2, recoveries: 2, confirmSeconds: 10 };

const alertSchema = z
  .strictObject({
    quorum: alertFields.quorum.default(alertDefaults.quorum),
    failures: alertFields.failures.default(alertDefaults.failures),
    recoveries: alertFields.recoveries.default(alertDefaults.recoveries),
    confirmSeconds: alertFields.confirmSeconds.default(alertDefaults.confirmSeconds),
  })
  .meta({ id: 'Alert', description: 'When failures become an outage.' });

const SLO_TARGET = 'Must be a percentage from 50 to 99.999, such as 99.9.';

const locationIdSchema = z.string().min(1).max(64).meta({ example: 'aws:eu-central-1' });

const fields = {
  name: nameSchema,
  check: monitorCheckSchema.meta({ description: 'The check and its options.' }),
  intervalSeconds: z
    .literal(INTERVALS_SECONDS)
    // The generator writes only the first of several literals, so the type and the values are repeated here.
    .meta({
      description:
        'The time between two checks from each location, in seconds. Default of a new monitor: 60. A heartbeat has none: leave it out.',
      type: 'integer',
      enum: [...INTERVALS_SECONDS],
      example: 60,
    }),
  locations: allOrIds('location', locationIdSchema).meta({
    description: 'The locations to check from. No location checks a heartbeat: leave it out.',
    example: 'all',
  }),
  dependsOn: z
    .array(idSchema)
    .max(20, { error: 'Must have at most 20 monitor ids.' })
    .refine((ids) => new Set(ids).size === ids.length, { error: 'Must not repeat a monitor id.' })
    .meta({
      description:
        'Ids of monitors that this one depends on. Notifications are suppressed while any of them is down, and regional problems while one has the same problem at the same locations.',
      example: ['database'],
    }),
  channels: z
    .union([z.literal('default'), z.array(idSchema).max(100).refine(isUnique)], {
      error: 'Must be "default" or a list of 0 to 100 unique channel ids.',
    })
    .meta({
      description:
        'The channels that receive notifications. `default`: by the routes, or else the default channels of the mesh. A list takes the place of the routes. An empty list: none.',
      example: 'default',
    }),
  group: nameSchema.nullable().meta({
    description: 'A group of monitors that belong together. Routes can match it. Null: none.',
    example: 'Checkout',
  }),
  description: z
    .string()
    .trim()
    .max(1_000, { error: 'Must be at most 1000 characters.' })
    .nullable()
    .meta({ description: 'What the monitor is, for people who are on call. Null: nothing.' }),
  runbookUrl: z
    .url({ protocol: /^https?$/, error: 'Invalid URL. Use https://host/path.' })
    .max(500)
    .nullable()
    .meta({
      description: 'Address of the instructions for people who are on call. Notifications link to it.',
      example: 'https://wiki.example.com/runbooks/web-shop',
    }),
  sloTarget: z
    .number({ error: SLO_TARGET })
    .min(50, { error: SLO_TARGET })
    .max(99.999, { error: SLO_TARGET })
    .nullable()
    .meta({
      description:
        'The service level objective: the uptime to reach, in percent from 50 to 99.999. Reports show its error budget. Null: none.',
      example: 99.9,
    }),
  tags: tagsSchema(
    'Labels that webhooks include. They also decide which restricted people and keys see the monitor: only admins change the value of a tag that a restriction uses.',
  ),
  public: z.boolean().meta({
    description:
      'Whether the public status page shows the monitor. Default of a new monitor: `NEW_MONITORS_PUBLIC` of the Worker, which is false unless you set it.',
  }),
  paused: z.boolean().meta({ description: 'Whether checks are paused.' }),
};

const exampleMonitor = {
  id: 'web-shop',
  name: 'Web shop',
  check: { type: 'tcp', host: 'shop.example.com', port: 443 },
  intervalSeconds: 60,
};

/** The fields of a monitor to create: `name` and `check`. All others have defaults. */
export const monitorInputSchema = z
  .strictObject({
    id: idSchema.optional(),
    ...fields,
    intervalSeconds: fields.intervalSeconds.default(DEFAULT_INTERVAL_SECONDS),
    locations: fields.locations.default('all'),
    alert: alertSchema.default(alertDefaults),
    dependsOn: fields.dependsOn.default([]),
    channels: fields.channels.default('default'),
    group: fields.group.default(null),
    description: fields.description.default(null),
    runbookUrl: fields.runbookUrl.default(null),
    sloTarget: fields.sloTarget.default(null),
    tags: fields.tags.default({}),
    public: fields.public.optional(),
    paused: fields.paused.default(false),
  })
  .meta({ id: 'MonitorInput', description: 'The fields of a monitor to create.', example: exampleMonitor });

/** Null removes a field, so that its default applies. */
const removable = <S extends z.ZodType>(schema: S) => schema.nullable().optional();

/** An update of a monitor by RFC 7396. */
export const monitorPatchSchema = z
  .strictObject({
    name: fields.name.optional(),
    check: z
      .looseObject({ type: z.string().optional() })
      .optional()
      .meta({
        description:
          'The options to update. Another `type` replaces the whole check. Null resets an option to its default. A null secret keeps its stored value. Another origin needs the values again.',
        example: { port: 8443 },
      }),
    intervalSeconds: fields.intervalSeconds.optional(),
    locations: removable(fields.locations),
    alert: removable(
      z.strictObject({
        quorum: removable(alertFields.quorum),
        failures: removable(alertFields.failures),
        recoveries: removable(alertFields.recoveries),
        confirmSeconds: removable(alertFields.confirmSeconds),
      }),
    ).meta({ description: 'The fields of the alert policy to update. The others stay.' }),
    dependsOn: removable(fields.dependsOn),
    channels: removable(fields.channels),
    group: removable(fields.group),
    description: removable(fields.description),
    runbookUrl: removable(fields.runbookUrl),
    sloTarget: removable(fields.sloTarget),
    tags: tagsPatchSchema,
    public: removable(fields.public),
    paused: removable(fields.paused),
  })
  .meta({
    id: 'MonitorPatch',
    description: 'The fields of a monitor to update. Null removes a field, so that its default applies.',
    example: { paused: true },
  });
export type MonitorPatch = z.output<typeof monitorPatchSchema>;

export const verdictSchema = z.enum(['up', 'partial', 'down', 'no_data']).meta({
  description:
    'The verdict of the quorum. `partial`: some locations fail, but fewer than the quorum requires. `no_data`: too few locations report.',
});

/** A monitor as the API returns it: its configuration and its status. */
export const monitorSchema = z
  .strictObject({
    id: idSchema,
    ...fields,
    alert: z.strictObject(alertFields).meta({ description: 'When failures become an outage.' }),
    verdict: verdictSchema,
    since: timeSchema.meta({
      description:
        'The start of the verdict. Of `up`: the end of the last incident, or the first measurement. A time without data does not restart it.',
    }),
    incidentId: z.string().nullable().meta({ description: 'The id of the open incident, if any.' }),
    flapping: z.boolean().meta({
      description: 'Whether the monitor is flapping. If so, individual state changes are not notified.',
    }),
    warnings: z.array(warningCodeSchema).meta({ description: 'Active warnings, agreed by a quorum.' }),
    maintenance: z.boolean().meta({ description: 'Whether a maintenance is active.' }),
    createdAt: timeSchema,
    updatedAt: timeSchema,
  })
  .meta({ id: 'Monitor', description: 'A monitor: its check, its settings and its verdict.' });
export type MonitorResponse = z.output<typeof monitorSchema>;

interface StoredMonitor {
  readonly check: CheckInput;
  readonly alert: object;
}

/** The monitor after an update, or every field that is not valid. */
export function patchMonitor(
  stored: StoredMonitor,
  patch: MonitorPatch,
): Result<z.output<typeof monitorInputSchema>, InvalidFields> {
  const merged = mergeMonitor(stored, patch);
  const isHeartbeatAfter = isHeartbeat(merged.check as CheckInput);
  const refused = isHeartbeatAfter ? writtenTimingErrors(patch) : [];
  if (refused.length === 0) return parseFields(monitorInputSchema, merged);
  const errors = refused.map(({ path, message }) => fieldError(path, message));
  return err({ kind: 'invalid_fields', errors });
}

/** The stored fields with an update applied by RFC 7396, not validated yet. */
function mergeMonitor(stored: StoredMonitor, { check, ...rest }: MonitorPatch): Record<string, unknown> {
  const merged = check ? mergeCheck(stored.check, check) : stored.check;
  const isOtherKind = changesToOrFromHeartbeat(stored.check, merged as CheckInput);
  const { intervalSeconds: _i, locations: _l, alert: _a, ...kept } = { ...stored } as Record<string, unknown>;
  return { ...mergePatch(isOtherKind ? kept : { ...stored }, rest), check: merged };
}

/** As RFC 7396, except for another type, whose options are others, and for secrets: a null keeps a stored value. */
function mergeCheck(stored: CheckInput, patch: NonNullable<MonitorPatch['check']>): object {
  if (patch.type !== undefined && patch.type !== stored.type) return patch;
  const { secrets: storedSecrets, ...storedOptions } = stored;
  const { secrets: written, ...options } = patch;
  const others = mergePatch(storedOptions, options);
  if (written === null) return others;
  if (!isFields(storedSecrets) || (written !== undefined && !isFields(written)))
    return { ...others, ...secretsOf(written === undefined ? storedSecrets : written) };
  // A stored secret is dropped with its last placeholder. The schema validates the secrets of the update.
  const used = placeholdersDeep(others);
  const kept = Object.entries(storedSecrets).filter(([name]) => used.has(name));
  return { ...others, secrets: { ...Object.fromEntries(kept), ...written } };
}

const secretsOf = (secrets: unknown): { readonly secrets?: unknown } =>
  secrets === undefined ? {} : { secrets };
