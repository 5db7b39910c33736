// Owns where the Markdown of people is put into a page, and the levels of its headings. src/markdown.ts makes it harmless.
import { raw } from 'hono/html';
import { markdownToHtml } from '../../markdown.ts';

interface ProseProps {
  readonly markdown: string;
  /** The level of the heading above. */
  readonly below: number;
}

export const Prose = ({ markdown, below }: ProseProps) => (
  <div class="prose">{raw(nested(markdownToHtml(markdown), below))}</div>
);

/** The highest level of a heading that src/markdown.ts writes. */
const HIGHEST = 4;
const LOWEST = 6;

/** People begin with any level. For readers with a screen reader, none is left out (WCAG 2.2, technique G141). */
function nested(html: string, below: number): string {
  let level = below;
  // Only tags have this sign: it is escaped in every text.
  return html.replace(/<(\/?)h([456])>/g, (_, end: string, written: string) => {
    if (end === '') level = Math.min(Number(written) - HIGHEST + below + 1, level + 1, LOWEST);
    return `<${end}h${level}>`;
  });
}
