// A check as people write it and read it back, and as it is stored: a null stands for a secret's value. Pure.
import { z } from 'zod';
import { checkSchema, findCheck } from './catalogue.ts';
import { type CheckTarget, COMMON_NON_TARGET_OPTIONS } from './check.ts';
import { writtenSecretsSchema } from './shared/secrets.ts';

type WrittenOptions<S> =
  S extends z.ZodObject<infer Shape, infer Config>
    ? 'secrets' extends keyof Shape
      ? z.ZodObject<Omit<Shape, 'secrets'> & { secrets: typeof writtenSecretsSchema }, Config>
      : S
    : S;
type Written<T extends readonly unknown[]> = { -readonly [K in keyof T]: WrittenOptions<T[K]> };

const { options, def } = checkSchema;

/** A check's own options and rules, its secrets' values left to whoever stores them. */
function allowNullSecrets(schema: z.ZodObject): z.ZodObject {
  if (!(schema instanceof z.ZodObject && 'secrets' in schema.shape)) return schema;
  const written = schema.safeExtend({ secrets: writtenSecretsSchema });
  const known = z.globalRegistry.get(schema);
  return known ? written.meta(known) : written;
}

/** `{ type, ...options }` of any check, defaults applied; a secret's value may be null. */
export const checkInputSchema = z.discriminatedUnion(
  'type',
  (options as readonly z.ZodObject[]).map(allowNullSecrets) as unknown as Written<typeof options>,
  // What it says of a type that does not exist.
  { error: def.error as never },
);

/** As monitors store it. */
export interface CheckInput {
  readonly type: string;
  readonly [option: string]: unknown;
}

/** With the defaults of options that are younger than it; as it is where this version cannot read it. */
export function withDefaults(check: CheckInput): CheckInput {
  const parsed = checkInputSchema.safeParse(check);
  return parsed.success ? (parsed.data as CheckInput) : check;
}

/** Where a check goes; null when it goes to no target of its own, or when this version cannot read it. */
export function targetOf(check: CheckInput): CheckTarget | null {
  const parsed = checkInputSchema.safeParse(check);
  return parsed.success ? (findCheck(check.type)?.target(parsed.data as never) ?? null) : null;
}

/** The options that say what a check measures and what is ok. If one of them changes, the old results mean nothing. */
export function targetOptions(check: CheckInput): Readonly<Record<string, unknown>> {
  const own: readonly string[] = findCheck(check.type)?.nonTargetOptions ?? [];
  const others = new Set([...COMMON_NON_TARGET_OPTIONS, ...own]);
  return Object.fromEntries(Object.entries(withDefaults(check)).filter(([option]) => !others.has(option)));
}
