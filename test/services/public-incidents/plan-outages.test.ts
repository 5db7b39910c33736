// What the coordinator decides about outages for readers: the cases that a whole mesh would take long to reach.
import { expect, test } from 'vitest';
import {
  JOIN_MS,
  KEEP_DRAFT_MS,
  planOutages,
  QUIET_MS,
  REUSE_MS,
} from '../../../src/services/public-incidents/plan-outages.ts';
import { DEFAULT_PAGE, type Lead } from '../../../src/status-pages/model.ts';
import type { FollowedMonitor, LeadPage, Outage, OutageFacts } from '../../../src/store/outages-to-follow.ts';
import type {
  IncidentUpdateRow,
  MeasuredIncident,
  PublicIncident,
} from '../../../src/store/public-incidents.ts';

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;

const page = (lead: Lead, minutes = 5, id = 'page'): LeadPage => ({
  ...{ id, access: { type: 'public' } },
  config: { ...DEFAULT_PAGE.config, lead, publishAfterMinutes: minutes },
});
const monitor = (number: number, more: Partial<FollowedMonitor> = {}): FollowedMonitor => ({
  ...{ number, id: `m${number}`, name: `Monitor ${number}`, group: 'Shop', tags: {}, public: true },
  ...more,
});
const outage = (number: number, detectedAt = NOW - MINUTE): Outage => ({
  ...{ id: `inc_${number}`, state: 'open', verdict: 'down', startedAt: detectedAt - MINUTE, detectedAt },
  ...{ resolvedAt: null, monitorNumber: number, monitorId: `m${number}`, location: null, reason: null },
});
const ended = (
  number: number,
  resolvedAt: number,
  more: Partial<MeasuredIncident> = {},
): MeasuredIncident => ({
  ...{ ...outage(number, resolvedAt - MINUTE), state: 'resolved', resolvedAt },
  ...more,
});
const update = (authorId = ''): IncidentUpdateRow => ({
  ...{ id: 'upd', publicIncidentId: 'pub', at: 1, status: 'investigating', body: 'x', components: [] },
  ...{ notify: false, authorId, authorName: 'x', updatedAt: 1 },
});
const incident = (numbers: number[], more: Partial<PublicIncident> = {}): PublicIncident => ({
  ...{ id: 'pub', title: 'x', state: 'draft', status: 'investigating', pages: [], origin: 'probes' },
  components: numbers.map((number) => ({ component: `monitor:m${number}`, impact: 'major' as const })),
  incidents: numbers.map((number) => `inc_${number}`),
  ...{ startedAt: 1, resolvedAt: null, postmortem: null, postmortemAt: null, tags: {}, version: 1 },
  ...{ createdAt: 1, updatedAt: 1, updates: [update()] },
  ...more,
});
const facts = (more: Partial<OutageFacts>): OutageFacts => {
  const { incidents = [] } = more;
  const linked = new Set(incidents.flatMap((one) => one.incidents));
  const monitors = [1, 2, 3].map((number) => monitor(number));
  return { outages: [], monitors, incidents, measured: [], linked, templates: [], ...more };
};
const kinds = (pages: LeadPage[], more: Partial<OutageFacts>, now = NOW): string[] =>
  planOutages(pages, facts(more), now).map(({ type }) => type);

test('without a page where probes open drafts, nothing is planned', () => {
  expect(kinds([], { outages: [outage(1)] })).toEqual([]);
});

test('outages of one group within five minutes are one draft, and later ones another', () => {
  const outages = [outage(1, NOW - 2 * JOIN_MS), outage(2, NOW - JOIN_MS), outage(3, NOW)];
  const [first, ...more] = planOutages([page('draft')], facts({ outages }), NOW);
  expect([first, more]).toMatchObject([
    { type: 'open', outages: [{ id: 'inc_1' }, { id: 'inc_2' }, { id: 'inc_3' }] },
    [],
  ]);
  const apart = [outage(1, NOW - JOIN_MS - 1), outage(2, NOW)];
  expect(kinds([page('draft')], { outages: apart })).toEqual(['open', 'open']);
});

test.each([
  ['another group', { group: 'Pay' }],
  ['other tags', { tags: { team: 'pay' } }],
])('outages with %s are drafts of their own', (_, more) => {
  const monitors = [monitor(1), monitor(2, more)];
  expect(kinds([page('draft')], { outages: [outage(1), outage(2)], monitors })).toEqual(['open', 'open']);
});

test('a private monitor is not in one draft with a public one', () => {
  const pages = [{ ...page('draft'), access: { type: 'password' } as const }];
  const monitors = [monitor(1), monitor(2, { public: false })];
  expect(kinds(pages, { outages: [outage(1), outage(2)], monitors })).toEqual(['open', 'open']);
});

test('an outage joins the draft of its group while another outage of it lasts, and not after a person wrote', () => {
  const outages = [outage(1), outage(2)];
  const [link] = planOutages([page('draft')], facts({ outages, incidents: [incident([1])] }), NOW);
  expect(link).toMatchObject({
    type: 'link',
    outages: [{ id: 'inc_2' }],
    more: [{ id: 'm2' }],
    reopens: false,
  });
  const touched = [incident([1], { updates: [update('ada')] })];
  expect(kinds([page('draft')], { outages, incidents: touched })).toEqual(['open']);
  const over = [incident([1])];
  expect(
    kinds([page('draft')], { outages: [outage(2)], incidents: over, measured: [ended(1, NOW)] }),
  ).toEqual(['open']);
});

test('an outage of another group, or much later, joins no draft', () => {
  const incidents = [incident([1])];
  const later = [outage(1, NOW - JOIN_MS - 1), outage(2, NOW)];
  expect(kinds([page('draft')], { outages: later, incidents })).toEqual(['open']);
  const monitors = [monitor(1), monitor(2, { group: 'Pay' })];
  expect(kinds([page('draft')], { outages: [outage(1), outage(2)], incidents, monitors })).toEqual(['open']);
});

test('a page that does not show the monitor publishes nothing of it', () => {
  const other = page('delayed', 0, 'other');
  const components = { ...other.config.components, monitors: ['m2'] };
  const pages = [page('delayed', 0), { ...other, config: { ...other.config, components } }];
  const plan = planOutages(pages, facts({ outages: [outage(1)], incidents: [incident([1])] }), NOW);
  expect(plan).toMatchObject([{ type: 'publish', pages: ['page'] }]);
});

test('a published incident of people takes the outage of what it names, as a monitor or by its group', () => {
  const own = { origin: 'people', updates: [update('ada')], state: 'published', pages: 'all' } as const;
  const byGroup = incident([], {
    ...own,
    components: [{ component: 'group:Shop', impact: 'degraded' }],
  });
  const plan = (more: Partial<PublicIncident>) =>
    kinds([page('delayed')], { outages: [outage(1)], incidents: [{ ...byGroup, ...more }] });
  const [link] = planOutages([page('draft')], facts({ outages: [outage(1)], incidents: [byGroup] }), NOW);
  expect(link).toMatchObject({ type: 'link', more: [], reopens: false });
  expect(plan({ pages: ['page'] })).toEqual(['link']);
  // Each of these would keep the outage from the readers of the page.
  expect(plan({ state: 'draft' })).toEqual(['open']);
  expect(plan({ pages: ['other'] })).toEqual(['open']);
  expect(plan({ resolvedAt: NOW - MINUTE })).toEqual(['open']);
  expect(plan({ components: [{ component: 'group:Shop', impact: 'operational' }] })).toEqual(['open']);
});

test('a draft whose outage ended takes another outage for 15 minutes', () => {
  const more = (ageMs: number) => ({
    ...{ outages: [outage(1, NOW)], incidents: [incident([1], { incidents: ['inc_9'] })] },
    measured: [ended(9, NOW - ageMs)],
  });
  expect(kinds([page('draft')], more(REUSE_MS))).toEqual(['link']);
  expect(kinds([page('draft')], more(REUSE_MS + 1))).toEqual(['open']);
});

test('what the coordinator resolved is opened again within 15 minutes, unless a person wrote or explained it', () => {
  const resolved = incident([1], {
    state: 'published',
    pages: ['page'],
    resolvedAt: NOW - REUSE_MS,
    incidents: ['inc_9'],
  });
  const outages = [outage(1, NOW)];
  const plan = (one: PublicIncident) => kinds([page('delayed')], { outages, incidents: [one] });
  expect(planOutages([page('delayed')], facts({ outages, incidents: [resolved] }), NOW)).toMatchObject([
    { type: 'link', reopens: true },
  ]);
  expect(plan({ ...resolved, resolvedAt: NOW - REUSE_MS - 1 })).toEqual(['open']);
  expect(plan({ ...resolved, updates: [update('ada')] })).toEqual(['open']);
  expect(plan({ ...resolved, postmortem: 'A full disk.' })).toEqual(['open']);
});

test('a draft is published when the minutes of the page are over, and not a moment before', () => {
  const incidents = [incident([1])];
  const at = (detectedAt: number, lead: Lead = 'delayed') =>
    kinds([page(lead, 5)], { outages: [outage(1, detectedAt)], incidents });
  expect(at(NOW - 5 * MINUTE + 1)).toEqual([]);
  expect(at(NOW - 5 * MINUTE)).toEqual(['publish']);
  expect(at(NOW - 5 * MINUTE, 'draft')).toEqual([]);
});

test('the minutes count from the outage that is open: one that flaps is not published for its sum', () => {
  const incidents = [incident([1], { incidents: ['inc_1', 'inc_8'] })];
  const more = { incidents, measured: [ended(8, NOW - 10 * MINUTE)] };
  expect(kinds([page('delayed', 5)], { ...more, outages: [outage(1, NOW - MINUTE)] })).toEqual([]);
});

test('a draft that a person wrote is published too, and what a person published is left alone', () => {
  const outages = [outage(1, NOW - 9 * MINUTE)];
  const written = incident([1], { updates: [update('ada')] });
  expect(kinds([page('delayed')], { outages, incidents: [written] })).toEqual(['publish']);
  const published = { ...written, state: 'published' as const };
  expect(kinds([page('delayed')], { outages, incidents: [published] })).toEqual([]);
  expect(kinds([page('delayed')], { outages, incidents: [{ ...published, pages: 'all' }] })).toEqual([]);
  const everywhere = incident([1], { state: 'published', pages: 'all' });
  expect(kinds([page('delayed')], { outages, incidents: [everywhere] })).toEqual([]);
});

test('what the coordinator published is resolved when the outage has been over for two minutes', () => {
  const incidents = [incident([1], { state: 'published', pages: ['page'] })];
  const at = (resolvedAt: number) =>
    kinds([page('delayed')], { incidents, measured: [ended(1, resolvedAt)] });
  expect(at(NOW - QUIET_MS + 1)).toEqual([]);
  expect(at(NOW - QUIET_MS)).toEqual(['resolve']);
  const touched = [{ ...incidents[0]!, updates: [update('ada')] }];
  expect(kinds([page('delayed')], { incidents: touched, measured: [ended(1, 1)] })).toEqual([]);
  expect(kinds([], { incidents, measured: [ended(1, 1)] })).toEqual(['resolve']);
});

test('of several outages the last end counts, and one that is open holds all back', () => {
  const incidents = [incident([1, 2], { state: 'published', pages: ['page'] })];
  const measured = [ended(1, NOW - 9 * MINUTE), ended(2, NOW - 4 * MINUTE)];
  const [resolve] = planOutages([page('delayed')], facts({ incidents, measured }), NOW);
  expect(resolve).toMatchObject({ type: 'resolve', at: NOW - 4 * MINUTE, measured: true });
  const open = { incidents, measured: [measured[0]!, outage(2)], outages: [outage(2)] };
  expect(kinds([page('delayed')], open)).toEqual([]);
});

test('an outage that ended because its monitor was paused is closed without a word that it works again', () => {
  const incidents = [incident([1], { state: 'published', pages: ['page'] })];
  const measured = [ended(1, NOW - 9 * MINUTE, { reason: 'paused' })];
  expect(planOutages([page('delayed')], facts({ incidents, measured }), NOW)).toMatchObject([
    { type: 'resolve', measured: false },
  ]);
});

test('a draft without an outage stays a week where people publish, and 15 minutes elsewhere', () => {
  const incidents = [incident([1])];
  const at = (lead: Lead, ageMs: number) =>
    kinds([page(lead)], { incidents, measured: [ended(1, NOW - ageMs)] });
  expect([at('draft', KEEP_DRAFT_MS), at('draft', KEEP_DRAFT_MS + 1)]).toEqual([[], ['discard']]);
  expect([at('delayed', REUSE_MS), at('delayed', REUSE_MS + 1)]).toEqual([[], ['discard']]);
  const written = [incident([1], { updates: [update('ada')] })];
  expect(kinds([page('draft')], { incidents: written, measured: [ended(1, 1)] })).toEqual([]);
});
