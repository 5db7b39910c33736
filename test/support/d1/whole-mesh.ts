// Owns a mesh with one of everything that people, programs and targets can write into. Used by tests in the Worker and by the
// Worker of browser tests. Does not assert anything.
import type { Ids } from '../dashboard-paths.ts';
import { runUntilConfirmed } from './runs.ts';

interface Answer {
  readonly status: number;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: bodies of all routes.
  readonly json: any;
}

export interface Writer {
  /** A request of an admin. */
  send(method: string, path: string, body?: unknown): Promise<Answer>;
  readonly db: D1Database;
  now(): number;
  setNow(now: number): void;
}

export interface Wish {
  /** Ids begin with it. */
  readonly prefix: string;
  /** The value of the tag `team`. */
  readonly team: string;
  /** The next text for a field. It is asked again if the field does not take the last one. */
  text(): string;
  /** The same for what everybody reads: names of people, locations, identity providers, templates, shared views. */
  sharedText(): string;
}

const MOST_TEXTS = 60;

/** Sends the body with other texts until it is taken. */
async function write(writer: Writer, method: string, path: string, body: () => object): Promise<Answer> {
  let last = '';
  for (let index = 0; index < MOST_TEXTS; index += 1) {
    const answer = await writer.send(method, `/api/v1${path}`, body());
    if (answer.status < 300) return answer;
    if (answer.status !== 422 && answer.status !== 400) throw new Error(`${method} ${path}: ${answer.text}`);
    last = answer.text;
  }
  throw new Error(`${method} ${path} takes no text: ${last}`);
}

export async function makeWholeMesh(writer: Writer, { prefix, team, text, sharedText }: Wish): Promise<Ids> {
  const id = (name: string) => `${prefix}-${name}`;
  const tags = { team };
  const make = (path: string, body: () => object) => write(writer, 'POST', path, body);
  const later = (minutes: number) => new Date(writer.now() + minutes * 60_000).toISOString();

  await make('/channels', () => ({
    ...{ id: id('hook'), type: 'webhook', name: text(), tags },
    config: { url: `https://hooks.example.com/${prefix}`, secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD' },
  }));
  await make('/channels', () => ({
    ...{ id: id('slack'), type: 'slack', name: text(), tags },
    config: { url: `https://hooks.slack.com/services/T0/B0/${prefix}` },
    templates: { title: `{{ monitor.name }} ${text().replaceAll(/[{}%]/g, '')}`, body: text() },
  }));
  await make('/monitors', () => ({
    ...{ id: id('web'), name: text(), group: text(), description: text(), tags: { team, note: text() } },
    ...{ runbookUrl: 'https://wiki.example.com/?q=<script>alert(1)</script>"onclick=alert(1)', public: true },
    check: {
      ...{ type: 'http', url: 'https://shop.example.com/', method: 'POST', headers: { 'x-note': text() } },
      ...{ body: text(), contains: text(), jsonPath: [{ path: '$.a', equals: text() }] },
    },
    ...{ intervalSeconds: 60, channels: [id('hook'), id('slack')] },
  }));
  await make('/monitors', () => ({
    ...{ id: id('udp'), name: text(), group: text(), tags, channels: [id('hook')], dependsOn: [id('web')] },
    ...{ check: { type: 'udp', host: 'shop.example.com', port: 53, send: text(), expect: text() } },
    intervalSeconds: 60,
  }));
  await make('/monitors', () => ({
    ...{ id: id('dns'), name: text(), tags, channels: [], paused: true, intervalSeconds: 60 },
    check: { type: 'dns', name: 'shop.example.com', record: 'TXT', expect: [text()], match: 'any' },
  }));
  await make('/monitors', () => ({
    ...{ id: id('job'), name: text(), description: text(), tags, channels: [], public: true },
    check: { type: 'heartbeat', everySeconds: 3_600, graceSeconds: 600 },
  }));
  const { pingUrl } = (await writer.send('GET', `/api/v1/monitors/${id('job')}/heartbeat`)).json;
  const pinged = await writer.send('POST', `${new URL(pingUrl).pathname}/log`, { says: text() });
  if (pinged.status !== 200) throw new Error(`The ping of ${id('job')} was not stored: ${pinged.text}`);
  const person = (await make('/people', () => ({ name: sharedText(), username: id('ann'), role: 'viewer' })))
    .json;
  await make('/schedules', () => ({
    ...{ id: id('duty'), name: text(), timeZone: 'UTC', tags },
    rotations: [
      {
        ...{ name: text(), people: [person.id ?? person.person.id], start: '2026-01-01T00:00' },
        ...{ turn: { unit: 'days', count: 1 } },
      },
    ],
  }));
  const personId: string = person.id ?? person.person.id;
  const override = await make(`/schedules/${id('duty')}/overrides`, () => ({
    ...{ person: personId, startsAt: later(60), endsAt: later(120) },
  }));
  await make('/routes', () => ({
    ...{ id: id('trunk'), name: text(), tags, continues: true },
    match: { tags: [`team:${team}`], groups: [text()] },
    steps: [{ channels: [id('hook')], schedules: [id('duty')] }],
  }));
  for (const kind of ['maintenances', 'silences']) {
    await make(`/${kind}`, () => ({
      ...{ id: id(kind), name: text(), monitors: [id('udp')], startsAt: later(600), durationMinutes: 60 },
    }));
  }
  await make('/report-schedules', () => ({
    ...{ id: id('brief'), name: text(), period: 'week', channels: [id('slack')], tags },
    scope: { monitors: [id('web')] },
  }));
  await make('/status-pages', () => ({
    ...{ id: id('page'), title: text(), description: text(), tags, language: 'en' },
    links: [{ text: text(), url: 'https://wiki.example.com/?x=alert(1)&amp;&lt;' }],
    components: {
      monitors: [id('web')],
      static: [{ id: id('desk'), name: text(), description: text(), group: text() }],
    },
  }));
  const updates = await make('/update-templates', () => ({
    ...{ id: id('words'), name: sharedText(), title: sharedText(), body: sharedText() },
  }));
  const words = () => ({ title: text(), body: text(), notify: false, tags, pages: [id('page')] });
  const incident = (
    await make('/public-incidents', () => ({
      ...words(),
      components: [{ component: `monitor:${id('web')}`, impact: 'major' }],
    }))
  ).json;
  await make(`/public-incidents/${incident.id}/updates`, () => ({
    ...{ status: 'monitoring', body: text(), notify: false },
  }));
  await write(writer, 'PUT', `/public-incidents/${incident.id}/postmortem`, () => ({
    ...{ body: text(), notify: false },
  }));
  await make('/public-incidents', () => ({ ...words(), state: 'draft' }));
  const announcement = (await make('/announcements', words)).json;
  const reader = { page: id('page'), address: `${prefix}@readers.example.com`, confirmed: true };
  const subscriber = (await make('/subscribers', () => reader)).json;
  const view = (
    await make('/monitor-views', () => ({ name: sharedText(), query: 'state=down', shared: true }))
  ).json;
  const key = (await make('/api-keys', () => ({ name: text(), role: 'viewer', tags: [`team:${team}`] })))
    .json;
  await make('/identity-providers', () => ({
    ...{ id: id('idp'), type: 'oidc', name: sharedText(), issuer: `https://${prefix}.example.com` },
    audience: text(),
    rules: [{ group: text(), role: 'viewer', tags: null }],
  }));
  await write(writer, 'PUT', '/settings/location-names', () => ({
    locationNames: { 'aws:us-east-1': sharedText(), 'aws:eu-central-1': sharedText() },
  }));

  // The target fails, and says something.
  const number = await writer.db
    .prepare('select number from monitors where id = ?')
    .bind(id('web'))
    .first<number>('number');
  const said = {
    detail: text(),
    response: { status: 503, headers: { server: text(), 'x-note': text() }, body: text() },
  };
  const at = await runUntilConfirmed(writer.db, { [number!]: 6 }, writer.now() + 1_000, {}, said);
  writer.setNow(at + 1_000);
  const outage = (await writer.send('GET', `/api/v1/incidents?monitor=${id('web')}`)).json.incidents[0];
  await make(`/incidents/${outage.id}/comments`, () => ({ text: text() }));
  await make(`/incidents/${outage.id}/acknowledge`, () => ({ text: text() }));
  // The receiver refuses, and says something.
  const error = text();
  await writer.db.batch([
    writer.db
      .prepare(
        "update deliveries set state = 'failed', turn = null, last_status = 500, last_error = ?, attempts = 9 where channel_id = ?",
      )
      .bind(error, id('hook')),
    writer.db
      .prepare('update channels set last_error = ?, failing_since = 1, failed_attempts = 9 where id = ?')
      .bind(error, id('hook')),
  ]);
  const sent = (await writer.send('GET', `/api/v1/deliveries?channel=${id('hook')}`)).json.deliveries[0];
  return {
    ...{
      monitors: id('web'),
      jobs: id('job'),
      channels: id('hook'),
      routes: id('trunk'),
      schedules: id('duty'),
    },
    ...{ overrideId: override.json.id, maintenances: id('maintenances'), silences: id('silences') },
    ...{ 'report-schedules': id('brief'), 'status-pages': id('page'), 'update-templates': updates.json.id },
    ...{ 'public-incidents': incident.id, updateId: incident.updates[0].id, announcements: announcement.id },
    ...{ subscribers: subscriber.id, views: view.id, keys: key.id ?? key.apiKey.id, people: personId },
    ...{ 'identity-providers': id('idp'), incidents: outage.id, locations: 'aws:us-east-1' },
    ...{ notificationId: sent.notificationId, channelId: id('hook') },
    ...{ sessions: 'none', passkeys: 'none' },
  };
}
