// A person who was notified acknowledges without an account: by the link of a message, and by a button of Slack or PagerDuty.
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { acknowledgeUrl, LINK_LIFETIME_MS } from '../../../src/acknowledge-link.ts';
import { database } from '../../../src/store/database.ts';
import { channelPlace, seal } from '../../../src/store/encryption.ts';
import { channels } from '../../../src/store/schema.ts';
import { auditTrail, emptyAccess } from '../../support/d1/access.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  post,
  RECEIVER,
  runUntilConfirmed,
} from '../../support/d1/http-mesh.ts';
import { get, type SignedIn, signIn, submit } from '../../support/d1/signed-in.ts';
import {
  pagerDutyEvent,
  pagerDutySignature,
  slackBody,
  slackHeaders,
} from '../../support/vendors/interactions.ts';

const { DB, ENCRYPTION_KEY = '' } = bindings;
const KEYS = { encryptionKey: ENCRYPTION_KEY };
const SECRETS = { slack: 'slack-signing-secret', pagerduty: 'pagerduty-secret' };
let id = '';
let path = '';
let start = 0;

async function insertChannel(type: 'slack' | 'pagerduty', field: string): Promise<void> {
  const sealedConfig = await seal(KEYS, channelPlace(type), { [field]: SECRETS[type] });
  const row = {
    id: type,
    type,
    name: `The ${type}`,
    sealedConfig,
    publicConfig: {},
    tags: {},
    enabled: true,
  };
  await database(DB)
    .insert(channels)
    .values({ ...row, createdAt: 1, updatedAt: 1 });
}

/** One incident, of which two channels and the link's were notified. The tests set back what they did. */
beforeAll(async () => {
  vi.spyOn(globalThis, 'fetch').mockImplementation(async () => new Response('ok'));
  await empty();
  await emptyAccess();
  await post('/api/v1/channels', { ...RECEIVER, name: 'Ops <b>chat</b>' });
  await insertChannel('slack', 'signingSecret');
  await insertChannel('pagerduty', 'webhookSecret');
  await createMonitor({ channels: ['on-call', 'slack', 'pagerduty'] });
  await runUntilConfirmed(1, 6);
  id = (await ask('/api/v1/incidents')).json.incidents[0].id;
  start = clock.now;
  path = await linkTo(id);
});
beforeEach(async () => {
  clock.now = start;
  await DB.batch([
    ...['incident_actions', 'used_tokens', 'audit_entries', 'audit_chain'].map((table) =>
      DB.prepare(`DELETE FROM ${table}`),
    ),
    DB.prepare("DELETE FROM deliveries WHERE notification_id LIKE '%_acknowledged_%'"),
    DB.prepare("DELETE FROM notifications WHERE event = 'incident.acknowledged'"),
    DB.prepare(
      "UPDATE incidents SET acknowledged_at = null, acknowledged_by = null, snoozed_until = null, state = 'open', resolved_at = null",
    ),
  ]);
});
afterEach(() => vi.restoreAllMocks());

async function linkTo(incident: string, channel = 'on-call', keys = KEYS): Promise<string> {
  const createdAt = await DB.prepare('SELECT created_at AS at FROM channels WHERE id = ?')
    .bind(channel)
    .first<number>('at');
  const linked = { id: channel, createdAt: createdAt ?? start };
  const url = await acknowledgeUrl(keys, 'https://status.test', incident, linked, start);
  return url.slice('https://status.test'.length);
}
const state = async () => {
  const { json } = await ask(`/api/v1/incidents/${id}`);
  return { by: json.acknowledgedBy, snoozedUntil: json.snoozedUntil, actions: json.actions.length };
};
const FREE = { by: null, snoozedUntil: null, actions: 0 };
const notified = async (): Promise<string[]> => {
  const { results } = await DB.prepare(
    "SELECT channel_id AS id FROM deliveries WHERE notification_id LIKE '%_acknowledged_%' ORDER BY 1",
  ).all<{ id: string }>();
  return results.map((row) => row.id);
};

describe('the page of a link', () => {
  test('acknowledges nothing when it is read, also by a preview or with HEAD, and no cache keeps it', async () => {
    for (const method of ['GET', 'HEAD', 'GET']) {
      const page = await ask(path, {
        method,
        token: null,
        headers: { 'user-agent': 'Slackbot-LinkExpanding 1.0' },
      });
      expect(page.status).toBe(200);
      expect(page.headers.get('cache-control')).toBe('private, no-store');
      expect(page.headers.get('referrer-policy')).toBe('no-referrer');
      expect(page.headers.get('x-robots-tag')).toBe('noindex');
    }
    expect(await state()).toEqual(FREE);
    expect(await auditTrail()).toEqual([]);
  });

  test('shows what is down, since when, and where, with the name of the channel escaped', async () => {
    const { text } = await get(path, null);
    expect(text).toContain('Web shop is down');
    expect(text).toMatch(/<time datetime="[^"]+"[^>]*>/);
    expect(text).toContain('aws:us-east-1');
    expect(text).toContain('Ops &lt;b&gt;chat&lt;/b&gt;');
    expect(text).not.toContain('shop.example.com');
  });

  test('acknowledges with its button, under the name that was typed and the channel, and notifies everyone', async () => {
    const answer = await submit(path, null, { name: ' Ada ' });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `${path}?done`]);
    expect((await get(`${path}?done`, null)).text).toContain('You acknowledged the incident');
    expect(await state()).toMatchObject({ by: 'Ada (Ops <b>chat</b>)', actions: 1 });
    expect(await notified()).toEqual(['on-call', 'pagerduty', 'slack']);
    expect(await auditTrail()).toEqual(['incident.acknowledged by Ada (Ops <b>chat</b>)']);
    const again = await get(path, null);
    expect(again.text).toContain('Ada (Ops &lt;b&gt;chat&lt;/b&gt;) acknowledged the incident');
    expect(again.text).not.toContain('<form');
  });

  test('without a name acknowledges as the channel', async () => {
    await submit(path, null, {});
    expect((await state()).by).toBe('Ops <b>chat</b>');
  });

  test('snoozes for the chosen time', async () => {
    await submit(path, null, { pause: '120' });
    expect(await state()).toEqual({
      ...{ by: null, actions: 1, snoozedUntil: new Date(start + 7_200_000).toISOString() },
    });
    const page = await get(path, null);
    expect(page.text).toContain('snoozed the incident');
    expect(page.text).toContain('<form');
  });

  test('acknowledges as the person who is signed in, whatever name the form has, and needs the token of the session', async () => {
    const ada: SignedIn = await signIn('viewer', { name: 'Ada Lovelace', tags: ['team:pay'] });
    expect((await submit(path, { ...ada, csrf: '' }, { name: 'Eve' })).status).toBe(403);
    expect((await submit(path, ada, { name: 'Eve' })).status).toBe(303);
    expect((await state()).by).toBe('Ada Lovelace');
    expect(await auditTrail()).toEqual(['incident.acknowledged by Ada Lovelace']);
  });

  test('of another site cannot post: the form is refused, and nothing changes', async () => {
    const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' };
    expect((await submit(path, null, {}, headers)).status).toBe(403);
    expect(await state()).toEqual(FREE);
  });

  test('refuses a name of two lines or of more than 60 characters, with the reason', async () => {
    for (const name of ['a\nb', 'x'.repeat(61), '\u202eadA']) {
      const answer = await submit(path, null, { name });
      expect([answer.status, answer.text.includes('Must ')]).toEqual([422, true]);
    }
    expect(await state()).toEqual(FREE);
  });

  test('of an incident that is over shows so, and its button does nothing', async () => {
    await DB.prepare("UPDATE incidents SET state = 'resolved', resolved_at = ?").bind(start).run();
    const page = await get(path, null);
    expect(page.text).toContain('The incident is over');
    expect(page.text).not.toContain('<form');
    expect((await submit(path, null, {})).headers.get('location')).toBe(path);
    expect(await state()).toEqual(FREE);
  });

  test('that has expired, is unknown, forged, or of a deleted channel says so, and acknowledges nothing', async () => {
    const forged = await linkTo(id, 'on-call', { encryptionKey: btoa('b'.repeat(32)) });
    const cases: [string, number, string][] = [
      [forged, 404, 'does not work'],
      [`${path.slice(0, -1)}${path.endsWith('A') ? 'B' : 'A'}`, 404, 'does not work'],
      ['/acknowledge/x', 404, 'does not work'],
      [await linkTo('inc_none'), 404, 'was deleted'],
      [await linkTo(id, 'nowhere'), 404, 'was deleted'],
    ];
    for (const [link, status, text] of cases)
      for (const answer of [await get(link, null), await submit(link, null, {})])
        expect([link, answer.status, answer.text.includes(text)]).toEqual([link, status, true]);
    clock.now = start + LINK_LIFETIME_MS + 1_000;
    for (const answer of [await get(path, null), await submit(path, null, {})])
      expect([answer.status, answer.text.includes('has expired')]).toEqual([410, true]);
    expect(await state()).toEqual(FREE);
  });

  test('of a deleted channel stays dead when another channel gets its id', async () => {
    const spare = { ...RECEIVER, id: 'spare' };
    const remove = () => ask('/api/v1/channels/spare?detach=true', { method: 'DELETE' });
    expect((await post('/api/v1/channels', spare)).status).toBe(201);
    const link = await linkTo(id, 'spare');
    expect((await get(link, null)).status).toBe(200);
    expect((await remove()).status).toBe(200);
    clock.now += 1_000;
    expect((await post('/api/v1/channels', spare)).status).toBe(201);
    for (const answer of [await get(link, null), await submit(link, null, {})])
      expect([answer.status, answer.text.includes('was deleted')]).toEqual([404, true]);
    expect(await state()).toEqual(FREE);
    expect((await get(await linkTo(id, 'spare'), null)).status).toBe(200);
    expect((await remove()).status).toBe(200);
  });

  test('of a drill acknowledges the drill, and no incident', async () => {
    await DB.batch([
      DB.prepare(
        "INSERT INTO alerts (id, incident_id, monitor_id, opened_at, plan, next_at) VALUES ('drill_1_opened', 'drill_1', 'shop', ?, '{}', 5)",
      ).bind(start),
      DB.prepare(
        `INSERT INTO notifications (id, event, at, position, monitor_id, incident_id, body)
          SELECT 'drill_1_opened', event, at, position, monitor_id, 'drill_1',
            json_set(body, '$.drill', json('true'), '$.data.incident.id', 'drill_1')
          FROM notifications WHERE id = ?`,
      ).bind(`${id}_opened`),
    ]);
    const link = await linkTo('drill_1');
    expect((await get(link, null)).text).toContain('[Drill]');
    expect((await submit(link, null, { name: 'Ada' })).status).toBe(303);
    expect(await DB.prepare('SELECT acknowledged_at, next_at FROM alerts').first()).toEqual({
      ...{ acknowledged_at: start, next_at: null },
    });
    const body = await DB.prepare("SELECT body FROM notifications WHERE id = 'drill_1_acknowledged_1'").first(
      'body',
    );
    expect(JSON.parse(body as string)).toMatchObject({ drill: true, type: 'incident.acknowledged' });
    expect((await get(link, null)).text).toContain('acknowledged the incident');
    expect(await state()).toEqual(FREE);
  });
});

const press = async (
  type: 'slack' | 'pagerduty',
  {
    body = type === 'slack' ? slackBody(id) : pagerDutyEvent(id, clock.now),
    secret = SECRETS[type],
    channel = type,
  } = {},
) => {
  const slack = slackHeaders(secret, body, clock.now);
  return ask(`/interactions/${type}/${channel}`, {
    method: 'POST',
    token: null,
    body,
    headers:
      type === 'slack'
        ? {
            'content-type': 'application/x-www-form-urlencoded',
            'x-slack-request-timestamp': slack.timestamp,
            'x-slack-signature': slack.signature,
          }
        : { 'x-pagerduty-signature': pagerDutySignature(secret, body) },
  });
};

describe('a button', () => {
  test('of Slack acknowledges as the person there, and Slack gets the update too', async () => {
    expect((await press('slack')).status).toBe(200);
    expect((await state()).by).toBe('ada (The slack)');
    expect(await notified()).toEqual(['on-call', 'pagerduty', 'slack']);
  });

  test('of PagerDuty acknowledges, and PagerDuty does not get back what it sent', async () => {
    expect((await press('pagerduty')).status).toBe(200);
    expect((await state()).by).toBe('Earline Greenholt (The pagerduty)');
    expect(await notified()).toEqual(['on-call', 'slack']);
  });

  test('counts once: a repeat of the same request changes nothing, also after the incident was given back', async () => {
    for (const type of ['slack', 'pagerduty'] as const) {
      const body = type === 'slack' ? slackBody(id) : pagerDutyEvent(id, clock.now);
      await press(type, { body });
      await post(`/api/v1/incidents/${id}/unacknowledge`, {});
      expect((await press(type, { body })).status).toBe(200);
      expect([type, (await state()).by]).toEqual([type, null]);
    }
  });

  test('that was pressed too late names who has the incident, to that person alone', async () => {
    const replies = vi.spyOn(globalThis, 'fetch').mockImplementation(async () => new Response('ok'));
    await submit(path, null, { name: 'Grace' });
    replies.mockClear();
    await press('slack');
    const [call] = replies.mock.calls.filter(([url]) => String(url).startsWith('https://hooks.slack.com/'));
    expect(JSON.parse(String(call?.[1]?.body))).toMatchObject({
      response_type: 'ephemeral',
      text: expect.stringContaining('Already acknowledged by Grace (Ops &lt;b&gt;chat&lt;/b&gt;)'),
    });
    expect((await state()).by).toBe('Grace (Ops <b>chat</b>)');
  });

  test('stays acknowledged if Slack does not accept the reply', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    vi.spyOn(globalThis, 'fetch').mockImplementation(async () => {
      throw new Error('connection reset');
    });
    await submit(path, null, { name: 'Grace' });
    expect((await press('slack')).status).toBe(200);
    await vi.waitFor(() => expect(JSON.stringify(warn.mock.calls)).toContain('interaction.reply_failed'));
    expect((await state()).by).toBe('Grace (Ops <b>chat</b>)');
  });

  test.each(['slack', 'pagerduty'] as const)(
    'of %s with a wrong signature, an unknown channel or a channel without a secret is refused alike',
    async (type) => {
      vi.spyOn(console, 'warn').mockImplementation(() => undefined);
      const answers = [
        await press(type, { secret: 'wrong' }),
        await press(type, { channel: 'nowhere' as typeof type }),
        await press(type, { channel: 'on-call' as typeof type }),
        await press(type, { channel: (type === 'slack' ? 'pagerduty' : 'slack') as typeof type }),
      ];
      expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
      expect(answers[0]!.status).toBe(401);
      expect(await state()).toEqual(FREE);
    },
  );

  test('for an incident that the channel was not notified of does nothing', async () => {
    await DB.prepare("DELETE FROM deliveries WHERE channel_id = 'slack'").run();
    expect((await press('slack')).status).toBe(200);
    expect(await state()).toEqual(FREE);
  });
});
