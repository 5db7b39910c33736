// Owns where the Markdown of people is put into a page. src/markdown.ts makes it harmless.
import { raw } from 'hono/html';
import { markdownToHtml } from '../../markdown.ts';

export const Prose = ({ markdown }: { markdown: string }) => (
  <div class="prose">{raw(markdownToHtml(markdown))}</div>
);
