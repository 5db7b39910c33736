// Owns `llms.txt` of a status page (https://llmstxt.org): what it is, its state now, and where a program reads more. Pure.
import { headlineOf } from '../status-page/headline.ts';
import type { PageView } from '../status-page/page-view.ts';
import { type Rendering, titleOf } from '../status-page/rendering.tsx';
import { escapeMarkdown } from './page-markdown.ts';

/** `key` is that of a page with a password: the addresses work for a program that has it. */
export function llmsText(view: PageView, of: Rendering, key: string | null): string {
  const { words, detail } = headlineOf(view, of.texts);
  const query = key === null ? '' : `?key=${encodeURIComponent(key)}`;
  const link = (name: string, path: string, about: string): string =>
    `- [${name}](${view.url}${path}${query}): ${about}`;
  const measured = view.checkedAt === null ? 'not yet' : new Date(view.checkedAt).toISOString();
  return `${[
    `# ${escapeMarkdown(titleOf(of))}`,
    `> ${escapeMarkdown(detail === '' ? words : `${words}. ${detail}`)}`,
    `Newest check: ${measured}. "Measured" is what ${view.locationCount === 0 ? 'jobs reported' : `probes in ${view.locationCount} locations saw`}, "From the team" is what people wrote. No data means that the status is unknown, not that all is well.`,
    '## Status',
    [
      link('Status as Markdown', '/index.md', 'services, incidents and maintenance now, and of 14 days'),
      link(
        'Status as JSON',
        '/api/v2/summary.json',
        'the same in the format of the Statuspage API, version 2',
      ),
    ].join('\n'),
    '## Changes',
    [
      link('Incidents', '/api/v2/incidents.json', 'with every update'),
      link('Atom feed', '/feed.atom', 'incidents and maintenance'),
      link('Maintenance calendar', '/maintenance.ics', 'iCalendar'),
    ].join('\n'),
  ].join('\n\n')}\n`;
}
