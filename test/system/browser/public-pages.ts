// The pages of the browser tests: every part of a status page, rendered from views, with names that pages find hard.
import { raw } from 'hono/html';
import { SubscribeForm } from '../../../src/http/pages/subscribe/subscribe-page.tsx';
import { ArchivePage } from '../../../src/http/status-page/archive-page.tsx';
import { IncidentPage } from '../../../src/http/status-page/incident-page.tsx';
import { MonitorPage } from '../../../src/http/status-page/monitor-page.tsx';
import type { MonitorPageView } from '../../../src/http/status-page/monitor-page-view.ts';
import { PageLayout } from '../../../src/http/status-page/page-layout.tsx';
import type { PageView } from '../../../src/http/status-page/page-view.ts';
import { type Rendering, renderingOf } from '../../../src/http/status-page/rendering.tsx';
import { StatusPage } from '../../../src/http/status-page/status-page.tsx';
import type { MonitorView } from '../../../src/http/status-page/status-view.ts';
import { en } from '../../../src/status-pages/languages/en.ts';
import { namedComponents } from '../../../src/status-pages/page-components.ts';
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
const renderingFor = (page = statusPage(), language = 'en'): Rendering =>
  renderingOf(pageView({ page }), { acceptLanguage: language, noRefresh: false });
const show = (view: PageView, of = renderingFor(view.page)): string =>
  String(StatusPage({ view, of, publicUrl: 'https://status.test' }));

const DOWN: Partial<MonitorView> = {
  ...{ condition: 'down', verdict: 'down', incidentVerdict: 'down', failing: 6, passing: 0 },
  since: NOW - 20 * MINUTE_MS,
};
const PARTIAL: Partial<MonitorView> = {
  ...{ condition: 'partial', verdict: 'partial', incidentVerdict: 'partial', failing: 2, passing: 4 },
  since: NOW - 3 * HOUR,
};

const SHOP_BARS = barsOf({
  ...{ 0: { down: 20 * MINUTE_MS }, 3: { partial: 40 * MINUTE_MS }, 30: { down: 4 * HOUR } },
  ...{ 31: { down: 30 * MINUTE_MS }, 50: { no_data: 20 * HOUR }, 60: { no_data: DAY } },
  ...{ 70: { maintenance: 2 * HOUR }, 71: { maintenance: DAY }, 80: { paused: DAY } },
});

export const services: PageView = pageView({
  ...{ state: 'major_outage', since: NOW - 20 * MINUTE_MS },
  announcements: [
    {
      ...{ id: 'a1', title: 'Moving to a new data centre', startsAt: NOW - 2 * DAY, endsAt: NOW + 7 * DAY },
      body: 'On **3 December** we move the checkout. See [the plan](https://example.test/plan).',
    },
  ],
  groups: [
    group(null, [
      component(DOWN, { bars: SHOP_BARS, said: 'major' }),
      component(
        { ...PARTIAL, id: 'mail', name: 'Mail, incoming' },
        {
          failingLocations: ['aws:us-west-2', 'aws:sa-east-1'],
          bars: barsOf({ 0: { partial: 3 * HOUR }, 40: { down: 5 * MINUTE_MS } }),
        },
      ),
    ]),
    group(
      'Platform',
      [
        component({ id: 'api', name: 'Public API' }),
        component({ id: 'db', name: 'Database replica', condition: 'degraded', warnings: ['latency'] }),
        component(
          { ...{ id: 'new', name: 'New service', condition: 'pending', verdict: 'no_data' }, passing: 0 },
          { bars: [], uptime: null },
        ),
        staticComponent({ description: 'Weekdays, 9:00 to 17:00' }),
      ],
      { state: 'degraded' },
    ),
    group('Internal', [component({ id: 'wiki', name: 'Wiki' })], { collapsed: true }),
  ],
  incidents: [
    saidIncident({ sources: ['probes', 'people'], measured: [incidentRow()], impact: 'major' }),
    measuredIncident({
      ...{ id: 'inc_3', monitorId: 'mail', monitorName: 'Mail, incoming', verdict: 'partial' },
      ...{ scope: ['aws:us-west-2', 'aws:sa-east-1'], startedAt: NOW - 3 * HOUR },
    }),
    measuredIncident({
      ...{ id: 'inc_2', state: 'resolved', verdict: 'partial', scope: ['aws:sa-east-1'] },
      ...{ startedAt: NOW - 3 * DAY, resolvedAt: NOW - 3 * DAY + 40 * MINUTE_MS },
    }),
    saidIncident({
      ...{ id: 'pub_2', title: 'Slow search', status: 'resolved', impact: 'degraded' },
      ...{ startedAt: NOW - 6 * DAY, resolvedAt: NOW - 6 * DAY + 2 * HOUR },
      updates: [update({ status: 'resolved', at: NOW - 6 * DAY + 2 * HOUR, body: 'The index is rebuilt.' })],
    }),
  ],
  maintenances: [
    { id: 'w1', name: 'Mail server upgrade', monitors: ['mail'], startsAt: NOW - HOUR, endsAt: NOW + HOUR },
    {
      id: 'w2',
      name: 'Backup',
      monitors: ['db', 'shop'],
      startsAt: NOW + 16 * HOUR,
      endsAt: NOW + 17 * HOUR,
    },
  ],
});

const ARABIC = 'بوابة الدفع الإلكتروني';
const HARD_NAMES = [
  'x'.repeat(120),
  ARABIC,
  'Service 👩‍🚀 «größte» Störung',
  'https://status.example.com/a/very/long/path/that/does/not/end',
  'Kreditkartenzahlungsabwicklung und Rechnungsstellung',
  '支払いゲートウェイのとても長い名前のサービスです',
];

const names = pageView({
  state: 'major_outage',
  page: statusPage({}, { id: 'names', title: HARD_NAMES[0]! }),
  announcements: HARD_NAMES.slice(0, 2).map((name, index) => ({
    ...{ id: `a${index}`, title: name, body: name, startsAt: NOW, endsAt: null },
  })),
  groups: [
    group(
      null,
      HARD_NAMES.map((name, index) =>
        component({ ...(index % 2 === 1 ? DOWN : {}), id: `m${index}`, name }, { said: 'partial' }),
      ),
    ),
    group(HARD_NAMES[0]!, [component()]),
    group(ARABIC, [component()]),
  ],
  incidents: [
    measuredIncident({ monitorId: 'm1', monitorName: ARABIC }),
    ...HARD_NAMES.map((title, index) => saidIncident({ id: `p${index}`, title })),
  ],
  maintenances: HARD_NAMES.map((name, index) => ({
    ...{ id: `w${index}`, name, monitors: ['m0', 'm1'], startsAt: NOW + HOUR, endsAt: NOW + 2 * HOUR },
  })),
});

/** As a language with the other direction would be: no language of ours has it yet. */
const mirrored: Rendering = { ...renderingFor(), texts: { ...en, tag: 'ar', direction: 'rtl' } };

const incident = saidIncident({
  ...{ sources: ['probes', 'people'], status: 'resolved', resolvedAt: NOW },
  updates: [
    update({ id: '3', status: 'resolved', at: NOW, body: 'All payments work again.' }),
    update({
      ...{ id: '2', status: 'identified', at: NOW - 6 * MINUTE_MS },
      body: 'A certificate expired. We replace it.\n\n- card payments\n- refunds',
    }),
    update(),
  ],
  measured: [
    incidentRow({
      ...{ state: 'resolved', resolvedAt: NOW - MINUTE_MS },
      evidence: LOCATIONS.map((location, index) => ({
        location,
        vote: index < 4 ? 'failing' : index < 5 ? 'passing' : 'abstaining',
        code: index < 4 ? 'timeout' : null,
        phase: index < 4 ? 'connect' : null,
      })),
    } as never),
  ],
  postmortem: { at: NOW, body: '## What happened\n\nThe renewal job had no permission.' },
});

const monitor: MonitorPageView = {
  component: services.groups[0]!.components[0]!,
  ...{ stale: false, range: '24h', from: NOW - DAY, to: NOW },
  durations: null,
  latency: LOCATIONS.map((location, row) => ({
    location,
    points: Array.from({ length: 96 }, (_, index) =>
      row === 3 && index > 40 && index < 52
        ? null
        : 40 + row * 22 + 12 * Math.sin(index / 7 + row) + ((index * 7_919 + row * 31) % 13),
    ),
    ...{ p50: 40 + row * 22, p95: 61 + row * 25, p99: 90 + row * 31, uptime: row === 5 ? 0.9912 : 1 },
  })),
  incidents: services.incidents,
  maintenances: services.maintenances,
};

const unknownSince = () => null;
const of = renderingFor();

/** A reader chose wrongly: the form with its errors. */
async function subscribeForm(): Promise<string> {
  const page = statusPage({ mailChannel: 'mail' });
  const of = renderingFor(page);
  const c = { var: { authenticated: null } } as never;
  const requested = { page, base: '', url: 'https://status.test', isPublic: true, feedKey: null } as never;
  const names = ['Web shop', 'מוניטור ראשי', '🛒 Checkout', 'x'.repeat(120)];
  const monitors = names.map((name, index) => ({
    ...{ id: `m${index}`, name, group: index === 0 ? 'Shop' : null, tags: {}, public: true },
  }));
  const state = {
    ...({ kind: 'email', scope: [] } as const),
    ...{ typed: 'reader@', error: 'Invalid email address. Use name@host.' },
    scopeError: 'Choose at least one.',
  } as const;
  const form = SubscribeForm({ c, of, requested, shown: namedComponents(page, monitors), state });
  const content = PageLayout({
    of,
    title: 'Subscribe to updates',
    children: [raw('<h1>Subscribe to updates</h1><div class="plain">'), form, raw('</div>')],
  });
  return String(await content.toString());
}

export const PAGES: Readonly<Record<string, string>> = {
  subscribe: await subscribeForm(),
  services: show(services),
  german: show(services, renderingFor(statusPage({ timeZone: 'Europe/Berlin' }), 'de')),
  names: show(names),
  accent: show({
    ...services,
    page: statusPage(
      {
        ...{ accentColor: '#ffcc00', theme: 'dark' },
        links: [
          { text: 'Website', url: 'https://example.test/' },
          { text: 'Support', url: 'https://example.test/support' },
        ],
      },
      { id: 'acme', title: 'Acme status' },
    ),
  }),
  'right-to-left': show(names, mirrored),
  incident: String(IncidentPage({ incident, unknownSince, of })),
  monitor: String(MonitorPage({ view: monitor, of })),
  archive: String(
    ArchivePage({
      view: { month: '2026-11', incidents: services.incidents, earlier: '2026-10', later: null },
      ...{ unknownSince, of },
    }),
  ),
};
