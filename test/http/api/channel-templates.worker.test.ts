// Templates of channels over the API, and the preview of a message.
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readStoredLog } from '../../support/d1/audit-log.ts';
import { countD1 } from '../../support/d1/counted-d1.ts';
import { ask, bindings, empty, patch, post, RECEIVER } from '../../support/d1/http-mesh.ts';
import { SHOP_EDITOR, twoTeams } from '../../support/d1/two-teams.ts';

const TOKEN = 'tok_0123456789abcdef';
const URL_OF = 'https://api.example.com/v1/messages?key=0123456789';
const PAGER = {
  ...{ id: 'pager', type: 'custom', name: 'Pager' },
  config: {
    ...{ url: URL_OF, headers: { 'X-Severity': '{{ event.severity }}' } },
    secretHeaders: { Authorization: `Bearer ${TOKEN}` },
  },
  templates: { body: '{"text": "{{ title }}"}' },
};
const read = async (id: string) => (await ask(`/api/v1/channels/${id}`)).json;

describe('templates', () => {
  beforeEach(empty);

  test.each([
    ['{{ monitor.nmae }}', '/templates/body', 'Unknown variable "monitor.nmae"'],
    ['{% include "x" %}', '/templates/body', 'Unknown tag "include"'],
    ['{% for i in (1..9) %}{% endfor %}', '/templates/body', 'Ranges such as (1..5) are not allowed.'],
    ['{"a": {{ title }}}', '/templates', 'is not valid JSON'],
  ])('%s is refused as it is written, and nothing is stored', async (body, pointer, message) => {
    const refused = await post('/api/v1/channels', { ...PAGER, templates: { body } });
    expect(refused.status).toBe(422);
    expect(refused.json.errors[0]).toMatchObject({ pointer });
    expect(refused.json.errors[0].message).toContain(message);
    expect((await ask('/api/v1/channels/pager')).status).toBe(404);
  });

  test('are read, updated and removed, with an entry in the audit log each', async () => {
    expect((await post('/api/v1/channels', PAGER)).json.templates).toEqual(PAGER.templates);
    const body = '{"text": "{{ summary }}"}';
    expect((await patch('/api/v1/channels/pager', { templates: { body } })).json.templates).toEqual({ body });
    const { entries } = await readStoredLog(bindings.DB);
    const { action, before, after } = entries.at(-1)!;
    expect(action).toBe('channel.updated');
    expect(JSON.parse(String(before))).toEqual({ templates: PAGER.templates });
    expect(JSON.parse(String(after))).toEqual({ templates: { body } });
    expect((await patch('/api/v1/channels/pager', { name: 'New' })).json.templates).toEqual({ body });
    expect((await patch('/api/v1/channels/pager', { templates: { body: null } })).json.templates).toBeNull();
  });

  test('are part of the configuration, which then changes nothing when it is written back', async () => {
    await post('/api/v1/channels', PAGER);
    const { channels } = (await ask('/api/v1/configuration')).json;
    expect(channels[0].templates).toEqual(PAGER.templates);
    const put = (documents: unknown) =>
      ask('/api/v1/configuration', { method: 'PUT', body: { channels: documents } });
    expect((await put(channels)).json).toMatchObject({ updated: 0 });
    expect((await put([{ ...channels[0], templates: null }])).json).toMatchObject({
      updated: 1,
    });
    expect((await read('pager')).templates).toBeNull();
  });

  test('of a webhook are refused: its body is fixed', async () => {
    const refused = await post('/api/v1/channels', { ...RECEIVER, templates: { body: 'x' } });
    expect(refused.json.errors[0].message).toContain('Channels of type webhook have no templates.');
  });
});

describe('the preview', () => {
  beforeEach(empty);
  const preview = (body: object) => post('/api/v1/channels/preview', body);

  test('shows the request of a stored channel with the names of its secrets', async () => {
    await post('/api/v1/channels', PAGER);
    const { status, json, text } = await preview({ channelId: 'pager', event: 'incident.resolved' });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      body: '{"text": "Resolved: Web shop was down for 12 min"}',
      warning: null,
      requests: [
        {
          ...{ method: 'POST', url: '<url>', body: '{"text": "Resolved: Web shop was down for 12 min"}' },
          headers: { 'X-Severity': 'info', Authorization: '<secretHeaders>' },
        },
      ],
    });
    expect(text).not.toContain(TOKEN);
    expect(text).not.toContain('api.example.com');
  });

  test('renders a template that is not stored, for a channel that does not exist', async () => {
    const { json } = await preview({
      type: 'email',
      config: { provider: 'resend', from: 'alerts@example.com', to: ['a@example.com'] },
      templates: { title: '{{ monitor.name | upcase }} is {{ verdict }}' },
    });
    expect(json.title).toBe('WEB SHOP is down');
    expect(json.requests[0]).toMatchObject({ url: 'https://api.resend.com/emails' });
    expect(json.requests[0].headers.authorization).toBe('Bearer <apiKey>');
    expect(JSON.parse(json.requests[0].body)).toMatchObject({ subject: 'WEB SHOP is down' });
  });

  test('names what is wrong with a template, and an unknown channel', async () => {
    await post('/api/v1/channels', PAGER);
    const wrong = await preview({ channelId: 'pager', templates: { body: '{{ x }}' } });
    expect(wrong.json.errors[0]).toMatchObject({ pointer: '/templates/body' });
    expect((await preview({ channelId: 'nobody' })).status).toBe(404);
    expect((await preview({})).json.errors[0].message).toContain('Write `type` or `channelId`.');
  });

  test('writes nothing and opens no secret', async () => {
    await post('/api/v1/channels', PAGER);
    const before = (await readStoredLog(bindings.DB)).entries.length;
    const ENCRYPTION_KEY = btoa('x'.repeat(32));
    const body = { channelId: 'pager' };
    expect(
      (await ask('/api/v1/channels/preview', { method: 'POST', body, env: { ENCRYPTION_KEY } })).status,
    ).toBe(200);
    expect((await readStoredLog(bindings.DB)).entries).toHaveLength(before);
  });
});

describe('with a restriction by tag', () => {
  beforeAll(async () => {
    await twoTeams();
  });

  test('the preview of a channel outside looks like that of an unknown one', async () => {
    const traced = async (channelId: string) => {
      const counted = countD1(bindings.DB);
      const options = { method: 'POST', token: SHOP_EDITOR, env: { DB: counted.db }, body: { channelId } };
      const { status, text } = await ask('/api/v1/channels/preview', options);
      return { status, text: text.replaceAll(channelId, 'ID'), sql: counted.take().map(({ sql }) => sql) };
    };
    expect((await traced('shop-hook')).status).toBe(200);
    const unknown = await traced('nowhere-1');
    expect(unknown.status).toBe(404);
    expect(await traced('bank-hook')).toEqual(unknown);
  });
});
