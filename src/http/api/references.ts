// Owns references as the API shows them, and `?detach`, which a deletion takes. Does not find references: services do.
import { z } from 'zod';
import { REFERENCE_EFFECTS, type Reference } from '../../services/references/reference.ts';

export const referenceSchema = z
  .strictObject({
    kind: z
      .enum(['monitor', 'maintenance', 'silence', 'route', 'settings', 'schedule', 'person', 'status_page'])
      .meta({ description: 'The kind of the entity that names the other one.', example: 'monitor' }),
    id: z.string().meta({ description: 'The id of that entity.', example: 'web-shop' }),
    name: z.string().meta({ description: 'The name of that entity.', example: 'Web shop' }),
    field: z
      .enum([
        'dependsOn',
        'channels',
        'monitors',
        'steps',
        'match.monitors',
        'defaultChannels',
        'rotations',
        'components',
        'access',
        'mailChannel',
      ])
      .meta({ description: 'The field that has the id.', example: 'dependsOn' }),
    effect: z.enum(REFERENCE_EFFECTS).meta({
      description:
        'What a detach does. `detached`: the field loses the id. `emptied`: the monitor, the step of the route, the setting or the status page has none then. `ended`: the silence would cover nothing, so it ends. `deleted`: the window or the route would cover nothing, so it is deleted.',
      example: 'detached',
    }),
  })
  .meta({ id: 'Reference', description: 'An entity that names another one.' });

export const detachQuery = z.strictObject({
  detach: z.enum(['true', 'false'], { error: 'Must be true or false.' }).optional().meta({
    description:
      '`true` also removes the id from everything that names it, and the response lists what was changed. Without it, a reference makes the response 409. Default: false.',
    type: 'boolean',
    example: true,
  }),
});

export const detachedSchema = z
  .strictObject({
    references: z.array(referenceSchema).meta({ description: 'The references that were removed.' }),
  })
  .meta({ id: 'Detached', description: 'What a deletion with `detach=true` changed besides.' });

export const toDetachedResponse = (references: readonly Reference[]): z.output<typeof detachedSchema> => ({
  references: [...references],
});
