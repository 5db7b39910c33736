// Owns the check of a version that the caller expects (If-Match). Does not read or write a row.
import type { ValidationError, VersionError } from '../result.ts';

/** Null if the version is the expected one, or the caller expects none. */
export function versionError(
  subject: string,
  { version }: { readonly version: number },
  expected: number | undefined,
): VersionError | null {
  if (expected === undefined || expected === version) return null;
  const message = `${subject} has version ${version}, not ${expected}. Read it again and repeat the change.`;
  return { kind: 'precondition_failed', message };
}

/** Another change came between the read and the write. `subject` is as in "the channel "on-call"". */
export const changedMeanwhile = (
  subject: string,
): Extract<ValidationError, { readonly kind: 'conflict' }> => ({
  kind: 'conflict',
  path: [],
  message: `Another request changed ${subject} at the same time. Read it again and repeat the change.`,
});
