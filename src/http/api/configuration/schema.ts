// A whole configuration: every monitor and every channel. Used by PUT /configuration and by `npm start --config`.
import { z } from 'zod';
import { channelInputSchema } from '../channels/schema.ts';
import { monitorInputSchema } from '../monitors/schema.ts';

/** Names the second of two entries with the same id. */
function refuseRepeatedIds(entries: readonly { id?: string | undefined }[], context: z.RefinementCtx): void {
  const seen = new Map<string, number>();
  for (const [index, { id }] of entries.entries()) {
    if (id === undefined) continue;
    const first = seen.get(id);
    if (first === undefined) seen.set(id, index);
    else {
      const message = `The id "${id}" is already taken by entry [${first}]. Give each its own.`;
      context.addIssue({ code: 'custom', path: [index, 'id'], message });
    }
  }
}

export const configurationSchema = z
  .strictObject({
    monitors: z.array(monitorInputSchema).max(10_000).superRefine(refuseRepeatedIds).default([]),
    channels: z.array(channelInputSchema).max(100).superRefine(refuseRepeatedIds).default([]),
  })
  .meta({
    id: 'Configuration',
    description:
      'Every monitor and channel. What is not in it is deleted; what is in it is created or replaced by id.',
  });
