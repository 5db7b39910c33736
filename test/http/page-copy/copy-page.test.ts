// The form `copy` of a page, from views: it loads nothing, runs nothing, counts nothing up to now, and calls nothing green.
import { describe, expect, test } from 'vitest';
import { pageCopy } from '../../../src/http/page-copy/page-copy.ts';
import type { PageView } from '../../../src/http/status-page/page-view.ts';
import { type PageCopy, readPageCopy } from '../../../src/status-pages/copy/page-copy.ts';
import { fill } from '../../../src/status-pages/copy/template.ts';
import { everyPageView, HOSTILE } from '../../support/every-page-view.ts';
import {
  component,
  group,
  MINUTE_MS,
  measuredIncident,
  NOW,
  pageView,
  statusPage,
} from '../../support/page-view.ts';
import { STATUSPAGE_DOCUMENTS } from '../../support/vendors/statuspage.ts';

const copyOf = (view: PageView, mark = crypto.randomUUID()): PageCopy =>
  pageCopy(view, 'https://status.test', mark);

const VALUES = {
  ...{ taken: NOW, confirmed: NOW, since: NOW + MINUTE_MS, place: 'Frankfurt (eu-central-1)' },
  style: '/* the style of the page */',
};

function htmlOf(view: PageView, form: 'well' | 'silent', file = 'index.html'): string {
  const copy = copyOf(view);
  const document = copy.documents.find((one) => one.file === file);
  return fill(document![form], VALUES, copy.timeZone);
}

const words = (html: string): string =>
  html
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

const FORMS = ['well', 'silent'] as const;

describe.each(FORMS)('a copy while the coordinator is %s', (form) => {
  test('has no script, no form, nothing that loads, and no address that is not absolute or another copy', () => {
    for (const file of ['index.html', 'index.de.html']) {
      const html = htmlOf(everyPageView(), form, file);
      expect(html).not.toMatch(
        /<(script|iframe|img|object|embed|form|input|base|video|audio|link rel="stylesheet)/i,
      );
      expect(html).not.toMatch(/http-equiv|srcset|\son\w+=/i);
      const addresses = [...html.matchAll(/\s(?:href|src|action|poster|data)="([^"]*)"/g)].map(
        ([, one]) => one!,
      );
      expect(addresses.length).toBeGreaterThan(8);
      for (const address of addresses)
        expect(address).toMatch(
          /^(https:\/\/status\.test\/|https:\/\/status\.test$|data:image\/svg|#content$|index(\.de)?\.html$)/,
        );
      // Shared by the documents, and checked when it is filled in.
      expect(copyOf(everyPageView()).style).not.toMatch(/url\(|@import|<\//i);
    }
  });

  test('names no state in green, whatever the page shows', () => {
    for (const view of [everyPageView(), pageView()])
      expect(htmlOf(view, form)).not.toMatch(/class="[^"]*\bgood\b|var\(--(good|up)/);
  });

  test('counts no time up to now: every time has a date and a zone', () => {
    const shown = words(htmlOf(everyPageView(), form));
    expect(shown).not.toMatch(/\bago\b|ongoing|\bfor \d+ (s|min|h|d)\b|Today|refreshes/i);
    for (const [clock] of shown.matchAll(/\d{1,2} \w{3} \d{4}, \d\d:\d\d.{0,4}/g))
      expect(clock).toMatch(/ UTC/);
  });

  test('a name of a person is text, also where it looks like a slot or ends the style', () => {
    const hostile = `</style></title><script>x</script> taken@iso \uE000 \uE001 ${HOSTILE}`;
    const html = htmlOf(
      everyPageView({
        page: statusPage({}, { title: hostile }),
        groups: [group(hostile, [component({ name: hostile })])],
      }),
      form,
    );
    expect(html).not.toMatch(/<script|<\/style><\/title>/);
    expect(html.match(/<\/style>/g)).toHaveLength(1);
    expect(html.match(/<\/title>/g)).toHaveLength(1);
    expect(words(html)).toContain('taken@iso');
  });

  test('is not for search engines, and names the page as the original', () => {
    const html = htmlOf(everyPageView(), form);
    expect(html).toContain('<meta name="robots" content="noindex"/>');
    expect(html).toContain('<link rel="canonical" href="https://status.test/"/>');
  });
});

describe('while the coordinator answers', () => {
  test('the copy names the page, and the time of every state', () => {
    const shown = words(htmlOf(pageView(), 'well'));
    expect(shown).toContain('Copy of https://status.test , taken at 26 Nov 2026, 10:00 UTC .');
    expect(shown).toContain('As of 26 Nov 2026, 10:00 UTC : All systems operational');
    expect(shown).toMatch(
      /Web shop Operational Reachable from 6 of 6 locations As of 26 Nov 2026, 10:00 UTC/,
    );
  });

  test('two copies of the same page differ only in their times', () => {
    const first = copyOf(everyPageView());
    const later = copyOf(everyPageView({ now: NOW + MINUTE_MS, checkedAt: NOW + MINUTE_MS }));
    expect(later.documents).toEqual(first.documents);
    expect(later.takenAt).not.toBe(first.takenAt);
  });

  test('the times are those of the page: its language and its zone', () => {
    const page = statusPage({ language: 'de', timeZone: 'Europe/Berlin' });
    const copy = copyOf(pageView({ page }));
    expect(copy.documents.map(({ file }) => file)).toEqual(['index.html']);
    const shown = words(htmlOf(pageView({ page }), 'well'));
    expect(shown).toContain('Stand 26. Nov. 2026, 11:00 MEZ : Alle Systeme in Betrieb');
  });

  test('the address is that of the page, not the one that the watchdog asked', () => {
    const page = statusPage({}, { id: 'eu', host: 'status.acme.test' });
    const html = fill(
      copyOf(pageView({ page, url: 'https://mesh.workers.test' })).documents[0]!.well,
      VALUES,
      'UTC',
    );
    expect(html).toContain('<link rel="canonical" href="https://status.acme.test/"/>');
    expect(html).toContain('href="https://status.acme.test/monitors/shop"');
  });
});

describe('while it is silent', () => {
  test('the headline is that there is no current data, in every language of the page, with what was last confirmed', () => {
    const shown = words(htmlOf(pageView(), 'silent'));
    expect(shown).toMatch(/^ ?No current data – Service status/);
    expect(shown).toContain('Last confirmed at 26 Nov 2026, 10:00 UTC , from Frankfurt (eu-central-1).');
    expect(shown).toContain('The monitoring itself is unreachable, since 26 Nov 2026, 10:01 UTC');
    expect(shown).toContain('Last known: All systems operational, at 26 Nov 2026, 10:00 UTC');
    expect(shown).toContain(
      'Keine aktuellen Daten. Zuletzt bestätigt: 26. Nov. 2026, 10:00 UTC , von Frankfurt',
    );
  });

  test('a state is what was last known, and never the state of the service', () => {
    const shown = words(htmlOf(everyPageView(), 'silent'));
    expect(shown).toContain('Web shop No data Last known: Operational, at 26 Nov 2026, 10:00 UTC');
    expect(shown).toContain('Mail No data Last known: Partial outage, at');
    expect(shown).not.toMatch(/Operational(?!, at)/);
  });

  test('an open incident is one that was open, and does not go on', () => {
    const view = pageView({ state: 'major_outage', incidents: [measuredIncident()] });
    const shown = words(htmlOf(view, 'silent'));
    expect(shown).toContain('Incidents that were open when last confirmed');
    expect(shown).toMatch(/Web shop was down/);
    expect(shown).not.toMatch(/Web shop is down/);
  });

  test.each([
    ['operational', 'minor'],
    ['maintenance', 'minor'],
    ['no_data', 'minor'],
    ['degraded', 'minor'],
    ['partial_outage', 'major'],
    ['major_outage', 'critical'],
  ] as const)(
    'a page that was %s has the indicator %s, and no component is operational',
    (state, indicator) => {
      const view = everyPageView({ state });
      const summary = copyOf(view).silentSummary;
      const parsed = STATUSPAGE_DOCUMENTS['summary.json'].parse(summary) as {
        status: { indicator: string };
        components: { status: string }[];
      };
      expect(parsed.status.indicator).toBe(indicator);
      expect(parsed.components.map(({ status }) => status)).not.toContain('operational');
    },
  );
});

test('a page of 1,000 services, each with a long name and an incident, is a copy that the watchdog takes', () => {
  const name = `${HOSTILE} ${'x'.repeat(100)}`;
  const many = Array.from({ length: 1_000 }, (_, index) => index);
  const view = pageView({
    groups: [
      group(
        null,
        many.map((index) => component({ id: `m-${index}`, name })),
      ),
    ],
    incidents: many.slice(0, 100).map((index) => measuredIncident({ id: `i-${index}`, monitorName: name })),
  });
  const copy = copyOf(view);
  expect(JSON.stringify(copy).length).toBeLessThan(8_000_000);
  expect(fill(copy.documents[0]!.silent, VALUES, 'UTC').match(/Last known: /g)).toHaveLength(1_001);
});

describe('what the watchdog accepts', () => {
  test('a copy survives JSON', () => {
    const copy = copyOf(everyPageView());
    expect(readPageCopy(JSON.parse(JSON.stringify(copy)))).toEqual(copy);
  });

  test.each([
    ['nothing', null],
    ['another version', { ...copyOf(pageView()), version: 2 }],
    ['no document', { ...copyOf(pageView()), documents: [] }],
    [
      'a file elsewhere',
      { ...copyOf(pageView()), documents: [{ file: '../x.html', well: [''], silent: [''] }] },
    ],
    [
      'half a template',
      { ...copyOf(pageView()), documents: [{ file: 'index.html', well: ['', 'a'], silent: [''] }] },
    ],
    ['no time', { ...copyOf(pageView()), takenAt: 'soon' }],
  ])('%s is not a copy', (_, value) => {
    expect(readPageCopy(value)).toBeNull();
  });

  test.each(['unknown', 'taken', 'toString@iso'])(
    'a slot "%s" that it does not know is not filled in',
    (slot) => {
      expect(() => fill(['a', slot, 'b'], VALUES, 'UTC')).toThrow(/unknown slot/);
    },
  );

  test.each(['</style>', '@import "x"', 'a{background:url(x)}'])(
    'the stylesheet %s is not written',
    (style) => {
      expect(() => fill(['a', 'style', 'b'], { ...VALUES, style }, 'UTC')).toThrow(/stylesheet/);
    },
  );
});
