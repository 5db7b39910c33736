// Owns the stored form of a check, which the API also accepts and returns: null stands for a secret's value. Pure.
import { z } from 'zod';
import { checkSchema, findCheck } from './catalogue.ts';
import { type CheckTarget, COMMON_NON_TARGET_OPTIONS, type SecretUse } from './check.ts';
import { asciiName } from './shared/international-name.ts';
import { socketOrigin } from './shared/secret-origin.ts';
import { nullableSecretsSchema, placeholdersDeep } from './shared/secrets.ts';

type InputOptions<S> =
  S extends z.ZodObject<infer Shape, infer Config>
    ? 'secrets' extends keyof Shape
      ? z.ZodObject<Omit<Shape, 'secrets'> & { secrets: typeof nullableSecretsSchema }, Config>
      : S
    : S;
type Input<T extends readonly unknown[]> = { -readonly [K in keyof T]: InputOptions<T[K]> };

const { options } = checkSchema;

/** A check's own schema, in which the value of a secret may be null. */
function allowNullSecrets(schema: z.ZodObject): z.ZodObject {
  if (!(schema instanceof z.ZodObject && 'secrets' in schema.shape)) return schema;
  const nullable = schema.safeExtend({ secrets: nullableSecretsSchema });
  const meta = z.globalRegistry.get(schema);
  return meta ? nullable.meta(meta) : nullable;
}

/** `{ type, ...options }` of any check, with defaults. A secret's value may be null. */
export const checkInputSchema = z.discriminatedUnion(
  'type',
  (options as readonly z.ZodObject[]).map(allowNullSecrets) as unknown as Input<typeof options>,
);

/** A check as a monitor stores it. */
export interface CheckInput {
  readonly type: string;
  readonly [option: string]: unknown;
}

/** Adds the defaults of options that are newer than the stored check. Unchanged if this version cannot parse it. */
export function withDefaults(check: CheckInput): CheckInput {
  const parsed = checkInputSchema.safeParse(check);
  return parsed.success ? (parsed.data as CheckInput) : check;
}

/** The target of a check; null if it has no target of its own, or if this version cannot parse it. */
export function targetOf(check: CheckInput): CheckTarget | null {
  const parsed = checkInputSchema.safeParse(check);
  return parsed.success ? targetOfParsed(parsed.data as CheckInput) : null;
}

/** The target of a check that its schema has parsed. */
export const targetOfParsed = (check: CheckInput): CheckTarget | null =>
  findCheck(check.type)?.target(check as never) ?? null;

/** Where a check sends its secrets. Empty if this version cannot parse it. */
export function secretUsesOf(check: CheckInput): SecretUse[] {
  const parsed = checkInputSchema.safeParse(check);
  return parsed.success ? secretUsesOfParsed(parsed.data as CheckInput) : [];
}

/** Where a check that its schema has parsed sends its secrets. */
export const secretUsesOfParsed = (check: CheckInput): SecretUse[] =>
  findCheck(check.type)?.secretUses?.(check as never) ?? usesAtTarget(check);

function usesAtTarget(check: CheckInput): SecretUse[] {
  const target = targetOfParsed(check);
  if (!target) return [];
  const { secrets: _, ca, trust, ...texts } = check;
  return [...placeholdersDeep(texts)].map((name) => ({
    name,
    origin: `${target.transport}://${socketOrigin(target.host, target.port)}`,
    trust: String(ca ?? trust ?? ''),
  }));
}

/** The options that define what a check measures and what is ok. If one of them changes, earlier results no longer apply. */
export const targetOptions = (check: CheckInput): Readonly<Record<string, unknown>> =>
  targetOptionsOfParsed(withDefaults(check));

/** Names that are the same in Unicode and in ASCII. */
const NAME_OPTIONS: ReadonlySet<string> = new Set(['host', 'serverName', 'server', 'name']);

/** The target options of a check that its schema has parsed. */
export function targetOptionsOfParsed(check: CheckInput): Readonly<Record<string, unknown>> {
  const own: readonly string[] = findCheck(check.type)?.nonTargetOptions ?? [];
  const others = new Set([...COMMON_NON_TARGET_OPTIONS, ...own]);
  return Object.fromEntries(
    Object.entries(check)
      .filter(([option]) => !others.has(option))
      .map(([option, value]) => [
        option,
        typeof value === 'string' && NAME_OPTIONS.has(option) ? asciiName(value) : value,
      ]),
  );
}
