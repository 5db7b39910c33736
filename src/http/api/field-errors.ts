// Owns the form of invalid fields: a path, a pointer and a message for each mistake. Plain zod, no I/O.
// Does not word what is wrong: error-wording.ts and the schemas do.
import type { z } from 'zod';
import { err, ok, type Result } from '../../result.ts';
import { SEPARATOR } from './error-wording.ts';
import { type FieldPath, writePath, writePointer } from './field-path.ts';
import { type Issue, mergeMistakes, nameMissing } from './one-mistake.ts';

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
    : err({ kind: 'invalid_fields', errors: describeIssues(parsed.error, value) });
}

interface Rejection {
  readonly issues: readonly z.core.$ZodIssue[];
}

/** One error per issue, and one per unknown field, in `input`, the value that was parsed. */
export const describeIssues = (error: Rejection, input: unknown): FieldError[] =>
  nameMissing(issuesOf(error), input).map(({ path, message }) => fieldError(path, message));

/** One error per mistake of a person who wrote `input` in a file. */
export const describeMistakes = (error: Rejection, input: unknown): FieldError[] =>
  mergeMistakes(issuesOf(error), input).map(({ path, message }) => fieldError(path, message));

const issuesOf = ({ issues }: Rejection): Issue[] =>
  issues.flatMap((issue): Issue[] => {
    if (issue.code !== 'unrecognized_keys')
      return [{ code: issue.code, path: issue.path, message: issue.message }];
    const messages = issue.message.split(SEPARATOR);
    return issue.keys.map((key, index) => ({
      code: issue.code,
      path: [...issue.path, key],
      message: messages[index] ?? messages[0] ?? '',
    }));
  });

export const fieldError = (path: FieldPath, message: string): FieldError => ({
  path: writePath(path),
  pointer: writePointer(path),
  message,
});
