// Owns YAML: parses one document with merge keys, and words its first mistake in one line. Does not know any field.

import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import { keepYamlNumbers } from './yaml-numbers.ts';

export interface SyntaxMistake {
  /** In characters from the beginning of the text. */
  readonly offset: number;
  readonly message: string;
}

export interface ParsedYaml {
  readonly document: Document;
  readonly lines: LineCounter;
  /** The document as plain values, or its first mistake: the rest follow from it. */
  readonly content: { readonly value: unknown } | SyntaxMistake;
}

/**
 * How often all anchors together may be repeated. Ten thousand monitors share a dozen; a document that repeats itself
 * exponentially has more.
 */
const MAX_ALIASES = 200_000;

export function parseYaml(text: string): ParsedYaml {
  const lines = new LineCounter();
  // `merge`: "<<" takes over the fields of an anchor, as in YAML 1.1.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const [first] = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0]);
  if (first) return { document, lines, content: { offset: first.pos[0], message: wordingOf(first, text) } };
  keepYamlNumbers(document);
  return { document, lines, content: unknownAlias(document) ?? badMerge(document) ?? plainValue(document) };
}

function unknownAlias(document: Document): SyntaxMistake | null {
  let found: SyntaxMistake | null = null;
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document)) return undefined;
      const message = `The anchor "&${alias.source}" does not exist above this line. Define it first, or quote the text.`;
      found = { offset: alias.range?.[0] ?? 0, message };
      return visit.BREAK;
    },
  });
  return found;
}

/** A merge key whose value is no map, and no list of maps. */
function badMerge(document: Document): SyntaxMistake | null {
  let found: SyntaxMistake | null = null;
  visit(document, {
    Pair(_, { key, value }) {
      if (!isScalar(key) || !isMergeKey(key.value)) return undefined;
      const sources = isSeq(value) ? value.items : [value];
      if (sources.every((source) => isMap(isAlias(source) ? source.resolve(document) : source)))
        return undefined;
      const message =
        '"<<" takes over the fields of an anchor, or of a list of anchors, that have fields. Remove it, or correct the anchor.';
      found = { offset: key.range?.[0] ?? 0, message };
      return visit.BREAK;
    },
  });
  return found;
}

/** The library reads the key as a symbol. */
const isMergeKey = (key: unknown): boolean =>
  key === '<<' || (typeof key === 'symbol' && key.description === '<<');

function plainValue(document: Document): ParsedYaml['content'] {
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    // Throws for an anchor inside itself. A large document is refused before its copies take memory.
    if (JSON.stringify(value ?? null).length > MAX_LENGTH)
      return {
        offset: 0,
        message: 'With its aliases repeated, the document is larger than 30 MB. Repeat fewer.',
      };
    return { value };
  } catch (error) {
    const message = /alias count/i.test((error as Error).message)
      ? 'The aliases of this document repeat each other too often. Write the parts out.'
      : /circular/i.test((error as Error).message)
        ? 'An anchor contains itself. Remove the alias inside it.'
        : `${(error as Error).message.split('\n')[0]}.`;
    return { offset: 0, message };
  }
}

/** In characters, of the document as JSON. */
const MAX_LENGTH = 30_000_000;

const INDENT = 'The indentation is wrong: fields of one entry begin in the same column.';

const WORDING: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  BAD_INDENT: INDENT,
  TAB_AS_INDENT: 'YAML is indented with spaces. Replace the tab.',
  MULTILINE_IMPLICIT_KEY: 'A ":" is missing on this line, or its indentation is wrong.',
  BLOCK_AS_IMPLICIT_KEY: 'Put quotes around a text that has ": " in it, or correct the indentation.',
  MULTIPLE_DOCS: 'The file has several documents, separated by "---". Write one.',
  TAG_RESOLVE_FAILED: 'Tags such as "!name" are not supported. Remove the tag, or quote the text.',
};

function wordingOf({ code, message, pos }: YAMLError, text: string): string {
  const [line = ''] = message.split('\n');
  if (code === 'DUPLICATE_KEY') {
    const key = /^[\w-]+/.exec(text.slice(pos[0]))?.[0] ?? '';
    return `The field "${key}" is already written above, in the same entry. Remove one of the two.`;
  }
  if (text.slice(pos[0] - 1, pos[0] + 1) === '${')
    return `Inside { } and [ ], put quotes around a variable: "\${NAME}".`;
  if (line.startsWith('Sequence item without -')) return INDENT;
  const [, open] = /^Flow (map|sequence)/.exec(line) ?? [];
  if (open === 'map') return 'A "{" above is not closed before this line. Close it with "}".';
  if (open === 'sequence') return 'A "[" above is not closed before this line. Close it with "]".';
  const [, quote] = /^Missing closing (["'])quote/.exec(line) ?? [];
  if (quote) return `A text that begins with ${quote} is not closed. Add ${quote} at its end.`;
  const [, first] = /^Plain value cannot start with .*character (.)/.exec(line) ?? [];
  if (first) return `Put quotes around a text that begins with "${first}".`;
  return WORDING[code] ?? `${line}.`;
}
