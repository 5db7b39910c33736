// Owns the schema of a whole configuration: monitors, channels, schedules, routes, status pages and settings. PUT /configuration and
// `npm start --config` use it.
import { z } from 'zod';
import { derivedId, type IdKind } from '../../../services/derived-id.ts';
import { channelInputSchema } from '../channels/schema.ts';
import { monitorInputSchema } from '../monitors/schema.ts';
import { routeInputSchema } from '../routes/schema.ts';
import { scheduleInputSchema } from '../schedules/schema.ts';
import { settingsInputSchema } from '../settings/schema.ts';
import { type PageInput, pageInputSchema } from '../status-pages/schema.ts';

interface Entry {
  readonly id?: string | undefined;
  readonly name: string;
}

/** Reports the second of two entries with the same id. An id of a name never depends on the order of the entries. */
const rejectRepeatedIds =
  (kind: IdKind, field = `${kind}s`) =>
  (entries: readonly Entry[], context: z.RefinementCtx) => {
    const first = new Map<string, number>();
    for (const [index, entry] of entries.entries()) {
      const id = entry.id ?? derivedId(entry.name, kind);
      const other = first.get(id);
      if (other === undefined) {
        first.set(id, index);
        continue;
      }
      const known = entries[other]!;
      if (entry.id !== undefined && known.id !== undefined) {
        const message = `The id "${id}" is already used by entry [${other}]. Choose another id.`;
        context.addIssue({ code: 'custom', path: [index, 'id'], message });
        continue;
      }
      const message = `"${entry.name}" and ${field}[${other}] "${known.name}" have the same id "${id}". An id that you omit is derived from the name. Write an \`id\` in one of the two entries.`;
      context.addIssue({ code: 'custom', path: [index, entry.id === undefined ? 'name' : 'id'], message });
    }
  };

const rejectRepeatedPages = (pages: readonly PageInput[], context: z.RefinementCtx) =>
  rejectRepeatedIds('page', 'statusPages')(
    pages.map(({ id, title }) => ({ id, name: title })),
    context,
  );

const KEYS = ['monitors', 'channels', 'schedules', 'routes', 'statusPages', 'settings'] as const;

/** Keys for shared parts of a file, such as YAML anchors. */
export const isShared = (key: string): boolean => key.startsWith('x-');

export const configurationSchema = z
  .strictObject({
    monitors: z
      .array(monitorInputSchema)
      .max(10_000)
      .superRefine(rejectRepeatedIds('monitor'))
      .optional()
      .meta({ description: 'All monitors. Without this field, the stored monitors stay.' }),
    channels: z
      .array(channelInputSchema)
      .max(100)
      .superRefine(rejectRepeatedIds('channel'))
      .optional()
      .meta({ description: 'All channels. Without this field, the stored channels stay.' }),
    schedules: z
      .array(scheduleInputSchema)
      .max(100)
      .superRefine(rejectRepeatedIds('schedule'))
      .optional()
      .meta({
        description:
          'All on-call schedules. Without this field, the stored schedules stay. Overrides stay in any case.',
      }),
    routes: z.array(routeInputSchema).max(1_000).superRefine(rejectRepeatedIds('route')).optional().meta({
      description:
        'All routes, in the order in which they apply. Without this field, the stored routes stay.',
    }),
    statusPages: z.array(pageInputSchema).max(100).superRefine(rejectRepeatedPages).optional().meta({
      description:
        'All status pages. Without this field, the stored pages stay. The page `default` exists in any case: left out, it has its defaults.',
    }),
    settings: settingsInputSchema.optional(),
  })
  .refine((document) => KEYS.some((key) => document[key] !== undefined), {
    when: ({ issues }) => issues.length === 0,
    error:
      'The configuration is empty. Write `monitors`, `channels`, `schedules`, `routes`, `statusPages` or `settings`. To delete all monitors, write `monitors: []`.',
  })
  .meta({
    id: 'Configuration',
    description:
      'Monitors, channels, on-call schedules, routes, status pages and settings. Entries are created or replaced by id, and the others of the same kind are deleted. A kind that you omit stays as it is.',
  });
