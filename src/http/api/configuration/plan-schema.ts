// Owns the response of PUT /api/v1/configuration: how many entries change, and in a dry run, which.
import { z } from 'zod';
import type { ApplyOptions, ConfigurationPlan } from '../../../services/config/apply-config.ts';
import { referenceSchema } from '../references.ts';

const kindPlan = (kind: string) =>
  z
    .strictObject({
      create: z.array(z.string()).meta({ description: `Ids of ${kind} to create.` }),
      update: z
        .array(
          z.strictObject({
            id: z.string().meta({ description: 'The id.' }),
            fields: z
              .array(z.string())
              .meta({ description: 'The fields that change.', example: ['check.port'] }),
          }),
        )
        .meta({ description: `${kind} to update, with the fields that change.` }),
      delete: z.array(z.string()).meta({ description: `Ids of ${kind} to delete.` }),
    })
    .meta({ description: `Changes of ${kind}.` });

const MAX_UNNOTIFIED = 100;

export const appliedSchema = z
  .strictObject({
    created: z.int().meta({ description: 'The number of created entries.' }),
    updated: z.int().meta({ description: 'The number of updated entries.' }),
    deleted: z.int().meta({ description: 'The number of deleted entries.' }),
    references: z
      .array(referenceSchema)
      .optional()
      .meta({ description: 'Only with `detach`: the references to deleted entries, which are removed.' }),
    unnotified: z
      .array(z.string())
      .max(MAX_UNNOTIFIED)
      .optional()
      .meta({
        description:
          'Ids of monitors whose outages notify no channel, although there are channels: no route, no default channel and no list names one. Absent if there are none.',
        example: ['web-shop'],
      }),
    plan: z
      .strictObject({
        monitors: kindPlan('monitors'),
        channels: kindPlan('channels'),
        schedules: kindPlan('schedules'),
        routes: kindPlan('routes').optional(),
        statusPages: kindPlan('status pages').optional(),
        settings: z
          .array(z.string())
          .optional()
          .meta({ description: 'The settings that change.', example: ['defaultChannels'] }),
        needsAllowDelete: z
          .boolean()
          .meta({ description: 'Whether the configuration deletes so much that it needs `allowDelete`.' }),
      })
      .optional()
      .meta({ description: 'Only with `dryRun`: all changes. Nothing has changed.' }),
  })
  .meta({
    id: 'ChangeCounts',
    description: 'The number of entries and settings that changed.',
  });

export function toAppliedResponse(
  { references, ...plan }: ConfigurationPlan,
  { dryRun, detach }: ApplyOptions,
  unnotified: readonly string[],
): z.input<typeof appliedSchema> {
  const sum = (count: 'create' | 'update' | 'delete'): number =>
    plan.monitors[count].length +
    plan.channels[count].length +
    plan.schedules[count].length +
    (plan.routes?.[count].length ?? 0) +
    (plan.statusPages?.[count].length ?? 0);
  const settings = plan.settings?.length ?? 0;
  const counts = { created: sum('create'), updated: sum('update') + settings, deleted: sum('delete') };
  const warned =
    unnotified.length === 0 ? counts : { ...counts, unnotified: unnotified.slice(0, MAX_UNNOTIFIED) };
  const detached = detach ? { ...warned, references: [...references] } : warned;
  return dryRun ? { ...detached, plan: structuredClone(plan) as never } : detached;
}
