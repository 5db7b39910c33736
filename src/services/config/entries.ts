// Owns what monitors and channels of a configuration have in common: ids, counts, statements and error paths.
import type { ValidationError } from '../../result.ts';
import type { PendingCommit } from '../../store/commit.ts';
import { uniqueSlug } from '../unique-slug.ts';

/** Numbers of monitors and channels that changed. Entries that are already stored so do not count. */
export interface ChangeCounts {
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
}

export type Statements = NonNullable<PendingCommit['statements']>[number][];

/** Gives every entry an id: its own, or a free slug of its name. */
export function withIds<T extends { readonly id?: string | undefined; readonly name: string }>(
  entries: readonly T[],
): (T & { id: string })[] {
  const taken = entries.flatMap(({ id }) => (id === undefined ? [] : [{ id }]));
  return entries.map((entry) => {
    if (entry.id !== undefined) return { ...entry, id: entry.id };
    const id = uniqueSlug(entry.name, taken);
    taken.push({ id });
    return { ...entry, id };
  });
}

export const prefixPath = (prefix: (string | number)[], error: ValidationError): ValidationError =>
  'path' in error ? { ...error, path: [...prefix, ...error.path] } : error;
