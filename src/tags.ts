// Owns what a tag expression matches. Pure. Imports nothing of ours.

/** Tags of a monitor or a channel: values by name. */
export type Tags = Readonly<Record<string, string>>;

/** `wanted` is a tag's `name`, which any value matches, or `name:value`. */
export function hasTag(tags: Tags, wanted: string): boolean {
  const name = tagName(wanted);
  if (!Object.hasOwn(tags, name)) return false;
  return name === wanted || tags[name] === wanted.slice(name.length + 1);
}

/** The name of a tag has no colon. */
export const tagName = (expression: string): string => expression.split(':', 1)[0]!;
