// Owns the deployment's settings: the file probemesh.deploy.yaml, its schema and its defaults. Does not ask for what is missing.
import { readFile } from 'node:fs/promises';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';

export const SETTINGS_FILE = 'probemesh.deploy.yaml';

/** Names of resources begin with it, so the limits of AWS and Cloudflare apply to the longest of them. */
const nameSchema = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,29}$/,
    'Use 1 to 30 lower-case letters, digits and hyphens, beginning with a letter.',
  )
  .refine(
    (name) => !/^(aws|ssm|xn--|sthree-|amzn-s3-demo-)/.test(name),
    'AWS reserves names that begin with aws, ssm, xn--, sthree- and amzn-s3-demo-. Use another name.',
  )
  .meta({ description: 'Name of the mesh. All its resources begin with it.' });

const regionSchema = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'Use an AWS region, such as eu-central-1.');

const regionsSchema = (min: number, max: number) =>
  z
    .array(regionSchema)
    .min(min)
    .max(max)
    .refine((regions) => new Set(regions).size === regions.length, 'A region is listed twice. Remove one.');

const hostSchema = z
  .string()
  .regex(
    /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
    'Use a host name, such as status.acme.dev.',
  );

/** Where the watchdog alerts by itself. Secrets can be written as `$NAME`: the environment variable has the value. */
const emergencySchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('webhook'),
    url: z.string().min(1),
    secret: z.string().min(1).optional(),
  }),
  z.strictObject({ type: z.literal('slack'), url: z.string().min(1) }),
  z.strictObject({
    type: z.literal('pagerduty'),
    routingKey: z.string().min(1),
    /** Address of the Events API. Absent: that of the US service region. */
    apiUrl: z.string().min(1).optional(),
  }),
]);

export const settingsSchema = z.strictObject({
  name: nameSchema.default('probemesh'),
  /** In the order of their phases. */
  regions: regionsSchema(1, 17),
  /** MB */
  memory: z.int().min(128).max(10_240).default(256),
  /** Reserved concurrency of the probe in every region. Null: none. */
  reservedConcurrency: z.int().min(1).max(1_000).nullable().default(null),
  logRetentionDays: z
    .union([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400].map((days) => z.literal(days)))
    .default(14),
  /** The coordinator's own host. Null: workers.dev. */
  domain: hostSchema.nullable().default(null),
  /** Hosts that serve a status page and nothing else. */
  pageDomains: z.array(hostSchema).max(100).default([]),
  /** `host:port`. Empty: the public defaults. */
  canaries: z
    .array(z.string().regex(/^[^:\s,]+:\d{1,5}$/, 'Use host:port.'))
    .max(8)
    .default([]),
  plan: z.enum(['free', 'paid']).default('paid'),
  /** Null: no watchdog. */
  watchdog: z
    .strictObject({
      regions: regionsSchema(1, 2),
      emergency: emergencySchema.nullable().default(null),
      /** Whether it copies the public pages to a bucket. */
      pageCopy: z.boolean().default(true),
    })
    .nullable()
    .default(null),
  /** Whether the probes have a key with which checks with `sign` sign their requests. */
  signRequests: z.boolean().default(false),
  /** The mesh stores a backup a day in a bucket of R2. Null: it makes none. */
  backups: z
    .strictObject({ days: z.int().min(1).max(3_650).default(30) })
    .nullable()
    .default(null),
  /** Further variables of the Worker, such as JOURNAL_DAYS. */
  variables: z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), z.string()).default({}),
});
export type Settings = z.output<typeof settingsSchema>;
export type SettingsInput = z.input<typeof settingsSchema>;

/** What is wrong with the file, one line a problem: line and path first. */
export class SettingsError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** Throws a {@link SettingsError}. `name` is how messages call the file. */
export function parseSettings(text: string, name = SETTINGS_FILE): Settings {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0)
    throw new SettingsError(document.errors.map(({ message }) => `${name}: ${message.trim()}`));
  const parsed = settingsSchema.safeParse(document.toJS() ?? {});
  if (parsed.success) return parsed.data;
  throw new SettingsError(
    parsed.error.issues.map(({ path, message }) => {
      const node = document.getIn(path, true) as { range?: [number, number, number] } | undefined;
      const line = node?.range ? `:${lines.linePos(node.range[0]).line}` : '';
      return `${name}${line}: ${path.length === 0 ? 'the file' : path.join('.')}: ${message}`;
    }),
  );
}

/** Null if the file does not exist. */
export async function readSettings(path: string): Promise<Settings | null> {
  try {
    return parseSettings(await readFile(path, 'utf8'), path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
