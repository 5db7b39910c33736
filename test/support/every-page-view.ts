// Owns a page that has one of everything, for tests of its forms: every state, both sources of incidents, hostile names.
import type { PageView } from '../../src/http/status-page/page-view.ts';
import {
  barsOf,
  component,
  group,
  incidentRow,
  MINUTE_MS,
  measuredIncident,
  NOW,
  pageView,
  saidIncident,
  staticComponent,
  update,
} from './page-view.ts';

/** Breaks XML, HTML, Markdown, Prometheus and a terminal, if it is not escaped. */
export const HOSTILE = '<script>alert(1)</script> "q" [x](javascript:1) # \\n & שלום 🚀';

export const everyPageView = (changes: Partial<PageView> = {}): PageView =>
  pageView({
    state: 'major_outage',
    announcements: [
      {
        id: 'ann_1',
        title: 'We are moving',
        body: '# Big\n\nSee **here**.',
        startsAt: NOW - 1,
        endsAt: null,
      },
    ],
    groups: [
      group(null, [
        component({ id: 'shop', name: 'Web shop' }, { bars: barsOf({ 1: { down: 864_000 } }) }),
        staticComponent(),
      ]),
      group(
        HOSTILE,
        [
          component({ id: 'api', name: HOSTILE, condition: 'down', verdict: 'down', failing: 6, passing: 0 }),
          component({
            id: 'mail',
            condition: 'partial',
            verdict: 'partial',
            failing: 2,
            passing: 4,
            name: 'Mail',
          }),
          component({ id: 'slow', name: 'Search', condition: 'degraded', warnings: ['latency'] }),
          component({ id: 'new', name: 'New', condition: 'pending', neverChecked: true }, { bars: [] }),
          component({ id: 'off', name: 'Old', condition: 'paused', paused: true }),
          component({ id: 'work', name: 'Archive', condition: 'maintenance', maintenance: true }),
        ],
        { state: 'major_outage' },
      ),
    ],
    incidents: [
      measuredIncident({ id: 'inc_2', monitorId: 'api', monitorName: HOSTILE }),
      saidIncident({
        status: 'monitoring',
        updates: [
          update({
            ...{ id: 'upd_2', at: NOW - 5 * MINUTE_MS, status: 'monitoring', body: 'A *fix* <b>works</b>.' },
            components: [{ component: 'monitor:shop', impact: 'degraded' }],
          }),
          update({ components: [{ component: 'monitor:shop', impact: 'partial' }] }),
        ],
      }),
      measuredIncident({
        ...{ id: 'inc_3', verdict: 'partial', startedAt: NOW - 90 * MINUTE_MS },
        ...{ detectedAt: NOW - 89 * MINUTE_MS, resolvedAt: NOW - 60 * MINUTE_MS },
      }),
      saidIncident({
        ...{
          id: 'pub_2',
          title: HOSTILE,
          status: 'resolved',
          resolvedAt: NOW - 600 * MINUTE_MS,
          impact: 'major',
        },
        ...{ startedAt: NOW - 700 * MINUTE_MS, sources: ['probes', 'people'], measured: [incidentRow()] },
        updates: [update({ id: 'upd_3', status: 'resolved', at: NOW - 600 * MINUTE_MS })],
        postmortem: { at: NOW - 60 * MINUTE_MS, body: 'It was **DNS**.' },
      }),
    ],
    maintenances: [
      {
        id: 'win_1',
        name: 'New disks',
        monitors: ['work'],
        startsAt: NOW - MINUTE_MS,
        endsAt: NOW + 60 * MINUTE_MS,
      },
      {
        id: 'win_2',
        name: HOSTILE,
        monitors: ['shop', 'api'],
        startsAt: NOW + 600 * MINUTE_MS,
        endsAt: NOW + 660 * MINUTE_MS,
      },
      {
        id: 'win_2',
        name: HOSTILE,
        monitors: ['shop', 'api'],
        startsAt: NOW + 9_600 * MINUTE_MS,
        endsAt: NOW + 9_660 * MINUTE_MS,
      },
    ],
    ...changes,
  });
