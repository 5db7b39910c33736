// Owns the wording of invalid fields: turns zod's issues into messages with a path. Plain zod, no I/O.
import type { z } from 'zod';
import { err, ok, type Result } from '../../result.ts';

export interface FieldError {
  /** In dot notation: `monitors[2].check.port`. Empty for the whole document. */
  readonly path: string;
  /** The same as an RFC 6901 JSON Pointer. */
  readonly pointer: string;
  readonly message: string;
}

/** Why a merged document was rejected. */
export interface InvalidFields {
  readonly kind: 'invalid_fields';
  readonly errors: readonly FieldError[];
}

/** The parsed value, or all of its invalid fields. */
export function parseFields<T>(schema: z.ZodType<T>, value: unknown): Result<T, InvalidFields> {
  const parsed = schema.safeParse(value);
  return parsed.success
    ? ok(parsed.data)
    : err({ kind: 'invalid_fields', errors: describeIssues(parsed.error) });
}

type Path = readonly PropertyKey[];

/** One error per issue, and one per unknown field. */
export function describeIssues(error: { readonly issues: readonly z.core.$ZodIssue[] }): FieldError[] {
  return error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) =>
        fieldError([...issue.path, key], `Unknown field "${key}". Check the spelling or remove the field.`),
      );
    }
    return [fieldError(issue.path, toMessage(issue))];
  });
}

export const fieldError = (path: Path, message: string): FieldError => ({
  path: writePath(path),
  pointer: writePointer(path),
  message,
});

function writePath(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? String(part) : `.${String(part)}`;
  }
  return text;
}

/** RFC 6901, section 3: "~" and "/" are escaped. */
const writePointer = (path: Path): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** How zod's own messages begin. Any other message comes from one of our schemas and stays as it is. */
const DEFAULT_WORDING = /^(Invalid (input|option|string|key|discriminator)|Too (small|big)|Unrecognized key)/;

function toMessage(issue: z.core.$ZodIssue): string {
  if (!DEFAULT_WORDING.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(issue);
    case 'invalid_value':
      return issue.message.endsWith('received undefined')
        ? `Required. Must be ${oneOf(issue.values)}.`
        : `Must be ${oneOf(issue.values)}.`;
    case 'too_small':
      return `Must ${bound('at least', issue.minimum, issue.origin)}.`;
    case 'too_big':
      return `Must ${bound('at most', issue.maximum, issue.origin)}.`;
    case 'invalid_union':
      return unknownVariant(issue);
    case 'invalid_key':
      return issue.issues[0]?.message ?? issue.message;
    default:
      return issue.message;
  }
}

const TYPE_NAMES: Record<string, string> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a string',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
  null: 'null',
};

const typeName = (type: string): string => TYPE_NAMES[type] ?? type;

function wrongType(issue: z.core.$ZodIssueInvalidType): string {
  const received = /received (\w+)$/.exec(issue.message)?.[1];
  if (received === 'undefined') return `Required. Must be ${typeName(issue.expected)}.`;
  if (received === 'number') return `Must be ${typeName(issue.expected)}.`;
  return `Must be ${typeName(issue.expected)}${received ? `, not ${typeName(received)}` : ''}.`;
}

const oneOf = (values: readonly unknown[]): string =>
  values.length === 1
    ? JSON.stringify(values[0])
    : `one of ${values.map((value) => JSON.stringify(value)).join(', ')}`;

const UNITS: Record<string, string> = { string: ' characters', array: ' entries', set: ' entries' };

const bound = (word: string, limit: number | bigint, origin: string): string =>
  UNITS[origin] ? `have ${word} ${limit}${UNITS[origin]}` : `be ${word} ${limit}`;

function unknownVariant(issue: z.core.$ZodIssueInvalidUnion): string {
  const options = 'options' in issue && Array.isArray(issue.options) ? issue.options : [];
  return options.length > 0
    ? `Must be ${oneOf(options)}.`
    : 'Matches none of the allowed forms. See the reference at /api/v1/docs.';
}
