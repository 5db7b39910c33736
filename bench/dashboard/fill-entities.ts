// Owns what people have written in a large mesh: channels, routes, schedules, plans, status pages, words for readers, people and
// keys. All of it through the API. Returns an id of each kind, so that every page can be opened.
import type { DatabaseSync } from 'node:sqlite';

/** A request with the bootstrap key. Throws what the API answers, unless it accepts. */
export type Post = (path: string, body: object) => Promise<Readonly<Record<string, unknown>>>;

export interface EntityIds {
  readonly channel: string;
  readonly route: string;
  readonly schedule: string;
  readonly heartbeat: string;
  readonly maintenance: string;
  readonly silence: string;
  readonly statusPage: string;
  readonly publicIncident: string;
  readonly update: string;
  readonly announcement: string;
  readonly template: string;
  readonly reportSchedule: string;
  readonly person: string;
  readonly key: string;
  readonly provider: string;
}

const SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const times = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
const day = (now: number, days: number): string => new Date(now + days * 86_400_000).toISOString();

/** Channels and routes first, so that outages notify. */
export async function fillRouting(post: Post): Promise<void> {
  for (const n of times(30))
    await post('/channels', {
      ...{ id: `channel-${n}`, type: 'webhook', name: `Channel ${n}`, tags: { team: `team-${n}` } },
      config: { url: `https://hooks.example.com/${n}`, secret: SECRET },
    });
  for (const n of times(20))
    await post('/routes', {
      ...{ id: `route-${n}`, name: `Route ${n}`, match: { tags: [`team:team-${n}`] } },
      steps: [{ channels: [`channel-${n}`] }],
    });
}

export async function fillEntities(post: Post, now: number): Promise<EntityIds> {
  const last = async (count: number, path: string, body: (n: number) => object): Promise<string> => {
    let made: Readonly<Record<string, unknown>> = {};
    for (const n of times(count)) made = await post(path, body(n));
    const { id } = (made.apiKey ?? made.person ?? made) as { id: string };
    return id;
  };
  const person = await last(40, '/people', (n) => ({
    name: `Person ${n}`,
    username: `p${n}`,
    role: 'editor',
  }));
  const schedule = await last(5, '/schedules', (n) => ({ id: `on-call-${n}`, name: `On call ${n}` }));
  const heartbeat = await last(1, '/monitors', () => ({
    ...{ id: 'nightly-backup', name: 'Nightly backup' },
    check: { type: 'heartbeat', everySeconds: 86_400 },
  }));
  const scope = (n: number) => ({ tags: [`team:team-${n}`] });
  const plan = (n: number) => ({ startsAt: day(now, n - 1.01), endsAt: day(now, n - 0.9) });
  const maintenance = await last(20, '/maintenances', (n) => ({
    ...{ id: `work-${n}`, name: `Planned work ${n}` },
    ...{ ...scope(n), ...plan(n) },
  }));
  const silence = await last(10, '/silences', (n) => ({
    ...{ id: `silence-${n}`, name: `Silence ${n}`, durationMinutes: 600 },
    ...scope(n),
  }));
  const statusPage = await last(3, '/status-pages', (n) => ({
    ...{ id: `page-${n}`, title: `Page ${n}` },
    components: { groups: times(2 * n).map((group) => `Group ${group}`) },
  }));
  const publicIncident = await last(20, '/public-incidents', (n) => ({
    ...{ title: `Slow answers ${n}`, body: 'We look into it.', notify: false },
    components: [{ component: `monitor:service-${n}`, impact: 'degraded' }],
  }));
  const updated = (await post(`/public-incidents/${publicIncident}/updates`, {
    ...{ status: 'monitoring', body: 'A fix is out.', notify: false },
  })) as { updates?: readonly { id: string }[]; id?: string };
  return {
    ...{
      channel: 'channel-1',
      route: 'route-1',
      person,
      schedule,
      heartbeat,
      maintenance,
      silence,
      statusPage,
    },
    ...{ publicIncident, update: updated.updates?.[0]?.id ?? updated.id ?? '' },
    announcement: await last(10, '/announcements', (n) => ({
      ...{ title: `Moved ${n}`, body: 'Addresses change.', notify: false },
    })),
    template: await last(10, '/update-templates', (n) => ({
      ...{ id: `template-${n}`, name: `Slow ${n}`, title: 'Slow', body: 'Wait.' },
    })),
    reportSchedule: await last(3, '/report-schedules', (n) => ({
      ...{ id: `report-${n}`, name: `Report ${n}`, period: 'month', channels: ['channel-1'] },
    })),
    key: await last(20, '/api-keys', (n) => ({ name: `Deployment ${n}`, role: 'editor' })),
    provider: await last(1, '/identity-providers', () => ({
      ...{ id: 'company', type: 'oidc', name: 'Company', issuer: 'https://id.example.com' },
      ...{ audience: 'probemesh', rules: [{ group: 'ops', role: 'viewer', tags: null }] },
    })),
    ...(await subscribe(post)),
  };
}

async function subscribe(post: Post): Promise<object> {
  for (const n of times(50))
    await post('/subscribers', { page: 'default', address: `reader-${n}@example.com`, confirmed: true });
  return {};
}

/** What the coordinator wrote: an open incident, and a delivery. */
export function coordinatorIds(sqlite: DatabaseSync): {
  incident: string;
  delivery: readonly [string, string];
} {
  const { id } = sqlite.prepare("select id from incidents where state = 'open' limit 1").get() as {
    id: string;
  };
  const row = sqlite
    .prepare('select notification_id notification, channel_id channel from deliveries limit 1')
    .get() as {
    notification: string;
    channel: string;
  };
  return { incident: id, delivery: [row.notification, row.channel] };
}
