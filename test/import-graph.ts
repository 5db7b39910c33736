// Owns reading which file imports which, and finding circles of imports.
// Does not know the project's layout or its rules: test/architecture.test.ts holds those.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

export interface Import {
  /** A path from the root of the tree, or the name of a package. */
  readonly from: string;
  readonly typeOnly: boolean;
  /** Loaded by `await import(…)`, when the code gets there. */
  readonly lazy: boolean;
}

/** Imports by file; files are paths from the root of the tree. */
export type ImportGraph = ReadonlyMap<string, readonly Import[]>;

const SOURCE = /\.(tsx?|mjs)$/;

/** Every source file below `folder`, as paths from `root`. */
export const sourceFiles = (root: string, folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => SOURCE.test(name) && !name.endsWith('.d.ts'))
    .map((name) => join(folder, name))
    .sort();

export const readGraph = (root: string, folders: readonly string[]): ImportGraph =>
  new Map(
    folders
      .flatMap((folder) => sourceFiles(root, folder))
      .map((file) => [file, importsIn(file, readFileSync(join(root, file), 'utf8'))]),
  );

/** `import … from`, `export … from`, type-only or not, over several lines or one. */
const STATIC = /^(?:import|export)\s+(type\s+)?[\w$*{},\s]+?\s+from\s+['"]([^'"]+)['"]/gm;
const FOR_EFFECT = /^import\s+['"]([^'"]+)['"]/gm;
/** `await import('…')` and the type `import('…').Name`. */
const INLINE = /\bimport\(\s*['"]([^'"]+)['"]\s*\)(\.[A-Z]\w*)?/g;

export function importsIn(file: string, text: string): Import[] {
  const resolve = (from: string): string =>
    from.startsWith('.') ? normalize(join(dirname(file), from)) : from;
  const found: Import[] = [];
  for (const [, type, from = ''] of text.matchAll(STATIC))
    found.push({ from: resolve(from), typeOnly: type !== undefined, lazy: false });
  for (const [, from = ''] of text.matchAll(FOR_EFFECT))
    found.push({ from: resolve(from), typeOnly: false, lazy: false });
  for (const [, from = '', name] of text.matchAll(INLINE))
    found.push({ from: resolve(from), typeOnly: name !== undefined, lazy: name === undefined });
  return found;
}

/**
 * The shortest circle through every import that is part of one, each circle once: `a → b → a`.
 * Type-only imports count. A file that imports itself is a circle of one.
 */
export function importCycles(graph: ImportGraph): string[] {
  const circles = new Set<string>();
  for (const [file, imports] of graph) {
    for (const { from } of imports) {
      const back = shortestPath(graph, from, file);
      if (back) circles.add(asText(back));
    }
  }
  return [...circles].sort();
}

/** From `start` to `end`, both included; undefined if `end` cannot be reached. */
function shortestPath(graph: ImportGraph, start: string, end: string): string[] | undefined {
  const cameFrom = new Map<string, string | undefined>([[start, undefined]]);
  for (const file of cameFrom.keys()) {
    if (file === end) {
      const path: string[] = [];
      for (let at: string | undefined = file; at !== undefined; at = cameFrom.get(at)) path.unshift(at);
      return path;
    }
    for (const { from } of graph.get(file) ?? [])
      if (graph.has(from) && !cameFrom.has(from)) cameFrom.set(from, file);
  }
  return undefined;
}

/** Begins with the file that is first in the alphabet, so that one circle has one text. */
function asText(circle: readonly string[]): string {
  const first = circle.indexOf(circle.toSorted()[0]!);
  const turned = [...circle.slice(first), ...circle.slice(0, first)];
  return [...turned, turned[0]!].join(' → ');
}
