// Owns the blocks of code in the documents: their language, what they claim to be, and their text. Validates nothing.
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

export interface Block {
  /** `docs/guide/webhooks.md:94`, the line of the fence. */
  readonly place: string;
  readonly document: string;
  /** `json` of "```json webhook". Empty without one. */
  readonly language: string;
  /** `webhook` of "```json webhook". Empty without one. */
  readonly kind: string;
  readonly text: string;
}

export interface TextDocument {
  readonly name: string;
  readonly text: string;
}

export const documents: readonly TextDocument[] = globSync(
  ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs/**/*.md', 'examples/**/*.md'],
  { cwd: ROOT },
)
  .toSorted()
  .map((name) => ({ name, text: readFileSync(`${ROOT}/${name}`, 'utf8') }));

export function blocksOf({ name, text }: TextDocument): Block[] {
  const fences = /^([ \t]*)(`{3,}|~{3,})([^\n`]*)\n([\s\S]*?)^\1\2[ \t]*$/gm;
  return [...text.matchAll(fences)].map(({ index, 3: info = '', 4: content = '' }) => {
    const [language = '', ...rest] = info.trim().split(/\s+/);
    const line = text.slice(0, index).split('\n').length;
    return { place: `${name}:${line}`, document: name, language, kind: rest.join(' '), text: content };
  });
}

/** The JSON values of a text, one after the other. Throws if the rest is not JSON. */
export function jsonValues(text: string): unknown[] {
  const values: unknown[] = [];
  let waiting = '';
  for (const line of text.split('\n')) {
    waiting += `${line}\n`;
    if (waiting.trim() === '') continue;
    try {
      values.push(JSON.parse(waiting));
      waiting = '';
    } catch {
      // The value goes on in the next line.
    }
  }
  if (waiting.trim() !== '') throw new Error(`not valid JSON: ${waiting.trim().slice(0, 200)}`);
  return values;
}
