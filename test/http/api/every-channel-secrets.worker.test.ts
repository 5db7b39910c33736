// Every type of the catalogue, created with the example of its documentation: its secrets are in no response, table, log line
// or entry of the audit log, although its receiver responds with the whole request.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { channelTypes } from '../../../src/channels/catalogue.ts';
import type { Channel } from '../../../src/channels/channel.ts';
import type { WebhookBody } from '../../../src/channels/notification.ts';
import { hiddenFields } from '../../../src/channels/written-config.ts';
import type { SendingChannel } from '../../../src/delivery/build-requests.ts';
import { deliver } from '../../../src/delivery/consumer.ts';
import { send } from '../../../src/delivery/send.ts';
import { type Bindings, readEnv } from '../../../src/env.ts';
import { channelPlace, unseal } from '../../../src/store/encryption.ts';
import { everyTable } from '../../support/d1/every-table.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  patch,
  post,
  runUntilConfirmed,
} from '../../support/d1/http-mesh.ts';

type Settings = Readonly<Record<string, unknown>>;
type Type = keyof typeof channelTypes;

const channelOf = (type: Type): Channel => channelTypes[type] as unknown as Channel;

/** Ways to write a config that the example of the documentation does not show. */
const OTHER_WAYS: Readonly<Partial<Record<Type, readonly Settings[]>>> = {
  slack: [
    {
      token: 'xoxb-100000000000-200000000000-examplet0ken',
      channel: 'C0123456789',
      signingSecret: 'f123456789abcdef0123456789abcde0',
    },
  ],
  alertmanager: [{ url: 'https://alertmanager.example.com/am-p4th-x7', token: 'glsa_9mC4vYxT8kQ1' }],
  pagerduty: [{ routingKey: 'R0123456789ABCDEFGHIJKLMNOPQRSTU', webhookSecret: 'wh0123456789abcdefgh' }],
  webhook: [
    {
      url: 'https://hooks.example.com/in/7f3e9a81?key=s3cr3tquery',
      secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
      previousSecret: 'whsec_x2FVsBQIhrscChlQIMV+b5sSYspob7oE',
    },
  ],
  twilio: [
    {
      accountSid: 'AC0123456789abcdef0123456789abcdef',
      apiKeySid: 'SK0123456789abcdef0123456789abcdef',
      authToken: 'x2ca1bb6c7e907d06dafe4687e579fcx',
      from: '+15551234567',
      to: '+4915112345678',
    },
  ],
  email: [
    {
      provider: 'postmark',
      from: 'alerts@example.com',
      to: ['on-call@example.com'],
      apiKey: '01234567-89ab-cdef-0123-456789abcdef',
    },
    {
      provider: 'ses',
      region: 'eu-central-1',
      from: 'alerts@example.com',
      to: ['on-call@example.com'],
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    },
  ],
};

interface Entry {
  readonly id: string;
  readonly type: Type;
  readonly config: Settings;
}

const ENTRIES: readonly Entry[] = (Object.keys(channelTypes) as Type[]).flatMap((type) =>
  [channelOf(type).docs.example, ...(OTHER_WAYS[type] ?? [])].map((config, index) => ({
    ...{ id: `${type}-${index}`, type, config },
  })),
);

const textsOf = (value: unknown): string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(textsOf)
      : [];

/** The values of secrets, and the addresses without their host, which is shown. */
function hiddenTexts({ type, config }: Entry): string[] {
  const channel = channelOf(type);
  return hiddenFields(channel)
    .flatMap((field) => textsOf(config[field]))
    .flatMap((text) => {
      const url = /^https?:/.test(text) ? new URL(text) : null;
      return url === null ? [text.replace(/^whsec_/, '')] : [text, url.pathname + url.search];
    })
    .filter((text) => text.length > 4);
}

const plainForms = (text: string): string[] => [
  text,
  text.toLowerCase(),
  encodeURIComponent(text),
  encodeURIComponent(text).toLowerCase(),
  JSON.stringify(text).slice(1, -1),
  text.replaceAll('/', '\\/'),
];

/** Base64 as part of a longer text: what does not depend on the bytes around it. */
const base64Forms = (text: string): string[] =>
  [text, `x${text}`, `xx${text}`].map((shifted) => btoa(shifted).slice(4, -4));

const ALL = ENTRIES.flatMap(hiddenTexts);

const leaksIn = (text: string): string[] =>
  ALL.filter((secret) => plainForms(secret).some((form) => text.includes(form)));

/** Also in base64. Of one channel, because examples of several have the same parts, and not all are secrets. */
const ownLeaksIn = (text: string, entry: Entry): string[] =>
  hiddenTexts(entry).filter((secret) =>
    [...plainForms(secret), ...base64Forms(secret)].some((form) => text.includes(form)),
  );

const logged: string[] = [];
beforeEach(async () => {
  await empty();
  logged.length = 0;
  for (const method of ['debug', 'log', 'info', 'warn', 'error'] as const)
    vi.spyOn(console, method).mockImplementation(
      (...values: unknown[]) => void logged.push(values.map(String).join(' ')),
    );
});
afterEach(() => vi.restoreAllMocks());

const config = () => ({
  ...readEnv(bindings),
  deliveries: { send: async () => undefined } as unknown as Bindings['DELIVERIES'],
});

const OPTIONS = { now: () => clock.now, canConnect: async () => true };

interface Sent {
  readonly url: string;
  readonly headers: string;
  readonly body: string;
}

/** Each part first, because an attempt stores only the beginning of a response. */
const ECHOES: readonly ((sent: Sent) => string)[] = [
  ({ url, headers, body }) => `${url}\n${headers}\n\n${body}`,
  ({ url, headers, body }) => `${headers}\n${url}\n${body}`,
  ({ url, headers, body }) => `${body}\n${url}\n${headers}`,
  (sent) => JSON.stringify(sent).replaceAll('/', '\\/'),
  ({ url, headers, body }) => btoa(String.fromCharCode(...new TextEncoder().encode(headers + url + body))),
  ({ url, headers }) => encodeURIComponent(`${url} ${headers}`).toLowerCase(),
];

/** A receiver that responds with what it got. `links`: the signed part of the links that acknowledge. */
function echoing(status: number, echo: (sent: Sent) => string, links: Set<string>): typeof fetch {
  return (async (input: string, init: RequestInit) => {
    const request = new Request(input, init);
    const body = new TextDecoder().decode(await request.arrayBuffer());
    for (const [, token] of decoded(body).matchAll(
      /\/acknowledge\/[\w-]+\.[a-z0-9-]+\.\w+\.\w+\.([\w-]{22})/g,
    ))
      links.add(token!);
    const headers = [...request.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
    return new Response(echo({ url: request.url, headers, body }), { status });
  }) as typeof fetch;
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

test('every secret and every address of the catalogue is in one of the entries', () => {
  for (const type of Object.keys(channelTypes) as Type[]) {
    const written = ENTRIES.filter((entry) => entry.type === type).flatMap((entry) =>
      Object.keys(entry.config),
    );
    expect([type, hiddenFields(channelOf(type)).filter((field) => !written.includes(field))]).toEqual([
      type,
      [],
    ]);
  }
});

test('no secret of any type of channel leaves the coordinator, although receivers respond with the request', async () => {
  await createMonitor();
  const answers: string[] = [];
  const keep = async (answer: ReturnType<typeof ask>) => {
    const { status, text, headers } = await answer;
    answers.push(`${status} ${text} ${JSON.stringify([...headers])}`);
    return status;
  };
  for (const { id, type, config: written } of ENTRIES) {
    const created = { id, type, name: `Channel ${id}`, config: written };
    expect([id, await keep(post('/api/v1/channels', created))]).toEqual([id, 201]);
    // Written over itself, next to a field that is refused.
    const unknown = { config: { ...written, unknown: 1 } };
    if (id.endsWith('-0')) expect(await keep(patch(`/api/v1/channels/${id}`, unknown))).toBe(422);
    expect(await keep(patch(`/api/v1/channels/${id}`, { config: written, tags: { team: 'a' } }))).toBe(200);
    const preview = { channelId: id, event: 'incident.opened' };
    expect([id, await keep(post('/api/v1/channels/preview', preview))]).toEqual([id, 200]);
  }

  // D1 holds ciphertext, which the key opens.
  const rows = await bindings.DB.prepare('select id, sealed_config sealedConfig from channels').all<{
    id: string;
    sealedConfig: string;
  }>();
  expect(rows.results).toHaveLength(ENTRIES.length);
  for (const { id, sealedConfig } of rows.results) {
    const entry = ENTRIES.find((one) => one.id === id)!;
    const opened = await unseal<Settings>(readEnv(bindings), channelPlace(id), sealedConfig);
    expect([id, hiddenTexts({ ...entry, config: opened })]).toEqual([id, hiddenTexts(entry)]);
  }

  await runUntilConfirmed(1, 0);
  await runUntilConfirmed(1, 6);
  const { results: channels } = await bindings.DB.prepare(
    'select id, type, sealed_config sealedConfig, created_at createdAt, templates from channels',
  ).all<SendingChannel & { id: string }>();
  const [notification] = (
    await bindings.DB.prepare("select id, body from notifications where event = 'incident.opened'").all<{
      id: string;
      body: string;
    }>()
  ).results.map(({ id, body }) => ({ id, body: JSON.parse(body) as WebhookBody }));
  const links = new Set<string>();
  const attempts: string[] = [];
  for (const channel of channels)
    for (const status of [200, 500])
      for (const echo of status === 200 ? ECHOES.slice(0, 1) : ECHOES) {
        const options = { ...OPTIONS, fetch: echoing(status, echo, links) };
        const outgoing = { notifications: [notification!], receipt: null } as const;
        const attempt = await send(config(), channel, outgoing, options);
        expect([channel.id, attempt.status]).toEqual([channel.id, status]);
        attempts.push(JSON.stringify(attempt));
        const entry = ENTRIES.find(({ id }) => id === channel.id)!;
        expect([channel.id, status, ownLeaksIn(JSON.stringify(attempt), entry)]).toEqual([
          channel.id,
          status,
          [],
        ]);
      }

  // The same through the outbox, once.
  clock.now += 60_000;
  // D1's clock shows the real time, by which the deliveries would have expired.
  await bindings.DB.prepare('update deliveries set created_at = ?').bind(clock.now).run();
  const fetch = echoing(500, ECHOES[2]!, links);
  for (const { id } of ENTRIES) await deliver(config(), id, { ...OPTIONS, fetch });
  const { json } = await ask('/api/v1/deliveries?limit=100');
  answers.push(JSON.stringify(json));
  const stored = (json.deliveries as { channelId: string; lastResponse: string | null }[]).filter(
    ({ lastResponse }) => lastResponse !== null,
  );
  expect(stored.map(({ channelId }) => channelId).toSorted()).toEqual(ENTRIES.map(({ id }) => id).toSorted());
  const dump = await everyTable(bindings.DB);

  for (const path of [
    '/api/v1/channels',
    '/api/v1/configuration',
    '/api/v1/audit-entries?limit=100',
    '/api/v1/audit-entries/export',
    '/api/v1/routing-preview?monitor=shop',
    '/api/v1/health',
  ])
    expect([path, await keep(ask(path))]).toEqual([path, 200]);
  expect(leaksIn(dump)).toEqual([]);
  expect([...attempts, ...answers, ...logged].filter((text) => leaksIn(text).length > 0)).toEqual([]);

  // A link is a permission: who reads deliveries, a viewer too, must not get one from a receiver.
  expect(links.size).toBeGreaterThan(5);
  const linked = [dump, ...attempts, ...answers, ...logged].filter((text) =>
    [...links].some((token) => text.includes(token)),
  );
  expect(linked).toEqual([]);
  // Every type runs through the whole API: some seconds, and more beside other tests.
}, 60_000);
