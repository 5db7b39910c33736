// The HTML of a status page: the order of its parts, both sources by name, languages, weight, and texts of people as text.
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { ArchivePage } from '../../../src/http/status-page/archive-page.tsx';
import { IncidentPage } from '../../../src/http/status-page/incident-page.tsx';
import { MonitorPage } from '../../../src/http/status-page/monitor-page.tsx';
import type { MonitorPageView } from '../../../src/http/status-page/monitor-page-view.ts';
import type { PageView } from '../../../src/http/status-page/page-view.ts';
import { renderingOf } from '../../../src/http/status-page/rendering.tsx';
import { StatusPage } from '../../../src/http/status-page/status-page.tsx';
import type { MonitorView } from '../../../src/http/status-page/status-view.ts';
import { en } from '../../../src/status-pages/languages/en.ts';
import { LANGUAGES } from '../../../src/status-pages/languages/index.ts';
import type { StatusPage as Page } from '../../../src/status-pages/model.ts';
import {
  barsOf,
  component,
  group,
  incidentRow,
  LOCATIONS,
  MINUTE_MS,
  measuredIncident,
  NOW,
  pageView,
  saidIncident,
  staticComponent,
  statusPage,
  update,
} from '../../support/page-view.ts';

const HOUR = 60 * MINUTE_MS;
const DAY = 24 * HOUR;
const renderingFor = (page: Page, language = 'en', base = '') =>
  renderingOf(pageView({ page, base }), { acceptLanguage: language, noRefresh: false });
const html = (view: PageView, language?: string): string =>
  String(
    StatusPage({ view, of: renderingFor(view.page, language, view.base), publicUrl: 'https://status.test' }),
  );
const textOf = (markup: string): string =>
  markup
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .replace(/ (?=[.,])/g, '')
    .trim();
const headingsOf = (markup: string): string[] =>
  [...markup.matchAll(/<(?:h1|h2)[^>]*>(.*?)<\/(?:h1|h2)>/g)].map(([, text]) => textOf(text!));

const DOWN: Partial<MonitorView> = {
  condition: 'down',
  verdict: 'down',
  incidentVerdict: 'down',
  failing: 6,
  passing: 0,
};
const PARTIAL: Partial<MonitorView> = {
  ...{ condition: 'partial', verdict: 'partial', incidentVerdict: 'partial', failing: 2, passing: 4 },
};

/** Every part of a page. */
const full = pageView({
  state: 'major_outage',
  announcements: [
    { id: 'a1', title: 'New data centre', body: 'We **move**.', startsAt: NOW - DAY, endsAt: NOW + DAY },
  ],
  groups: [
    group(null, [component(DOWN)]),
    group(
      'Platform',
      [component({ ...PARTIAL, id: 'api', name: 'API' }, { failingLocations: LOCATIONS.slice(5) })],
      {
        state: 'partial_outage',
      },
    ),
    group('Quiet', [component({ id: 'db', name: 'Database' }), staticComponent()], { collapsed: true }),
  ],
  incidents: [
    saidIncident({ sources: ['probes', 'people'], measured: [incidentRow()], impact: 'major' }),
    measuredIncident({ id: 'inc_2', state: 'resolved', startedAt: NOW - 3 * DAY, resolvedAt: NOW - 2 * DAY }),
  ],
  maintenances: [
    { id: 'w1', name: 'Upgrade', monitors: ['api'], startsAt: NOW - HOUR, endsAt: NOW + HOUR },
    { id: 'w2', name: 'Backup', monitors: ['db'], startsAt: NOW + HOUR, endsAt: NOW + 2 * HOUR },
  ],
});

test('the parts of the page are in order: announcement, banner, incidents, maintenance, services, plans, past', () => {
  expect(headingsOf(html(full))).toEqual([
    ...['New data centre', 'Major outage', 'Open incidents', 'Maintenance in progress', 'Services'],
    ...['Upcoming maintenance', 'Past 14 days'],
  ]);
});

test('the banner has the state in words, since when, and how fresh it is', () => {
  const text = textOf(html(pageView()));
  expect(text).toContain('All systems operational The service is operational.');
  expect(text).toMatch(/Since 21 Nov 2026, 10:00 UTC · Checked 8 s ago from 6 locations/);
});

test('what probes measure and what people say are both in an incident, each by its source', () => {
  const text = textOf(html(full));
  expect(text).toContain('Payments fail From the team Investigating · 26 Nov 2026, 09:48 UTC');
  expect(text).toContain('We are looking into failed payments');
  expect(text).toContain('Measured Web shop is down. Started 26 Nov 2026, 09:40 UTC, ongoing for 20 min.');
});

test('a partial outage names the places that fail, and a full one only counts them', () => {
  const text = textOf(html(full));
  expect(text).toContain('São Paulo: 2 of 6 locations failing');
  expect(text).toContain('Web shop Down 6 of 6 locations failing');
});

test('groups have their state in words, and are open unless the page collapses them', () => {
  const markup = html(full);
  const groups = [
    ...markup.matchAll(/<details class="group (\w+)"( open="")?>.*?<h3>(.*?)<\/h3>.*?class="state">(.*?)</g),
  ];
  expect(groups.map(([, tone, open, name, state]) => [tone, open !== undefined, name, state])).toEqual([
    ['warn', true, 'Platform', 'Partial outage'],
    ['good', false, 'Quiet', 'Operational'],
  ]);
});

describe('the worse of both sources', () => {
  test('people say worse than probes measure: row, banner and words follow them', () => {
    const view = pageView({
      state: 'major_outage',
      groups: [group(null, [component({}, { said: 'major', state: 'major_outage' })])],
    });
    const markup = html(view);
    expect(markup).toContain('<div class="banner bad">');
    expect(markup).toContain('<li class="bad">');
    expect(textOf(markup)).toContain(
      'Operational Reachable from 6 of 6 locations From the team: Major outage',
    );
    expect(textOf(markup)).toContain('Major outage The service is affected.');
  });

  test('probes measure worse than people say: the outage stays', () => {
    const view = pageView({
      state: 'major_outage',
      groups: [
        group(null, [
          component(DOWN, { said: 'operational', state: 'major_outage' }),
          component({ id: 'mail' }),
        ]),
      ],
    });
    const markup = html(view);
    expect(markup).toContain('<div class="banner bad">');
    expect(markup).toContain('<li class="bad">');
    expect(textOf(markup)).toContain('Major outage 1 of 2 services is affected.');
    expect(textOf(markup)).toContain('Web shop Down 6 of 6 locations failing From the team: Operational');
  });

  test('a component that no probe checks shows what people say, and has no bars', () => {
    const view = pageView({
      state: 'degraded',
      groups: [group(null, [component(), staticComponent({ said: 'degraded', state: 'degraded' })])],
    });
    const markup = html(view);
    expect(textOf(markup)).toContain('Degraded performance 1 of 2 services is degraded.');
    expect(textOf(markup)).toContain('Phone support Degraded');
    expect(markup.split('<fieldset>')).toHaveLength(2);
  });
});

describe('weight and form', () => {
  const fifty = pageView({
    groups: [0, 1, 2, 3, 4].map((number) =>
      group(
        `Group ${number}`,
        Array.from({ length: 10 }, (_, index) =>
          component(
            { id: `service-${number}-${index}`, name: `Service ${number * 10 + index}` },
            {
              bars: barsOf({
                [3 + index]: { down: (7 + index * 13 + number) * MINUTE_MS },
                [(17 + index * 7 + number) % 90]: { partial: (3 + index) * MINUTE_MS },
                [(40 + number * 11 + index) % 90]: { no_data: (1 + index) * HOUR },
                [(60 + number * 3 + index * 2) % 90]: { maintenance: (number + 1) * HOUR },
              }),
            },
          ),
        ),
      ),
    ),
  });

  test('50 services with 90 bars each, four of them with something to say, are at most 12 kB compressed', () => {
    const markup = html(fifty);
    expect(markup.split('<input type=radio').length - 1).toBe(4_500);
    expect(gzipSync(markup).length).toBeLessThanOrEqual(12_000);
  });

  test('a page loads one stylesheet, and has neither script nor style in its HTML', () => {
    const markup = html(full);
    expect(markup.match(/<link rel="stylesheet"/g)).toHaveLength(1);
    expect(markup).not.toMatch(/<script|<style| style="| on[a-z]+="|<img/);
  });

  test('only a logo that the page has is loaded from elsewhere', () => {
    const logoUrl = 'https://cdn.example.test/logo.svg';
    const markup = html(pageView({ page: statusPage({ logoUrl }) }));
    expect(markup.match(/(?:src|srcset)="[^"]*"/g)).toEqual([`src="${logoUrl}"`]);
  });

  test('links of a page begin with its own path', () => {
    const page = statusPage({}, { id: 'acme', title: 'Acme' });
    const markup = html({ ...full, page, base: '/pages/acme' });
    const own = [...markup.matchAll(/href="(\/[^"]*)"/g)].map(([, path]) => path!);
    expect(own.filter((path) => !path.startsWith('/pages/acme') && !path.startsWith('/assets/'))).toEqual([]);
    expect(markup).toContain('<title>Major outage – Acme</title>');
  });

  test('theme, links and the wish for no search engine are of the page', () => {
    const page = statusPage({
      ...{ theme: 'dark', noindex: true, accentColor: '#ffcc00' },
      links: [{ text: 'Help', url: 'https://help.example.test/' }],
    });
    const markup = html(pageView({ page }));
    expect(markup).toContain('<html lang="en" class="dark">');
    expect(markup).toContain('<meta name="robots" content="noindex"/>');
    expect(markup).toContain('<a href="https://help.example.test/" rel="noopener">Help</a>');
    expect(markup).toMatch(/href="\/assets\/probemesh-[0-9a-f]{16}-ffcc00\.css"/);
  });
});

describe('texts of people', () => {
  const EVIL = `<script>alert(1)</script><img src=x onerror="a">&"'`;

  test('names, titles and texts with markup are shown as text, in every part of every page', () => {
    const named = { name: EVIL };
    const incident = saidIncident({
      ...{ title: EVIL, sources: ['probes', 'people'], updates: [update({ body: EVIL })] },
      measured: [incidentRow({ monitorName: EVIL, scope: [EVIL] })],
      components: [{ component: 'monitor:shop', impact: 'major', name: EVIL }],
      postmortem: { at: NOW, body: EVIL },
    });
    const page = statusPage({ links: [{ text: EVIL, url: 'https://a.test/' }] }, { title: EVIL, id: 'x' });
    const view = pageView({
      page,
      announcements: [{ id: 'a', title: EVIL, body: EVIL, startsAt: NOW, endsAt: null }],
      groups: [group(EVIL, [component(named), staticComponent({ ...named, description: EVIL })])],
      incidents: [incident],
      maintenances: [{ id: 'w', name: EVIL, monitors: ['shop'], startsAt: NOW, endsAt: NOW + HOUR }],
    });
    const of = renderingFor(page);
    for (const markup of [
      html(view),
      String(IncidentPage({ incident, unknownSince: () => null, of })),
      String(MonitorPage({ view: monitorPage(component(named)), of })),
      String(
        ArchivePage({
          view: { month: '2026-11', incidents: [incident], earlier: null, later: null },
          ...{ unknownSince: () => null, of },
        }),
      ),
    ]) {
      expect(markup).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
      expect(markup).not.toMatch(/<script|<img/);
    }
  });

  test('a right-to-left name within a sentence is isolated, and others are as they are', () => {
    const name = 'بوابة الدفع';
    const incidents = [measuredIncident({ monitorName: name })];
    expect(html(pageView({ incidents }))).toContain(`\u2068${name}\u2069 is down`);
    expect(html(pageView({ incidents: [measuredIncident()] }))).not.toContain('\u2068');
  });
});

const monitorPage = (
  shown = component(PARTIAL),
  changes: Partial<MonitorPageView> = {},
): MonitorPageView => ({
  ...{ component: shown, stale: false, range: '24h', from: NOW - DAY, to: NOW },
  latency: LOCATIONS.map((location, index) => ({
    ...{ location, points: [40, null, 50 + index], p50: 45.4, p95: 80, p99: 100, uptime: 0.9991 },
  })),
  ...{ incidents: [], maintenances: [], durations: null },
  ...changes,
});

describe('the page of a monitor', () => {
  const pageOf = (view: MonitorPageView, language = 'en') =>
    String(MonitorPage({ view, of: renderingFor(statusPage(), language) }));

  test('has the state, the days in words, and the latency of each place as a line and as figures', () => {
    const bars = barsOf({ 3: { down: 20 * MINUTE_MS }, 9: { no_data: DAY } });
    const markup = pageOf(monitorPage(component(PARTIAL, { bars, failingLocations: ['aws:sa-east-1'] })));
    const text = textOf(markup);
    expect(text).toContain('Partial outage for 5 d São Paulo: 2 of 6 locations failing');
    expect(text).toContain('23 Nov down for 20 min 17 Nov no data');
    expect(text).toContain('Northern Virginia 45 ms 80 ms 100 ms 99.91%');
    expect(markup.match(/<polyline/g)).toHaveLength(12);
    expect(markup).toContain('aria-label="Median response time by location, last 24 hours"');
  });

  test('a page that hides latency has neither chart nor places', () => {
    const markup = pageOf(monitorPage(component(), { latency: null }));
    expect(markup).not.toMatch(/<polyline|Response time|São Paulo/);
  });

  test('without measurements it says so instead of a chart', () => {
    const latency = [
      { location: 'aws:sa-east-1', points: [null], p50: null, p95: null, p99: null, uptime: null },
    ];
    const markup = pageOf(monitorPage(component(), { latency }));
    expect(textOf(markup)).toContain('No response times were measured in this time.');
    expect(textOf(markup)).toContain('São Paulo – – –');
  });
});

describe('the page of an incident', () => {
  const resolved = saidIncident({
    ...{ sources: ['probes', 'people'], status: 'resolved', resolvedAt: NOW },
    updates: [
      update({ id: '3', status: 'resolved', at: NOW, body: 'All works again.' }),
      update({ id: '2', status: 'identified', at: NOW - 5 * MINUTE_MS, body: 'A certificate expired.' }),
      update(),
    ],
    measured: [
      incidentRow({
        ...{ state: 'resolved', resolvedAt: NOW - MINUTE_MS },
        evidence: [
          {
            location: 'aws:sa-east-1',
            vote: 'failing',
            code: 'timeout',
            phase: 'connect',
            detail: '192.0.2.7',
          },
        ],
      } as never),
    ],
    postmortem: { at: NOW, body: 'The renewal job had **no permission**.' },
  });
  const pageOf = (language = 'en') =>
    String(
      IncidentPage({
        incident: resolved,
        unknownSince: () => null,
        of: renderingFor(statusPage(), language),
      }),
    );

  test('has one timeline of both sources, the newest first, each step by its source', () => {
    const steps = [
      ...pageOf().matchAll(/<li class="\w+"><h3>(.*?)<\/h3><p class="note"><span class="source">(.*?)</g),
    ];
    expect(steps.map(([, words, source]) => `${source}: ${words}`)).toEqual([
      'From the team: Resolved',
      'Measured: Recovered',
      'From the team: Identified',
      'From the team: Investigating',
      'Measured: Confirmed by a quorum',
      'Measured: First failure',
    ]);
  });

  test('has the results by place without addresses, and the postmortem', () => {
    const text = textOf(pageOf());
    expect(text).toContain('São Paulo Failing timeout while connecting');
    expect(text).not.toContain('192.0.2.7');
    expect(text).toContain('Postmortem The renewal job had no permission');
  });
});

describe.each(LANGUAGES.filter(({ tag }) => tag !== 'en'))('in the language $tag', ({ tag }) => {
  test('no page has a text of English', () => {
    const stale = pageView({
      ...{ stale: true, state: 'no_data', checkedAt: null, since: null },
      monitoring: {
        status: 'stopped',
        reasons: [{ code: 'ticks_stopped', words: 'Checks are not started.' }],
        hinders: true,
      },
      groups: [
        group(null, [component({ condition: 'stopped', verdict: 'no_data' }, { bars: [], uptime: null })]),
      ],
    });
    const of = renderingFor(statusPage(), tag);
    const markup = [
      html(full, tag),
      html(stale, tag),
      html(pageView(), tag),
      String(IncidentPage({ incident: measuredIncident(), unknownSince: () => NOW, of })),
      String(MonitorPage({ view: monitorPage(), of })),
      String(
        ArchivePage({
          view: { month: '2026-09', incidents: [], earlier: '2026-08', later: '2026-10' },
          ...{ unknownSince: () => null, of },
        }),
      ),
    ].join(' ');
    expect(markup).toContain(`<html lang="${tag}">`);
    const shown = ` ${textOf(markup)} ${[...markup.matchAll(/aria-label="([^"]*)"/g)].map(([, text]) => text).join(' ')} `;
    const english = wordsOf(en).filter((text) => shown.includes(` ${text} `));
    expect(
      english.filter((text) => !wordsOf(LANGUAGES.find((one) => one.tag === tag)).includes(text)),
    ).toEqual([]);
  });
});

/** Texts without values. */
function wordsOf(value: unknown): string[] {
  if (typeof value === 'string') return value.length > 3 ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(wordsOf) : [];
}

test('the links to feed and calendar have the key only of a reader who may read a page with a password', () => {
  const page = statusPage({}, { id: 'team', access: { type: 'password' } });
  const view = pageView({ page, base: '/pages/team' });
  const shown = (feedKey: string | null) => {
    const of = renderingOf(view, { acceptLanguage: 'en', noRefresh: false, feedKey });
    return String(StatusPage({ view, of, publicUrl: 'https://status.test' }));
  };
  const links = (markup: string) =>
    [...markup.matchAll(/href="([^"]*(?:feed|ics)[^"]*)"/g)].map(([, to]) => to);
  expect(links(shown('pk_1'))).toEqual([
    '/pages/team/feed.rss?key=pk_1',
    '/pages/team/feed.rss?key=pk_1',
    '/pages/team/maintenance.ics?key=pk_1',
  ]);
  expect(shown(null)).not.toContain('key=');
});

test('headings of people are below the heading above them, and leave out no level', () => {
  const body = '### Cause\n\n# Repair\n\n### Later';
  const incident = saidIncident({
    updates: [update({ body })],
    postmortem: { at: NOW, body: '## What happened' },
  });
  const markup = String(IncidentPage({ incident, unknownSince: () => null, of: renderingFor(statusPage()) }));
  expect(markup).toContain('<h3>What happened</h3>');
  expect(markup).toMatch(/<h4>Cause<\/h4>.*<h4>Repair<\/h4>.*<h5>Later<\/h5>/s);
});

test('what only probes measured is named as such', () => {
  expect(textOf(html(pageView({ incidents: [measuredIncident()] })))).toContain('Measured Started');
});

test('an abbreviated duration ends its sentence with one full stop', () => {
  const incidents = [
    measuredIncident({ state: 'resolved', startedAt: NOW - 2 * DAY, resolvedAt: NOW - DAY }),
  ];
  const text = textOf(html(pageView({ incidents }), 'de'));
  expect(text).toContain('Dauer 1 Tg.');
  expect(text).not.toContain('..');
});
