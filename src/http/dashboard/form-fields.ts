// Owns reading what was typed into a form: as a value, with the schemas of the API, or as the error of each field.
import type { z } from 'zod';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { describeIssues } from '../api/field-errors.ts';
import type { FormErrors } from './form.tsx';

export function readFields<S extends z.ZodType>(
  schema: S,
  input: Readonly<Record<string, unknown>>,
): Result<z.output<S>, FormErrors> {
  const parsed = schema.safeParse(input);
  return parsed.success ? ok(parsed.data) : err(byField(describeIssues(parsed.error, input)));
}

/** The first message for each field: `tags[1]` belongs to the field `tags`. */
const byField = (errors: readonly { readonly path: string; readonly message: string }[]): FormErrors =>
  Object.fromEntries(errors.toReversed().map(({ path, message }) => [path.split(/[.[]/, 1)[0]!, message]));

/** The error of a service, at its field. Without a field, it belongs to the whole `form`. */
export const serviceErrors = (error: ValidationError): FormErrors => ({
  [String(('path' in error ? error.path[0] : undefined) ?? 'form')]: error.message,
});

/** `team:web, team:shop` as a restriction. Empty: everything. */
export function readTags(text: string | undefined): string[] | null {
  const tags = (text ?? '').split(/[\s,]+/).filter((tag) => tag !== '');
  return tags.length === 0 ? null : [...new Set(tags)];
}
