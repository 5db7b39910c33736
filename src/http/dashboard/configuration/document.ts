// Owns a configuration that a person edits as text: reading it, the line of each mistake, and what differs from what is
// stored. Does not apply it.
import { structuredPatch } from 'diff';
import { type Document, isCollection, isNode, type LineCounter } from 'yaml';
import { parseYaml } from '../../../configuration/parse-yaml.ts';
import { writeYaml } from '../../../configuration/write-yaml.ts';
import { err, ok, type Result } from '../../../result.ts';
import type { FormErrors } from '../form.tsx';

export interface LineMistake {
  /** From 1. Null: the whole document. */
  readonly line: number | null;
  readonly path: string;
  readonly message: string;
}

export interface ReadDocument {
  readonly value: unknown;
  /** The mistakes that the API found, each with the line of its field. */
  mistakes(errors: FormErrors): readonly LineMistake[];
}

export function readDocument(text: string): Result<ReadDocument, LineMistake> {
  const { document, lines, content } = parseYaml(text);
  if ('message' in content)
    return err({ line: lines.linePos(content.offset).line, path: '', message: content.message });
  return ok({
    value: content.value ?? {},
    mistakes: (errors) =>
      Object.entries(errors).map(([path, message]) => ({
        line: path === 'form' ? null : lineOf(document, lines, path),
        path: path === 'form' ? '' : path,
        message: message ?? '',
      })),
  });
}

/** The line of the field, or of the closest one around it: a field that is missing has none. `monitors[2].check.port` */
function lineOf(document: Document, lines: LineCounter, path: string): number | null {
  const keys = path
    .split(/[.[\]]+/)
    .filter((key) => key !== '')
    .map((key) => (/^\d+$/.test(key) ? Number(key) : key));
  for (let length = keys.length; length > 0; length -= 1) {
    const node = document.getIn(keys.slice(0, length), true);
    const offset = isNode(node) ? node.range?.[0] : undefined;
    if (offset !== undefined) return lines.linePos(offset).line;
  }
  return isCollection(document.contents) ? 1 : null;
}

export interface DiffLine {
  readonly kind: 'same' | 'added' | 'removed' | 'skipped';
  readonly text: string;
}

const CONTEXT_LINES = 3;
/** A page that nobody reads to its end. */
export const MAX_DIFF_LINES = 600;

/** What differs between two configurations, as they would be written: formatting and comments do not. */
export function diffOf(stored: unknown, wanted: unknown): readonly DiffLine[] {
  const { hunks } = structuredPatch('stored', 'new', writeYaml(stored), writeYaml(wanted), '', '', {
    context: CONTEXT_LINES,
  });
  return hunks.flatMap(({ lines, oldStart }, index) => [
    ...(index > 0 || oldStart > 1 ? [{ kind: 'skipped', text: `Line ${oldStart}` } as const] : []),
    ...lines
      .filter((line) => !line.startsWith('\\'))
      .map((line): DiffLine => ({ kind: KINDS[line[0]!] ?? 'same', text: line.slice(1) })),
  ]);
}

const KINDS: Readonly<Record<string, DiffLine['kind']>> = { '+': 'added', '-': 'removed' };
