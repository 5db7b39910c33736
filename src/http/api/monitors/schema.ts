// What a monitor looks like on the wire: what a person may write, may patch, and reads back.
// Plain zod; what needs state (do the locations exist?) is the flow's to refuse.
import { z } from 'zod';
import { type CheckInput, checkInputSchema } from '../../../../probes/checks/check-input.ts';
import { placeholdersDeep } from '../../../../probes/checks/shared/secrets.ts';
import { warningCodeSchema } from '../../../channels/observation-fields.ts';
import { allOrIds, idSchema, isOneLine, nameSchema, timeSchema } from '../common.ts';

const INTERVALS_SECONDS = [30, 60, 120, 300, 600, 1800, 3600] as const;

const quorumSchema = z
  .union([z.enum(['majority', 'all', 'any']), z.int().min(1).max(100)], {
    error: 'Write "majority", "all", "any", or a whole number of locations from 1 to 100.',
  })
  .meta({
    description: 'How many of the voting locations must be failing before the monitor is down.',
    example: 'majority',
  });

const alertFields = {
  quorum: quorumSchema,
  failures: z
    .int()
    .min(1)
    .max(10)
    .meta({ description: 'Consecutive failures after which a location votes failing.' }),
  recoveries: z
    .int()
    .min(1)
    .max(10)
    .meta({ description: 'Consecutive successes after which it votes passing.' }),
  confirmSeconds: z
    .int()
    .min(5)
    .max(300)
    .meta({ description: 'Seconds between the rounds that confirm a failure.' }),
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

const locationIdSchema = z.string().min(1).max(64).meta({ example: 'aws:eu-central-1' });

const tagsSchema = z
  .record(
    z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, {
      error: 'Write a tag name of at most 63 letters, digits, ".", "_" or "-".',
    }),
    z
      .string()
      .max(200, { error: 'Write at most 200 characters.' })
      .refine(isOneLine, { error: 'Remove the control characters.' }),
  )
  .refine((tags) => Object.keys(tags).length <= 20, { error: 'Keep at most 20 tags.' })
  .meta({ description: 'Labels that travel into webhooks. At most 20.', example: { team: 'shop' } });

const fields = {
  name: nameSchema,
  check: checkInputSchema,
  intervalSeconds: z
    .literal(INTERVALS_SECONDS)
    // Said again, since the generator writes only the first of several literals.
    .meta({
      description: 'How often each location looks, in seconds.',
      type: 'integer',
      enum: [...INTERVALS_SECONDS],
      example: 60,
    }),
  locations: allOrIds('location', locationIdSchema).meta({
    description: 'Where it is looked at from.',
    example: 'all',
  }),
  dependsOn: z
    .array(idSchema)
    .max(20, { error: 'Name at most 20 monitors.' })
    .refine((ids) => new Set(ids).size === ids.length, { error: 'Name each monitor once.' })
    .meta({
      description: 'Monitors without which it cannot be up: while one of them is down, it is not told of.',
      example: ['database'],
    }),
  channels: allOrIds('channel', idSchema).meta({ description: 'Who is told.', example: 'all' }),
  tags: tagsSchema,
  public: z.boolean().meta({ description: 'Shown on the public status page.' }),
  paused: z.boolean().meta({ description: 'Paused monitors are not looked at.' }),
};

const exampleMonitor = {
  id: 'web-shop',
  name: 'Web shop',
  check: { type: 'tcp', host: 'shop.example.com', port: 443 },
  intervalSeconds: 60,
};

/** What a person writes to create a monitor: name, check and intervalSeconds; the rest has defaults. */
export const monitorInputSchema = z
  .strictObject({
    id: idSchema.optional(),
    ...fields,
    locations: fields.locations.default('all'),
    alert: alertSchema.default(alertDefaults),
    dependsOn: fields.dependsOn.default([]),
    channels: fields.channels.default('all'),
    tags: fields.tags.default({}),
    public: fields.public.default(true),
    paused: fields.paused.default(false),
  })
  .meta({ id: 'MonitorInput', description: 'A monitor as a person writes it.', example: exampleMonitor });

/** A change of a monitor: only what is given changes; `alert` and `check` merge one level deep. */
export const monitorPatchSchema = z
  .strictObject({
    name: fields.name.optional(),
    check: z
      .looseObject({ type: z.string().optional() })
      .optional()
      .meta({
        description:
          'Fields to change; another `type` replaces the whole check, and null gives an option its default again. `secrets` merge by name, and null keeps a stored value.',
        example: { port: 8443 },
      }),
    intervalSeconds: fields.intervalSeconds.optional(),
    locations: fields.locations.optional(),
    alert: z.strictObject(alertFields).partial().optional(),
    dependsOn: fields.dependsOn.optional(),
    channels: fields.channels.optional(),
    tags: fields.tags.optional(),
    public: fields.public.optional(),
    paused: fields.paused.optional(),
  })
  .meta({ id: 'MonitorPatch', description: 'What to change of a monitor.', example: { paused: true } });
export type MonitorPatch = z.output<typeof monitorPatchSchema>;

export const verdictSchema = z
  .enum(['up', 'partial', 'down', 'no_data'])
  .meta({ description: '`undecided`: too few locations have a say; shown as "monitoring blind".' });

/** A monitor as the API shows it: its configuration, and how it is. */
export const monitorSchema = z
  .strictObject({
    id: idSchema,
    ...fields,
    alert: z.strictObject(alertFields),
    verdict: verdictSchema,
    since: timeSchema.meta({ description: 'Since when the verdict stands.' }),
    incidentId: z.string().nullable().meta({ description: 'The open incident, if there is one.' }),
    flapping: z
      .boolean()
      .meta({ description: 'Its verdict changes all the time: single changes are not told.' }),
    warnings: z
      .array(warningCodeSchema)
      .meta({ description: 'What a quorum of locations finds amiss, although it is up.' }),
    maintenance: z.boolean().meta({ description: 'Planned work is going on.' }),
    createdAt: timeSchema,
    updatedAt: timeSchema,
  })
  .meta({ id: 'Monitor', description: 'A monitor: what is watched, and its verdict.' });
export type MonitorView = z.output<typeof monitorSchema>;

interface StoredMonitor {
  readonly check: CheckInput;
  readonly alert: object;
}

/** The given fields over the stored ones, ready to be validated as a whole. */
export function mergeMonitor(stored: StoredMonitor, patch: MonitorPatch): Record<string, unknown> {
  const { check, alert, ...rest } = patch;
  return {
    ...stored,
    ...rest,
    check: check ? mergeCheck(stored.check, check) : stored.check,
    alert: { ...stored.alert, ...alert },
  };
}

function mergeCheck(stored: CheckInput, patch: NonNullable<MonitorPatch['check']>): object {
  if (patch.type !== undefined && patch.type !== stored.type) return patch;
  const merged = withoutNulls({ ...stored, ...patch });
  if (!isRecord(stored.secrets) || !isRecord(merged.secrets)) return merged;
  const { secrets: _, ...others } = merged;
  // What was stored goes with its last placeholder; what is given is for the schema to judge.
  const used = placeholdersDeep(others);
  const kept = Object.entries(stored.secrets).filter(([name]) => used.has(name));
  return { ...others, secrets: { ...Object.fromEntries(kept), ...(patch.secrets ?? {}) } };
}

/** As in RFC 7396; but no null forgets all secrets at once, since one keeps the stored value. */
const withoutNulls = (check: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(check).filter(([option, value]) => value !== null || option === 'secrets'),
  );

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
