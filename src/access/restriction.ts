// Owns what a restriction by tag lets a person or a key see and change. One rule for reads and writes: what is outside does
// not exist. Pure.
import { hasTag, type Tags, tagName } from '../tags.ts';

/**
 * Tag expressions, each `name` or `name:value`: what has one of them is inside. Null: everything is inside. An empty list
 * has nothing inside.
 */
export type Restriction = readonly string[] | null;

/** Something that has tags: a monitor or a channel. */
export interface Tagged {
  readonly tags: Tags;
}

export const isInside = (restriction: Restriction, { tags }: Tagged): boolean =>
  restriction === null || restriction.some((expression) => hasTag(tags, expression));

/** The part of a window that decides whom it concerns. */
interface Scope {
  readonly monitors: 'all' | readonly string[];
  readonly tags: readonly string[];
}

/**
 * Whether a window concerns nothing outside. `insideIds` are the monitors inside. A window that covers nothing belongs to
 * no team, so it is outside. A tag is inside if the restriction has it, or has its name alone.
 */
export function isScopeInside(
  restriction: Restriction,
  { monitors, tags }: Scope,
  insideIds: ReadonlySet<string>,
): boolean {
  if (restriction === null) return true;
  if (monitors === 'all' || monitors.length + tags.length === 0) return false;
  return (
    monitors.every((id) => insideIds.has(id)) &&
    tags.every((tag) => restriction.includes(tag) || restriction.includes(tagName(tag)))
  );
}

/** Names of the tags that decide what a restricted caller sees: those of all restrictions. Only admins change their values. */
export const restrictingNames = (restrictions: Iterable<Restriction>): ReadonlySet<string> =>
  new Set([...restrictions].flatMap((one) => (one ?? []).map(tagName)));

/** Names among `names` whose value differs between two sets of tags, in the order of the names. */
export const changedNames = (before: Tags, after: Tags, names: ReadonlySet<string>): string[] =>
  [...names].filter((name) => tagValue(before, name) !== tagValue(after, name)).toSorted();

const tagValue = (tags: Tags, name: string): string | undefined =>
  Object.hasOwn(tags, name) ? tags[name] : undefined;

/** References outside that an entry has already stay when a caller who cannot see them writes the list. */
export const keepOutside = (
  restriction: Restriction,
  stored: readonly string[],
  written: readonly string[],
  isIdInside: (id: string) => boolean,
): string[] =>
  restriction === null
    ? [...written]
    : [...written, ...stored.filter((id) => !isIdInside(id) && !written.includes(id))];
