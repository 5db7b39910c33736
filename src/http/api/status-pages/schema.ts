// Owns status pages as the API shows and takes them. Plain zod: Node reads it too, for `npm start --config`.
import { z } from 'zod';
import type { PageDefinition } from '../../../services/status-pages/page-record.ts';
import { LANGUAGE_TAGS } from '../../../status-pages/languages/index.ts';
import { DEFAULT_PAGE, LEADS, PAGE_PROBLEMS } from '../../../status-pages/model.ts';
import { allOrIds, idSchema, isOneLine, isUnique, nameSchema, timeSchema } from '../common.ts';
import { timeZoneSchema } from '../schedules/schema.ts';
import { tagSelectorSchema, tagsPatchSchema, tagsSchema } from '../tags.ts';
import { accessSchema, shownAccessSchema } from './access-schema.ts';

const defaults = DEFAULT_PAGE.config;

const groupSchema = z
  .string()
  .trim()
  .min(1)
  .max(120)
  .refine(isOneLine, { error: 'Must be one line of visible text.' });

const list = <T extends z.ZodType<string>>(item: T, max: number) =>
  z.array(item).max(max).refine(isUnique, { error: 'Must not repeat an entry.' });

const httpsUrl = z
  .url({ protocol: /^https$/, error: 'Invalid URL. Use https://host/path.' })
  .max(500)
  .refine((text) => !/[\s"'<>\\]/.test(text) && URL.parse(text)?.username === '', {
    error: 'The URL must not contain a user, spaces, quotes or "<". Remove them.',
  });

const staticSchema = z
  .strictObject({
    id: idSchema.meta({ description: 'The id, unique on the page.', example: 'phone' }),
    name: nameSchema.meta({ description: 'The name that readers see.', example: 'Phone support' }),
    description: z
      .string()
      .trim()
      .max(500)
      .nullable()
      .default(null)
      .meta({ description: 'A text below the name. Null: none.', example: null }),
    group: groupSchema
      .nullable()
      .default(null)
      .meta({ description: 'The group on the page. Null: none.', example: 'Support' }),
  })
  .meta({ id: 'StaticComponent', description: 'A component that no probe checks. People write its state.' });

const componentFields = {
  monitors: allOrIds('monitor', idSchema, { allowNone: true }).meta({
    description:
      '"all", or ids of monitors. A public page shows only those of them that are `public`. Default: "all" if `groups`, `tags` and `static` are empty, else none.',
    example: ['web-shop'],
  }),
  groups: list(groupSchema, 100)
    .default([])
    .meta({ description: 'Names of groups, whose monitors the page shows.', example: ['Shop'] }),
  tags: list(tagSelectorSchema, 20)
    .default([])
    .meta({
      description: 'Tags, as `name` or `name:value`. The page shows every monitor that has one of them.',
      example: ['team:shop'],
    }),
  static: z
    .array(staticSchema)
    .max(100)
    .refine((all) => isUnique(all.map(({ id }) => id)), { error: 'Must have unique ids.' })
    .default([])
    .meta({ description: 'Components that no probe checks.' }),
};

const componentsSchema = z
  .strictObject({ ...componentFields, monitors: componentFields.monitors.optional() })
  .transform(({ monitors, ...others }) => {
    const isEmpty = others.groups.length + others.tags.length + others.static.length === 0;
    return { monitors: monitors ?? (isEmpty ? ('all' as const) : []), ...others };
  })
  .meta({
    description: 'What the page shows: monitors that one of the lists selects, and static components.',
    example: { tags: ['team:shop'] },
  });

const fields = {
  title: nameSchema.meta({
    description: 'The title: one line of 1 to 120 characters.',
    example: 'Shop status',
  }),
  host: z.string().max(253).nullable().meta({
    description:
      'The host name that serves this page at its root, and nothing else: one of `PAGE_HOSTS`. Null: the page is at `/pages/<id>` only.',
    example: 'status.shop.example',
  }),
  components: componentsSchema,
  description: z
    .string()
    .trim()
    .max(2_000)
    .nullable()
    .meta({ description: 'A text below the title. Null: none.', example: null }),
  logoUrl: httpsUrl.nullable().meta({
    description: 'The https address of a logo. Browsers of readers load it from there. Null: none.',
    example: null,
  }),
  accentColor: z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/, { error: 'Must be a color such as #1f5fa8.' })
    .nullable()
    .meta({
      description: 'The color of links and headings, as `#rrggbb`. Null: the default.',
      example: '#1f5fa8',
    }),
  theme: z
    .enum(['auto', 'light', 'dark'])
    .meta({ description: '`auto`: as the browser of the reader prefers.', example: 'auto' }),
  // Another one would show English.
  language: z
    .enum(['auto', ...LANGUAGE_TAGS], { error: `Must be one of: auto, ${LANGUAGE_TAGS.join(', ')}.` })
    .meta({
      description: 'The language of the page. `auto`: what the browser of the reader asks for.',
      example: 'auto',
    }),
  timeZone: timeZoneSchema.meta({
    description: 'The IANA time zone of all times on the page.',
    example: 'Europe/Berlin',
  }),
  links: z
    .array(
      z.strictObject({
        text: nameSchema.meta({ description: 'The text of the link.', example: 'Contact support' }),
        url: httpsUrl.meta({ description: 'The https address.', example: 'https://shop.example/support' }),
      }),
    )
    .max(10)
    .meta({ description: 'Links at the end of the page, at most 10.' }),
  collapsedGroups: list(groupSchema, 100).meta({
    description: 'Names of groups that are shown closed while all is well.',
    example: ['Internal'],
  }),
  noindex: z.boolean().meta({
    description: 'Whether search engines must not list the page. They never list one that is not public.',
    example: false,
  }),
  lead: z.enum(LEADS).meta({
    description:
      'Who leads. `probes`: incidents that probes measure are shown at once. `people`: only what people write is shown as an incident. `draft`: an outage opens a draft, which a person publishes. `delayed`: an outage is published after `publishAfterMinutes`.',
    example: 'probes',
  }),
  publishAfterMinutes: z.int().min(1).max(1_440).meta({
    description: 'With the lead `delayed`: minutes from the start of an outage until it is published.',
    example: 5,
  }),
  showLatency: z
    .boolean()
    .meta({ description: 'Whether the page shows latency and locations.', example: true }),
  subscriptions: z.boolean().meta({ description: 'Whether readers can subscribe.', example: true }),
  mailChannel: idSchema.nullable().meta({
    description:
      'The id of the email channel that sends mails to subscribers. Null: readers cannot subscribe by email.',
    example: null,
  }),
  access: accessSchema,
  tags: tagsSchema('Labels. They decide which restricted people and keys see the page in the API.'),
};

const EXAMPLE = {
  title: 'Shop status',
  components: { tags: ['team:shop'] },
  access: { type: 'public' },
  tags: { team: 'shop' },
} as const;

export const pageInputSchema = z
  .strictObject({
    id: idSchema.optional().meta({
      description:
        'The id: the page is at `/pages/<id>`. `default` is the page at `/`. Derived from the title if you omit it.',
      example: 'shop',
    }),
    title: fields.title,
    host: fields.host.default(null),
    components: fields.components.prefault({}),
    description: fields.description.default(null),
    logoUrl: fields.logoUrl.default(null),
    accentColor: fields.accentColor.default(null),
    theme: fields.theme.default(defaults.theme),
    language: fields.language.default(defaults.language),
    timeZone: fields.timeZone.default(defaults.timeZone),
    links: fields.links.default([]),
    collapsedGroups: fields.collapsedGroups.default([]),
    noindex: fields.noindex.default(defaults.noindex),
    lead: fields.lead.default(defaults.lead),
    publishAfterMinutes: fields.publishAfterMinutes.default(defaults.publishAfterMinutes),
    showLatency: fields.showLatency.default(defaults.showLatency),
    subscriptions: fields.subscriptions.default(defaults.subscriptions),
    mailChannel: fields.mailChannel.default(null),
    access: fields.access.default({ type: 'public' }),
    tags: fields.tags.default({}),
  })
  .meta({ id: 'StatusPageInput', description: 'The fields of a status page to create.', example: EXAMPLE });
export type PageInput = z.output<typeof pageInputSchema>;
// What the schema gives is what the service takes.
pageInputSchema satisfies z.ZodType<PageDefinition>;

export const pagePatchSchema = z
  .strictObject({
    ...fields,
    components: z.strictObject(componentFields).partial().meta({
      description: 'The lists to replace. The others stay.',
    }),
    tags: tagsPatchSchema,
  })
  .partial()
  .meta({
    id: 'StatusPagePatch',
    description:
      'The fields of a status page to update. A list replaces the list, and `access` the whole access.',
    example: { title: 'Shop status', theme: 'dark' },
  });

const problemSchema = z
  .strictObject({
    code: z.enum(PAGE_PROBLEMS).meta({
      description:
        '`host_not_served`: `host` is not one of `PAGE_HOSTS`. `monitor_missing`, `channel_missing`, `provider_missing`: what the page names does not exist. `group_missing`: no monitor is in the group. `secrets_unreadable`: no configured key opens the password, so set it again.',
    }),
    message: z.string().meta({ description: 'What is wrong, and the fix.' }),
  })
  .meta({ description: 'Something that the page names and that does not exist, or not any more.' });

export const pageSchema = z
  .strictObject({
    id: idSchema,
    ...fields,
    components: z.strictObject(componentFields).meta({ description: 'What the page shows.' }),
    access: shownAccessSchema,
    url: z.url().meta({ description: 'The address of the page.', example: 'https://status.shop.example' }),
    feedKey: z.string().nullable().meta({
      description:
        'The key for feeds, badges and programs, as `?key=`. Only in the answer to the request that set the password: readers find it in the links of the page. Null otherwise.',
      example: null,
    }),
    problems: z.array(problemSchema).meta({ description: 'What is wrong with the page. Empty: nothing.' }),
    createdAt: timeSchema,
    updatedAt: timeSchema,
  })
  .meta({ id: 'StatusPage', description: 'A status page.' });
