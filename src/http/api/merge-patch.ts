// Owns RFC 7396, JSON Merge Patch: how an update merges with what is stored. Pure.

type Fields = Readonly<Record<string, unknown>>;

/** `stored` with `patch` applied: null removes a member, an object merges, and everything else replaces. */
export function mergePatch(stored: Fields, patch: Fields): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...stored };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else if (isFields(value)) merged[name] = mergePatch(isFields(merged[name]) ? merged[name] : {}, value);
    else if (value !== undefined) merged[name] = value;
  }
  return merged;
}

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
