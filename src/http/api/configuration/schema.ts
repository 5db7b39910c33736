// Owns the schema of a whole configuration: all monitors and channels. PUT /configuration and `npm start --config` use it.
import { z } from 'zod';
import { channelInputSchema } from '../channels/schema.ts';
import { monitorInputSchema } from '../monitors/schema.ts';

/** Reports the second of two entries with the same id. */
function rejectRepeatedIds(entries: readonly { id?: string | undefined }[], context: z.RefinementCtx): void {
  const indexById = new Map<string, number>();
  for (const [index, { id }] of entries.entries()) {
    if (id === undefined) continue;
    const first = indexById.get(id);
    if (first === undefined) indexById.set(id, index);
    else {
      const message = `The id "${id}" is already used by entry [${first}]. Choose another id.`;
      context.addIssue({ code: 'custom', path: [index, 'id'], message });
    }
  }
}

export const configurationSchema = z
  .strictObject({
    monitors: z
      .array(monitorInputSchema)
      .max(10_000)
      .superRefine(rejectRepeatedIds)
      .default([])
      .meta({ description: 'All monitors. Default: none.' }),
    channels: z
      .array(channelInputSchema)
      .max(100)
      .superRefine(rejectRepeatedIds)
      .default([])
      .meta({ description: 'All channels. Default: none.' }),
  })
  .meta({
    id: 'Configuration',
    description:
      'All monitors and channels. Entries are created or replaced by id, and all others are deleted.',
  });
