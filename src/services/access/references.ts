// Owns what a restriction means for the ids that an entry has: which are shown, which may be written, and which stay. Pure.
// Does not find the entries that the ids name.
import type { Caller } from '../../access/caller.ts';
import { isInside, keepOutside, type Restriction, type Tagged } from '../../access/restriction.ts';
import type { ValidationError } from '../../result.ts';

/** Ids of the entries that the restriction shows. */
export const insideIds = (
  restriction: Restriction,
  rows: readonly (Tagged & { readonly id: string })[],
): ReadonlySet<string> => new Set(rows.flatMap((row) => (isInside(restriction, row) ? [row.id] : [])));

/** The entry, if the restriction shows it. What is outside is answered like what was never there. */
export const ifInside = <T extends Tagged>(restriction: Restriction, row: T | null | undefined): T | null =>
  row && isInside(restriction, row) ? row : null;

/** What a list of ids, "all" or "default" shows. */
export const shownIds = <L extends 'all' | 'default' | readonly string[]>(
  restriction: Restriction,
  list: L,
  inside: ReadonlySet<string>,
): L =>
  restriction === null || typeof list === 'string'
    ? list
    : ((list as readonly string[]).filter((id) => inside.has(id)) as unknown as L);

const NOUNS = { monitor: 'Monitor', channel: 'Channel', schedule: 'Schedule', page: 'Status page' } as const;

/** What a list of ids names, and where the list is in the request. */
export interface ReferenceList {
  readonly kind: keyof typeof NOUNS;
  readonly path: readonly (string | number)[];
}

/** The same words for an id that does not exist and for one that the caller cannot see. */
export const unknownReference = (kind: ReferenceList['kind'], id: string): string =>
  `${NOUNS[kind]} "${id}" does not exist. Create it first.`;

/** Ids are unique in the whole mesh. The message does not offer an entry that the caller cannot see. */
export const takenId = (kind: string, id: string, isShown: boolean): string =>
  isShown
    ? `A ${kind} with the id "${id}" exists. Choose another id, or update that ${kind}.`
    : `The id "${id}" is taken. Choose another id.`;

/**
 * The list to store when a caller writes `written` over `stored` (null: a new entry). A caller with a restriction cannot
 * name what is outside, or everything. Ids outside that are stored stay: the caller has not seen them. A caller without a
 * restriction may write anything, and the rules of the entry apply.
 */
export function writeReferences<L extends 'all' | 'default' | readonly string[]>(
  { restriction }: Pick<Caller, 'restriction'>,
  { kind, path }: ReferenceList,
  written: L,
  stored: L | null,
  inside: ReadonlySet<string>,
): { readonly list: L } | { readonly error: ValidationError } {
  if (restriction === null) return { list: written };
  if (written === 'default') return { list: written };
  if (written === 'all')
    return stored === 'all' ? { list: written } : { error: allError(restriction, kind, path) };
  const ids = written as readonly string[];
  const index = ids.findIndex((id) => !inside.has(id));
  if (index >= 0)
    return {
      error: { kind: 'not_found', path: [...path, index], message: unknownReference(kind, ids[index]!) },
    };
  if (stored === null || typeof stored === 'string') return { list: written };
  const before = stored as readonly string[];
  // The order of a list that did not change stays too.
  if (JSON.stringify(shownIds(restriction, before, inside)) === JSON.stringify(ids)) return { list: stored };
  return { list: keepOutside(restriction, before, ids, (id) => inside.has(id)) as unknown as L };
}

const allError = (
  restriction: readonly string[],
  kind: ReferenceList['kind'],
  path: ReferenceList['path'],
): ValidationError => ({
  kind: 'invalid',
  path,
  message: `Your access is restricted to ${describeRestriction(restriction)}. List ${kind}s instead of "all".`,
});

/** For sentences: `team:shop, stage`. */
export const describeRestriction = (restriction: readonly string[]): string =>
  restriction.join(', ') || 'nothing';
