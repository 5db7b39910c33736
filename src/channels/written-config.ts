// Owns the config of a channel as people write and read it: null stands for the stored value of a secret or an address,
// and a hint shows which address it is. Pure. Does not encrypt.
import { z } from 'zod';
import type { Channel } from './channel.ts';

export type Config = Readonly<Record<string, unknown>>;

/** Without the schema, whose type differs between channels. */
type Fields = Pick<Channel, 'secretFields' | 'sentFields' | 'urlFields' | 'apiUrlFields'>;

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

/** The channel's own schema, in which a hidden field may be null. It accepts and ignores the hints of a read. */
export function writtenSchema(channel: Channel): WrittenSchema {
  const shape: Record<string, z.ZodType> = { ...channel.config.shape };
  for (const field of hiddenFields(channel)) {
    const own = shape[field]!;
    const meta = z.globalRegistry.get(own);
    const description = `${meta?.description ?? ''} A read returns null. Null keeps the stored value.`.trim();
    shape[field] = own.nullable().meta({ ...meta, description });
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

/** The config as a read returns it. `shown` is its readable part. */
export const readConfig = (channel: Fields, shown: Config): Record<string, unknown> => ({
  ...Object.fromEntries(hiddenFields(channel).map((field) => [field, null])),
  ...shown,
});

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
    const isKept = value === null && hiddenFields(channel).includes(field);
    const keeps = isKept ? stored?.[field] : value;
    // A read returns null for an optional field without a value too.
    if (keeps === undefined && isOptional(channel, field)) continue;
    if (keeps === undefined)
      return { path: [field], message: `No value of \`${field}\` is stored: write the value.` };
    filled[field] = keeps;
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

const isOptional = ({ config }: Channel, field: string): boolean =>
  config.shape[field] instanceof z.ZodOptional;

/** Fields with an address that a request is sent to. */
export const addressFields = ({ urlFields, apiUrlFields = [] }: Fields): string[] => [
  ...urlFields,
  ...apiUrlFields,
];

/** A stored value that the receiver would get is not sent to another origin. */
function movedField(
  fields: Fields,
  written: Config,
  filled: Config,
  stored: Config | null,
): ConfigProblem | null {
  if (stored === null) return null;
  const originOf = (url: unknown): string => URL.parse(String(url))?.origin ?? '';
  const isMoved = (field: string): boolean => originOf(filled[field]) !== originOf(stored[field]);
  const moved = addressFields(fields).find((field) => filled[field] !== undefined && isMoved(field));
  const kept = fields.sentFields.find((field) => written[field] === null && stored[field] !== undefined);
  if (moved === undefined || kept === undefined) return null;
  const change = `from ${originOf(stored[moved])} to ${originOf(filled[moved])}`;
  return {
    path: [kept],
    message: `Send the value of \`${kept}\` again: the origin of \`${moved}\` changes ${change}.`,
  };
}

/** Whether every hidden field has a value, so that no stored one is needed. */
export const isComplete = (channel: Fields, written: Config): boolean =>
  hiddenFields(channel).every((field) => written[field] !== null);
