// Owns which addresses are measured: at least one for every page that the table of access has, so that none is forgotten.
import { RULES } from '../../src/http/access/rules.ts';
import type { EntityIds } from './fill-entities.ts';

export interface Subject {
  readonly path: string;
  readonly name: string;
  /** In its nature work over the whole mesh: the documents say so, and no limit applies. */
  readonly isUnlimited?: true;
}

export interface MeshIds extends EntityIds {
  readonly incident: string;
  readonly delivery: readonly [string, string];
  readonly now: number;
}

const encode = encodeURIComponent;

/** Addresses of pages with an id, by rule: what replaces each parameter. */
const examples = (ids: MeshIds): Readonly<Record<string, string>> => ({
  '/dashboard/people/:id': ids.person,
  '/dashboard/keys/:id': ids.key,
  '/dashboard/monitors/:id': 'service-100',
  '/dashboard/monitors/:id/edit': 'service-2',
  '/dashboard/monitors/:id/delete': 'service-2',
  '/dashboard/monitors/:id/history': 'service-100',
  '/dashboard/monitors/:id/check': 'service-2',
  '/dashboard/monitors/:id/pings': ids.heartbeat,
  '/dashboard/monitors/:id/ping-address': ids.heartbeat,
  '/dashboard/monitors/:id/rotate-key': ids.heartbeat,
  '/dashboard/locations/:id': encode('aws:eu-central-1'),
  '/dashboard/incidents/:id': ids.incident,
  '/dashboard/incidents/:id/publish': ids.incident,
  '/dashboard/status-pages/:id': ids.statusPage,
  '/dashboard/public-incidents/:id': ids.publicIncident,
  '/dashboard/public-incidents/:id/updates/:updateId': `${ids.publicIncident} ${ids.update}`,
  '/dashboard/announcements/:id': ids.announcement,
  '/dashboard/update-templates/:id': ids.template,
  '/dashboard/report-schedules/:id': ids.reportSchedule,
  '/dashboard/channels/:id': ids.channel,
  '/dashboard/channels/:id/edit': ids.channel,
  '/dashboard/routes/:id': ids.route,
  '/dashboard/schedules/:id': ids.schedule,
  '/dashboard/schedules/:id/edit': ids.schedule,
  '/dashboard/deliveries/:notificationId/:channelId': ids.delivery.map(encode).join(' '),
  '/dashboard/identity-providers/:id': ids.provider,
  '/dashboard/maintenance/maintenances/:id': ids.maintenance,
  '/dashboard/maintenance/silences/:id': ids.silence,
});

/** Documents about the whole mesh. */
const UNLIMITED = new Set(['/dashboard/reports', '/dashboard/configuration/probemesh.yaml']);

/** Addresses of the same pages that ask for more. */
const MORE: readonly Subject[] = [
  { path: '/dashboard/monitors?state=down', name: '… down only' },
  { path: '/dashboard/monitors?q=77&sort=-name', name: '… found by text' },
  { path: '/dashboard/monitors?tag=team%3Ateam-1&page=5', name: '… of a team, page 5' },
  { path: '/dashboard/monitors?page=100', name: '… page 100' },
  { path: '/dashboard/monitors/_new?target=https%3A%2F%2Fshop.example.com', name: '… of a target' },
  { path: '/dashboard/incidents?state=resolved&q=service', name: '… resolved, by text' },
  // The status page itself, as readers get it.
  { path: '/dashboard/preview/status-page?page=page-3', name: '… of 300 monitors', isUnlimited: true },
  { path: '/dashboard/search?q=service+77', name: '… with a text' },
  { path: '/dashboard/search?q=nothing-has-this', name: '… that finds nothing' },
];

const ticked = (count: number): string =>
  Array.from({ length: count }, (_, index) => `monitor=service-${index + 1}`).join('&');

const BULK = '/dashboard/monitors/_bulk';
const ALL = `${BULK}?action=pause&scope=all`;

export function subjects(ids: MeshIds): Subject[] {
  const found = examples(ids);
  const pages = Object.keys(RULES)
    .filter((rule) => /^GET \/dashboard(\/|$)/.test(rule))
    .map((rule) => rule.slice('GET '.length))
    // Without a selection it is a message: it is below, with some.
    .filter((rule) => rule !== BULK)
    .map((rule): Subject => {
      if (rule.includes(':') && !found[rule])
        throw new Error(`Add an address for ${rule} to bench/dashboard/pages.ts.`);
      const parts = (found[rule] ?? '').split(' ');
      const path = rule.replaceAll(/:[a-zA-Z]+/g, () => parts.shift()!);
      return {
        name: rule.replace('/dashboard', '') || '/',
        path,
        ...(UNLIMITED.has(rule) ? { isUnlimited: true } : {}),
      };
    });
  return [
    ...pages.flatMap((page) => [page, ...MORE.filter(({ path }) => path.split('?')[0] === page.path)]),
    // They plan on the state of the whole mesh, as the change that follows.
    { name: 'bulk preview of 50', path: `${BULK}?action=pause&${ticked(50)}`, isUnlimited: true },
    { name: 'bulk preview of a tenth', path: `${ALL}&f.tag=wave%3A1`, isUnlimited: true },
    { name: 'bulk preview of more than 1,000: refused', path: ALL, isUnlimited: true },
    { name: '/monitors/:id of a heartbeat', path: `/dashboard/monitors/${ids.heartbeat}` },
    { name: '/monitors/:id, 90 days', path: '/dashboard/monitors/service-100?range=90d' },
    { name: 'overview that a browser asks for', path: `/api/v1/overview?since=${ids.now}` },
  ];
}
