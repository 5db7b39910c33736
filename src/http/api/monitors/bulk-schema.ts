// Owns the change of many monitors as the API takes and shows it. Plain zod.
import { z } from 'zod';
import { idSchema, isUnique } from '../common.ts';
import { errorSchema } from '../problem-schema.ts';
import { referenceSchema } from '../references.ts';
import { monitorPatchSchema } from './schema.ts';

/** A commit of more would not fit the limits of D1 and of a Worker with room to spare. */
export const MAX_CHANGES = 1_000;

const id = idSchema.meta({ description: 'The id of the monitor.', example: 'web-shop' });
const version = z.int().min(1).optional().meta({
  description:
    'The version that you read: the `ETag`, or that of a dry run. If the monitor has another one, it is refused. Default: any.',
  example: 3,
});

const listOf = <S extends z.ZodType<{ readonly id: string }>>(schema: S, description: string) =>
  z
    .array(schema)
    .min(1, { error: 'Must name at least one monitor.' })
    .max(MAX_CHANGES, { error: `Must have at most ${MAX_CHANGES} monitors.` })
    .refine((entries) => isUnique(entries.map((entry) => entry.id)), {
      error: 'Must not name a monitor twice.',
    })
    .optional()
    .meta({ description });

export const bulkInputSchema = z
  .strictObject({
    updates: listOf(
      z
        .strictObject({ id, version, patch: monitorPatchSchema })
        .meta({ id: 'MonitorUpdate', description: 'A monitor, and its fields to update.' }),
      'Monitors to update.',
    ),
    deletes: listOf(
      z.strictObject({ id, version }).meta({ id: 'MonitorDelete', description: 'A monitor to delete.' }),
      'Monitors to delete.',
    ),
  })
  .refine(({ updates, deletes }) => (updates === undefined) !== (deletes === undefined), {
    error: 'Must have either updates or deletes.',
  })
  .meta({
    id: 'MonitorChanges',
    description: 'Either updates or deletes.',
    example: { updates: [{ id: 'web-shop', patch: { paused: true } }] },
  });

const flag = (description: string) =>
  z
    .enum(['true', 'false'], { error: 'Must be true or false.' })
    .optional()
    .meta({ description, type: 'boolean', example: true });

export const bulkQuery = z.strictObject({
  dryRun: flag('Returns what would change, and changes nothing. Default: false.'),
  skipRefused: flag(
    'Changes the others if some monitors are refused. Default: false, so that nothing changes then.',
  ),
  detach: flag(
    'Of deletes: also removes the monitors from everything that names them. Without it, one that is named by a monitor, a window, a route or a status page is refused. Default: false.',
  ),
  revision: z.string().min(1).max(64).optional().meta({
    description:
      'The `revision` of a dry run. If anything that was shown has changed since, the response is 412 and nothing changes.',
    example: '9f86d081884c7d659a2feaa0c55ad015',
  }),
});

const fieldsSchema = z.record(z.string(), z.unknown()).nullable();

const changeSchema = z
  .strictObject({
    id: z.string().meta({ description: 'The id of the monitor.', example: 'web-shop' }),
    name: z
      .string()
      .nullable()
      .meta({ description: 'Its name. Null: it does not exist.', example: 'Web shop' }),
    outcome: z
      .enum(['updated', 'unchanged', 'deleted', 'refused'])
      .meta({ description: 'What becomes of it.', example: 'updated' }),
    version: z.int().nullable().meta({
      description: 'Its version, after the update if there is one. Null: it does not exist.',
      example: 4,
    }),
    before: fieldsSchema.meta({
      description: 'The fields that differ, as they were. Null unless it is updated or unchanged.',
      example: { paused: false },
    }),
    after: fieldsSchema.meta({
      description: 'The fields that differ, as they are then. Null unless it is updated or unchanged.',
      example: { paused: true },
    }),
    errors: z.array(errorSchema).meta({ description: 'Why it is refused. Otherwise empty.' }),
    references: z.array(referenceSchema).meta({
      description:
        'What names a monitor to delete: with `detach`, it loses the id. Otherwise why it is refused.',
    }),
  })
  .meta({ id: 'MonitorChange', description: 'What becomes of one monitor.' });

export const changedMonitorsSchema = z
  .strictObject({
    dryRun: z.boolean().meta({ description: 'Nothing has changed: this is the plan.', example: false }),
    revision: z.string().meta({
      description: 'Stands for everything that is planned. Send it with the change to apply exactly this.',
      example: '9f86d081884c7d659a2feaa0c55ad015',
    }),
    updated: z.int().meta({ description: 'The number of monitors that are updated.', example: 1 }),
    unchanged: z.int().meta({ description: 'The number of monitors that stay the same.', example: 0 }),
    deleted: z.int().meta({ description: 'The number of monitors that are deleted.', example: 0 }),
    refused: z.int().meta({ description: 'The number of monitors that are refused.', example: 0 }),
    monitors: z.array(changeSchema).meta({ description: 'Each monitor, in the order of the request.' }),
    auditEntries: z
      .strictObject({
        first: z.int().meta({ description: 'The number of the first entry.', example: 17 }),
        last: z.int().meta({ description: 'The number of the last entry.', example: 17 }),
      })
      .nullable()
      .meta({ description: 'The entries of the audit log, one a monitor. Null: nothing has changed.' }),
  })
  .meta({ id: 'ChangedMonitors', description: 'What becomes of many monitors.' });
