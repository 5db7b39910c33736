// A page as Markdown and llms.txt: every fact is there, and no text of a person becomes a part of the document.
import { micromark } from 'micromark';
import { describe, expect, test } from 'vitest';
import { llmsText } from '../../../src/http/page-text/llms-text.ts';
import { pageMarkdown } from '../../../src/http/page-text/page-markdown.ts';
import type { PageView } from '../../../src/http/status-page/page-view.ts';
import { renderingOf } from '../../../src/http/status-page/rendering.tsx';
import { everyPageView, HOSTILE } from '../../support/every-page-view.ts';
import { pageView, statusPage } from '../../support/page-view.ts';

const of = (view: PageView) => renderingOf(view, { acceptLanguage: null, noRefresh: false });
const markdown = (view: PageView): string => pageMarkdown(view, of(view));
const view = everyPageView();
const text = markdown(view);

/** What a renderer of CommonMark makes of it. */
const headings = (source: string): string[] =>
  [...micromark(source).matchAll(/<h([1-6])>(.*?)<\/h\1>/g)].map(([, level, words]) => `${level} ${words}`);

describe('the Markdown of a page', () => {
  test('a hostile name and a heading of a person stay text: all headings and links are those of the document', () => {
    expect(headings(text).filter((one) => !one.includes('<a '))).toEqual([
      ...['1 Service status', '2 Open incidents', '2 Maintenance in progress', '2 Services'],
      expect.stringMatching(/^3 &lt;script&gt;.*: Down$/),
      ...['2 Upcoming maintenance', '2 Past 14 days'],
    ]);
    const links = [...micromark(text).matchAll(/href="([^"]*)"/g)].map(([, href]) => href);
    expect(links.every((href) => href?.startsWith('https://status.test/incidents/'))).toBe(true);
    expect(micromark(text, { allowDangerousHtml: true })).not.toMatch(/<(script|b|img)\b/);
  });

  test('names what is measured and what the team says, and gives no figure without data', () => {
    expect(text).toContain('Measured · Investigating');
    expect(text).toContain('From the team · Monitoring');
    expect(text).toMatch(/\*\*New\*\*: .*No data/);
    expect(text).toMatch(/\*\*Web shop\*\*: Operational\. .*99\.98% uptime in 90 days/);
    expect(text).toContain('2026-11-26 09:55 UTC, Monitoring:\n\n> A fix \\<b\\>works\\</b\\>.');
  });

  test('a page without services is a document as well', () => {
    expect(markdown(pageView({ groups: [], checkedAt: null, since: null, incidents: [] }))).toMatch(
      /^# Service status\n\n\*\*/,
    );
  });

  test('is in the language of the page', () => {
    expect(markdown(everyPageView({ page: statusPage({ language: 'de' }) }))).toContain('## Dienste');
  });

  test('names the places where a service fails', () => {
    const failing = pageView();
    const [first] = failing.groups[0]!.components;
    const partial = {
      ...first!,
      failingLocations: ['aws:sa-east-1'],
      monitor: { ...first!.monitor!, condition: 'partial' as const, failing: 1, passing: 5 },
    };
    const shown = markdown({ ...failing, groups: [{ ...failing.groups[0]!, components: [partial] }] });
    expect(shown).toContain('São Paulo: 1 of 6 locations failing');
  });
});

describe('llms.txt', () => {
  const llms = llmsText(view, of(view), null);

  test('has a title, a summary as a quote, and sections of links, as llmstxt.org says', () => {
    const lines = llms.split('\n');
    expect(lines[0]).toBe('# Service status');
    expect(lines[2]).toMatch(/^> Major outage/);
    expect(headings(llms)).toEqual(['1 Service status', '2 Status', '2 Changes']);
    expect(llms).not.toContain(HOSTILE);
    for (const line of lines.filter((one) => one.startsWith('- ')))
      expect(line).toMatch(/^- \[[^\]]+\]\(https:\/\/status\.test\/[^)?]+\): .+/);
  });

  test('its links have the key of a page with a password', () => {
    expect(llmsText(view, of(view), 'a b')).toContain('(https://status.test/index.md?key=a%20b)');
  });
});
