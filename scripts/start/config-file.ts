// Owns reading a configuration file and validating its shape before anything starts.
// Does not check what depends on the mesh's state: the API does.
import { readFileSync } from 'node:fs';
import type { Document } from 'yaml';
import type { z } from 'zod';
import { parseYaml } from '../../src/configuration/parse-yaml.ts';
import { configurationSchema, isShared } from '../../src/http/api/configuration/schema.ts';
import { describeMistakes } from '../../src/http/api/field-errors.ts';
import { loadLatin } from '../../src/services/latin.ts';
import { type Environment, expandVariables, isWholeReference } from './config-variables.ts';
import { StartError } from './options.ts';
import { decodeText } from './text-file.ts';

// Names in a file may have letters of any script.
await loadLatin('é');

export interface ConfigFile {
  readonly name: string;
  /** With the values of variables. Otherwise as it was written, because the API fills in the defaults. */
  readonly configuration: unknown;
  /** `name:line:column` of a path such as `monitors[2].check.port`, or of its nearest parent in the file. */
  locate(path: string): string;
  /** Puts the names of variables in place of their values. */
  redact(text: string): string;
}

const MAX_SHOWN = 20;

/** Throws {@link StartError} with one line for each mistake: file, line, column, path, what to do. */
export function readConfigFile(
  file: string,
  shownAs = file,
  environment: Environment = process.env,
): ConfigFile {
  const { document, lines, content } = parseYaml(readText(file, shownAs));
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${shownAs}:${line}:${col}`;
  };
  if ('message' in content) throwInvalid(shownAs, [`${at(content.offset)} ${content.message}`]);
  const locate = (path: string): string => at(offsetOf(document, path));
  const written = withoutShared(content.value ?? {});
  const expanded = expandVariables(written, environment);
  const redact = (text: string): string => withNames(text, expanded.values);
  if (expanded.errors.length > 0) {
    const shown = expanded.errors.map(({ path, message }) => errorLine(locate(path), path, message));
    throwInvalid(shownAs, shown);
  }
  const { configuration, error } = parse(expanded.document, written);
  if (error) {
    const shown = describeMistakes(error, configuration).map(({ path, message }) =>
      redact(errorLine(locate(path), atParent(path, message), message)),
    );
    throwInvalid(shownAs, shown);
  }
  return { name: shownAs, configuration, locate, redact };
}

/** Without the keys at the top that hold shared parts. */
function withoutShared(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !isShared(key)));
}

interface Parsed {
  readonly configuration: unknown;
  readonly error: z.ZodError | undefined;
}

/** A variable is text. Where a number, true or false is needed, its text is read as that. */
function parse(document: unknown, written: unknown): Parsed {
  const first = configurationSchema.safeParse(document);
  if (first.success) return { configuration: document, error: undefined };
  let configuration = document;
  for (const { path } of first.error.issues) {
    const text = valueAt(configuration, path);
    if (isWholeReference(valueAt(written, path)) && /^(-?\d+(\.\d+)?|true|false)$/.test(String(text)))
      configuration = withValue(configuration, path, JSON.parse(String(text)));
  }
  const { error } = configurationSchema.safeParse(configuration);
  return { configuration, error };
}

type Path = readonly PropertyKey[];

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    value,
  );

function withValue(document: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  const inner = withValue(Reflect.get(document as object, key), rest, value);
  return Array.isArray(document)
    ? document.with(Number(key), inner)
    : { ...(document as object), [key]: inner };
}

/** A missing field has no place of its own: its line shows the object that lacks it. */
function atParent(path: string, message: string): string {
  const [start, name] = /^`([^`]+)` is missing\./.exec(message) ?? [];
  return start !== undefined && name !== undefined && path.endsWith(name)
    ? path.slice(0, -name.length).replace(/\.$/, '')
    : path;
}

/** A shorter value is part of many words. */
const MIN_REDACTED_LENGTH = 4;

function withNames(text: string, values: ReadonlyMap<string, string>): string {
  let redacted = text;
  for (const [value, name] of values)
    if (value.length >= MIN_REDACTED_LENGTH) redacted = redacted.replaceAll(value, `\${${name}}`);
  return redacted;
}

export const errorLine = (place: string, path: string, message: string): string =>
  path === '' ? `${place} ${message}` : `${place} ${path}: ${message}`;

function throwInvalid(name: string, errors: readonly string[]): never {
  const shown = errors.slice(0, MAX_SHOWN);
  if (errors.length > shown.length) shown.push(`… and ${errors.length - shown.length} more`);
  throw new StartError(
    `${name} is invalid. Nothing was applied:\n${shown.map((line) => `  ${line}`).join('\n')}`,
  );
}

function readText(file: string, shownAs: string): string {
  const decoded = decodeText(readBytes(file, shownAs));
  if ('text' in decoded) return decoded.text;
  const { line, column, message } = decoded;
  return throwInvalid(shownAs, [`${shownAs}:${line}:${column} ${message}`]);
}

function readBytes(file: string, shownAs: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(`${shownAs} cannot be read (${code}): give --config an existing YAML file.`);
  }
}

/** `monitors[2].check.port` as keys. */
const keysOf = (path: string): (string | number)[] =>
  [...path.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map(([, index, key]) =>
    index === undefined ? (key ?? '') : Number(index),
  );

function offsetOf(document: Document, path: string): number {
  const keys = keysOf(path);
  for (let length = keys.length; length > 0; length -= 1) {
    const node = document.getIn(keys.slice(0, length), true);
    if (node && typeof node === 'object' && 'range' in node && Array.isArray(node.range))
      return node.range[0];
  }
  return 0;
}
