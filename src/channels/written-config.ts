// Owns the config of a channel as people write and read it: null stands for the stored value of a secret or an address,
// and a hint shows which address it is. Pure. Does not encrypt.
import { z } from 'zod';
import type { Channel } from './channel.ts';

export type Config = Readonly<Record<string, unknown>>;

/** Without the schema, whose type differs between channels. */
type Fields = Pick<Channel, 'secretFields' | 'sentFields' | 'urlFields' | 'apiUrlFields' | 'originFields'>;

/** Fields that are stored encrypted only, and read as null. */
export const hiddenFields = ({ secretFields, urlFields }: Fields): string[] => [
  ...new Set([...urlFields, ...secretFields]),
];

export const hintField = (urlField: string): string => `${urlField}Hint`;

const HINT_LENGTH = 4;
/** Of a shorter path, four characters would be too much. */
const MIN_PATH_LENGTH = 10;

/** The host and the last four characters: `hooks.example.com…mesh`. Of a short path, the host alone. */
export function urlHint(text: string): string {
  const url = URL.parse(text);
  if (url === null) return '';
  const path = url.pathname + url.search;
  return path.length < MIN_PATH_LENGTH ? url.host : `${url.host}…${path.slice(-HINT_LENGTH)}`;
}

export type WrittenSchema = z.ZodObject<z.ZodRawShape, z.core.$strict>;

/** Whether a config is valid without the field. */
export const isOptional = ({ config }: Pick<Channel, 'config'>, field: string): boolean =>
  config.shape[field]?.safeParse(undefined).success ?? false;

/** The channel's own schema, in which a hidden field may be null. It accepts and ignores the hints of a read. */
export function writtenSchema(channel: Channel): WrittenSchema {
  const shape: Record<string, z.ZodType> = { ...channel.config.shape };
  for (const field of hiddenFields(channel)) {
    const own = shape[field]!;
    const meta = z.globalRegistry.get(own);
    const optional = isOptional(channel, field);
    const removal = optional ? ' An empty text removes it.' : '';
    const description =
      `${meta?.description ?? ''} A read returns null. Null keeps the stored value.${removal}`.trim();
    const written = optional ? z.union([own, z.literal('')]) : own;
    shape[field] = written.nullable().meta({ ...meta, description });
  }
  for (const field of channel.urlFields)
    shape[hintField(field)] = z
      .string()
      .max(300)
      .optional()
      .meta({
        description: `What a read shows of \`${field}\`: its host and its last four characters. Ignored when you write it.`,
        example: 'hooks.example.com…mesh',
      });
  return z.strictObject(shape);
}

/** The config as a read returns it. `shown` is its readable part, which has a null for each optional value that is stored. */
export const readConfig = (
  channel: Pick<Channel, 'config'> & Fields,
  shown: Config,
): Record<string, unknown> => ({
  ...Object.fromEntries(
    hiddenFields(channel).flatMap((field) => (isOptional(channel, field) ? [] : [[field, null]])),
  ),
  ...shown,
});

/** The hidden fields that have a value although they are optional. */
export const storedOptions = (channel: Pick<Channel, 'config'> & Fields, config: Config): string[] =>
  hiddenFields(channel).filter((field) => isOptional(channel, field) && config[field] !== undefined);

/** The field that is not valid, with what is wrong and the fix. */
export interface ConfigProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/**
 * The config to store: `written` with the values of `stored` in place of its nulls, parsed by the channel's own schema.
 * `stored` is null without a stored config of this type.
 */
export function fillConfig(
  channel: Channel,
  written: Config,
  stored: Config | null,
): { readonly config: Config } | ConfigProblem {
  const hints = channel.urlFields.map(hintField);
  const filled: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(written)) {
    if (hints.includes(field)) continue;
    const isHidden = hiddenFields(channel).includes(field);
    const isKept = value === null && isHidden;
    const isAbsent = isHidden && (value === '' || (isKept && stored?.[field] === undefined));
    if (isAbsent && isOptional(channel, field)) continue;
    if (isKept && stored?.[field] === undefined)
      return { path: [field], message: `No value of \`${field}\` is stored: write the value.` };
    filled[field] = isKept ? stored?.[field] : value;
  }
  const parsed = channel.config.safeParse(filled);
  const issue = parsed.error?.issues[0];
  if (issue)
    return {
      path: issue.path.map((part) => (typeof part === 'number' ? part : String(part))),
      message: issue.message,
    };
  const config = parsed.data as Config;
  return movedField(channel, written, config, stored) ?? { config };
}

/** Fields with an address that a request is sent to. */
export const addressFields = ({ urlFields, apiUrlFields = [] }: Fields): string[] => [
  ...urlFields,
  ...apiUrlFields,
];

/** A stored value that the receiver would get is not sent to another origin. */
function movedField(
  { sentFields, urlFields, apiUrlFields = [], originFields = [] }: Fields,
  written: Config,
  filled: Config,
  stored: Config | null,
): ConfigProblem | null {
  const kept = sentFields.find((field) => written[field] === null && filled[field] !== undefined);
  if (stored === null || kept === undefined) return null;
  const problem = (what: string, before: unknown, after: unknown): ConfigProblem => ({
    path: [kept],
    message: `Send the value of \`${kept}\` again: ${what} changes from ${before} to ${after}.`,
  });
  // An address of a receiver that goes is not called any more. Without that of a vendor, its own is.
  const called = [...urlFields.filter((field) => filled[field] !== undefined), ...apiUrlFields];
  const moved = called.find((field) => originOf(filled[field]) !== originOf(stored[field]));
  if (moved !== undefined)
    return problem(`the origin of \`${moved}\``, originOf(stored[moved]), originOf(filled[moved]));
  const other = originFields.find((field) => filled[field] !== stored[field]);
  return other === undefined ? null : problem(`\`${other}\``, stored[other], filled[other]);
}

/** Without an address, the vendor's own applies. */
const originOf = (url: unknown): string => URL.parse(String(url))?.origin ?? 'the default';

/** The texts of a hidden value, so that they can be kept out of other texts. It can be a text, or a list or a table of texts. */
export function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}

/** Whether every hidden field has a value, so that no stored one is needed. */
export const isComplete = (channel: Fields, written: Config): boolean =>
  hiddenFields(channel).every((field) => written[field] !== null);
