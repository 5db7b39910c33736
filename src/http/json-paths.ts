// Owns the search for a value or a name in a JSON text, at any depth. Does not parse bodies for the routes.

type Path = readonly (string | number)[];

interface Node {
  readonly value: unknown;
  readonly key: string | number;
  readonly parent: Node | null;
}

const MAX_REPORTED = 10;
const MAX_PATH_PARTS = 50;

/** The paths of values that match. None in a text that is not JSON: the route's validation rejects it. */
export function pathsWhere(text: string, matches: (value: unknown) => boolean): Path[] {
  const found: Path[] = [];
  // Iterative: a body of 1 MB can be nested deeper than the stack.
  const open: Node[] = [{ value: parseOrNull(text), key: '', parent: null }];
  for (let node = open.pop(); node && found.length < MAX_REPORTED; node = open.pop()) {
    const { value } = node;
    if (matches(value)) found.push(pathOf(node));
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, child] of Object.entries(value))
      open.push({ value: child, key: Array.isArray(value) ? Number(key) : key, parent: node });
  }
  return found;
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The end of a path that is longer than any document of the API. */
function pathOf(node: Node): Path {
  const path: (string | number)[] = [];
  for (let at = node; at.parent && path.length < MAX_PATH_PARTS; at = at.parent) path.unshift(at.key);
  return path;
}
