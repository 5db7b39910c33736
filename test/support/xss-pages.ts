// Pages of a status page with a hostile text in every field that people write. Rendered by the parts that readers get.
import { EmbedPage } from '../../src/http/embed/embed-page.tsx';
import { ArchivePage } from '../../src/http/status-page/archive-page.tsx';
import { IncidentPage } from '../../src/http/status-page/incident-page.tsx';
import { MonitorPage } from '../../src/http/status-page/monitor-page.tsx';
import type { PageView } from '../../src/http/status-page/page-view.ts';
import { renderingOf } from '../../src/http/status-page/rendering.tsx';
import { StatusPage } from '../../src/http/status-page/status-page.tsx';
import {
  component,
  group,
  incidentRow,
  NOW,
  pageView,
  saidIncident,
  staticComponent,
  statusPage,
  update,
} from './page-view.ts';

const HOUR = 3_600_000;

const incidentWith = (text: string, index: number) =>
  saidIncident({
    ...{ id: `p${index}`, title: text, sources: ['probes', 'people'] },
    updates: [update({ body: text })],
    postmortem: { at: NOW, body: text },
    components: [{ component: 'monitor:shop', impact: 'major', name: text }],
    measured: [incidentRow({ monitorName: text, scope: [text] })],
  });

/** One text in every field, or each of several texts in every list. */
function viewWith(texts: readonly string[]): PageView {
  const [first = ''] = texts;
  const down = { condition: 'partial', verdict: 'partial', incidentVerdict: 'partial' } as const;
  return pageView({
    page: statusPage(
      { description: first, links: texts.map((text) => ({ text, url: 'https://example.test/' })) },
      { id: 'hostile', title: first },
    ),
    locationNames: Object.fromEntries(texts.map((text) => [text, text])),
    announcements: texts.map((text, index) => ({
      ...{ id: `a${index}`, title: text, body: text, startsAt: NOW, endsAt: null },
    })),
    groups: texts.map((text, index) =>
      group(text, [
        component({ ...down, id: `m${index}`, name: text }, { failingLocations: [text] }),
        staticComponent({ ref: `static:s${index}`, name: text, description: text }),
      ]),
    ),
    incidents: texts.map(incidentWith),
    maintenances: texts.map((name, index) => ({
      ...{ id: `w${index}`, name, monitors: ['m0'], startsAt: NOW + HOUR, endsAt: NOW + 2 * HOUR },
    })),
  });
}

export function hostilePages(texts: readonly string[]): Readonly<Record<string, string>> {
  const view = viewWith(texts);
  const of = renderingOf(view, { acceptLanguage: 'en', noRefresh: true });
  const unknownSince = () => null;
  const { incidents, maintenances } = view;
  return {
    status: String(StatusPage({ view, of, publicUrl: 'https://status.test' })),
    incident: String(IncidentPage({ incident: incidents[0]!, unknownSince, of })),
    archive: String(
      ArchivePage({ view: { month: '2026-11', incidents, earlier: null, later: null }, unknownSince, of }),
    ),
    monitor: String(
      MonitorPage({
        view: {
          ...{ component: view.groups[0]!.components[0]!, stale: false, range: '24h', from: NOW - HOUR },
          ...{ to: NOW, incidents, maintenances, unknownSince },
          durations: null,
          latency: texts.map((location) => ({
            ...{ location, points: [1, 2, null], p50: 1, p95: 2, p99: 3, uptime: 1 },
          })),
        } as Parameters<typeof MonitorPage>[0]['view'],
        of,
      }),
    ),
    embed: String(EmbedPage({ view, of, theme: 'auto' })),
  };
}
