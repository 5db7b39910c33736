// Owns reading a configuration file and validating its shape before anything starts.
// Does not check what depends on the mesh's state: the API does.
import { readFileSync } from 'node:fs';
import { type Document, LineCounter, parseDocument } from 'yaml';
import { configurationSchema } from '../../src/http/api/configuration/schema.ts';
import { describeIssues } from '../../src/http/api/field-errors.ts';
import { keepExactNumbers } from './exact-numbers.ts';
import { StartError } from './options.ts';

export interface ConfigFile {
  readonly name: string;
  /** As it was written, because the API fills in the defaults. */
  readonly configuration: unknown;
  /** `name:line:column` of a path such as `monitors[2].check.port`, or of its nearest parent in the file. */
  locate(path: string): string;
}

const MAX_SHOWN = 20;

/** Throws {@link StartError} with one line for each error: file, line, column, path, what to do. */
export function readConfigFile(file: string, shownAs = file): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(readText(file, shownAs), { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${shownAs}:${line}:${col}`;
  };
  const syntaxErrors = [...document.errors, ...document.warnings];
  if (syntaxErrors.length > 0) {
    throwInvalid(
      shownAs,
      syntaxErrors.map(({ pos, message }) => `${at(pos[0])} ${message.split('\n')[0]}`),
    );
  }
  const locate = (path: string): string => at(offsetOf(document, path));
  keepExactNumbers(document);
  const configuration: unknown = document.toJS() ?? {};
  const parsed = configurationSchema.safeParse(configuration);
  if (!parsed.success) {
    throwInvalid(
      shownAs,
      describeIssues(parsed.error).map(({ path, message }) => errorLine(locate(path), path, message)),
    );
  }
  return { name: shownAs, configuration, locate };
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
  try {
    return readFileSync(file, 'utf8');
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
