// Owns what monitors and channels of a configuration have in common: ids, plans, statements and error paths.
import type { ValidationError } from '../../result.ts';
import type { PendingCommit } from '../../store/commit.ts';
import { derivedId, type IdKind } from '../derived-id.ts';

export type Statements = NonNullable<PendingCommit['statements']>[number][];

/** A stored entry that changes, and which of its fields. */
export interface PlannedUpdate {
  readonly id: string;
  readonly fields: readonly string[];
}

/** The ids of one kind that a configuration creates, updates and deletes. Entries that are already stored so are left out. */
export interface KindPlan {
  readonly create: readonly string[];
  readonly update: readonly PlannedUpdate[];
  readonly delete: readonly string[];
}

export const NO_CHANGES: KindPlan = { create: [], update: [], delete: [] };

/** Gives every entry an id: its own, or that of its name. */
export const withIds = <T extends { readonly id?: string | undefined; readonly name: string }>(
  entries: readonly T[],
  kind: IdKind,
): (T & { id: string })[] =>
  entries.map((entry) => ({ ...entry, id: entry.id ?? derivedId(entry.name, kind) }));

/** The fields of `after` that differ from `before`. Both are compared as JSON, without regard to the order of keys. */
export const changedFields = (before: object, after: object): string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (field) => sorted(fieldOf(before, field)) !== sorted(fieldOf(after, field)),
  );

const fieldOf = (row: object, field: string): unknown => (row as Readonly<Record<string, unknown>>)[field];

const sorted = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  ) ?? '';

export const prefixPath = (prefix: (string | number)[], error: ValidationError): ValidationError =>
  error.path === undefined ? error : { ...error, path: [...prefix, ...error.path] };
