// The custom channel, with its templates applied.
import { describe, expect, test } from 'vitest';
import { withTemplates } from '../../src/channels/apply-templates.ts';
import type { Channel, HttpRequest } from '../../src/channels/channel.ts';
import { exampleMessage } from '../../src/channels/check-templates.ts';
import { custom } from '../../src/channels/custom.ts';
import { eventTypes } from '../../src/channels/events.ts';
import { exampleBody } from '../../src/channels/example-bodies.ts';
import { withText } from '../../src/channels/render.ts';
import { toMessage } from '../../src/channels/to-message.ts';

const channel = custom as unknown as Channel;
const URL_OF = 'https://api.example.com/v1/messages?key=0123456789';
const CONTEXT = { now: 0, receipt: null, publicUrl: 'https://status.example.com' };
const HOSTILE = '<!channel> *x* [a](javascript:1) & "q"\r\nX-Evil: 1\u2028 \\u0022';

function hostileMessage() {
  const body = exampleBody('incident.opened');
  const monitor = { ...body.data.monitor!, name: HOSTILE };
  return toMessage([{ id: 'n_1', body: withText({ ...body, data: { ...body.data, monitor } }) }]);
}

async function requestOf(config: object, body: string | null = null, message = hostileMessage()) {
  const parsed = custom.config.parse({ url: URL_OF, ...config });
  const templated = withTemplates(channel, parsed, body === null ? null : { body }, message);
  expect(templated.warning).toBeNull();
  return (await custom.requests(templated.message, parsed, CONTEXT))[0] as HttpRequest;
}

describe('a header is refused', () => {
  test.each([
    [{ 'X-A': 'a\r\nX-Evil: 1' }],
    [{ 'X-A': 'a\nb' }],
    [{ 'X-A': 'ü' }],
    [{ 'X A': 'a' }],
    [{ 'X-A\r\nX-Evil': 'a' }],
    [{ 'X-{{ id }}': 'a' }],
    [{ Host: 'a' }],
    [{ 'content-LENGTH': '0' }],
    [{ 'Transfer-Encoding': 'chunked' }],
    [{ 'CF-Worker': 'a' }],
    [{ 'X-A': 'a', 'x-a': 'b' }],
    [Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`X-${index}`, 'a']))],
  ])('%j', (headers) => {
    expect(custom.config.safeParse({ url: URL_OF, headers }).success).toBe(false);
    expect(custom.config.safeParse({ url: URL_OF, secretHeaders: headers }).success).toBe(false);
  });

  test('that is secret and not secret at once', () => {
    const config = { url: URL_OF, headers: { 'X-Token': 'a' }, secretHeaders: { 'x-token': 'b' } };
    expect(custom.config.safeParse(config).error?.issues[0]?.message).toBe(
      'x-token is in `headers` too. Remove one of them.',
    );
  });
});

describe('a hostile name stays inside its value', () => {
  test('in JSON', async () => {
    const { body, headers } = await requestOf({}, '{"text": "{{ monitor.name }}", "id": "{{ id }}"}');
    expect(JSON.parse(body)).toEqual({
      text: '‹!channel› *x* [a](javascript:1) & "q" X-Evil: 1 \\u0022',
      id: 'n_1',
    });
    expect(headers['content-type']).toBe('application/json');
  });

  test('in a form', async () => {
    const { body } = await requestOf({ contentType: 'form' }, 'to=me&text={{ monitor.name }}');
    expect([...new URLSearchParams(body).keys()]).toEqual(['to', 'text']);
  });

  test('in a header', async () => {
    const { headers } = await requestOf({ headers: { 'X-Name': '{{ monitor.name }}' } });
    expect(headers['X-Name']).toMatch(/^[ -~]+$/);
    expect(() => new Headers(headers)).not.toThrow();
  });
});

test('no event and no template changes the address, the method or the names of the headers', async () => {
  for (const type of eventTypes) {
    const request = await requestOf(
      { method: 'PUT', headers: { 'X-Id': '{{ id }}' }, secretHeaders: { Authorization: 'Bearer t' } },
      '{"t": "{{ title }}"}',
      exampleMessage(type),
    );
    expect(request).toMatchObject({ url: URL_OF, method: 'PUT' });
    expect(Object.keys(request.headers)).toEqual(['content-type', 'user-agent', 'X-Id', 'Authorization']);
  }
});

test('a secret header is no template, and its value is in no body', async () => {
  const secretHeaders = { Authorization: 'Bearer {{ id }}' };
  const { headers, body } = await requestOf({ secretHeaders }, '{"a": "{{ id }}"}');
  expect(headers.Authorization).toBe('Bearer {{ id }}');
  expect(body).toBe('{"a": "n_1"}');
});

test('without a template, each type of content has the texts of the event', async () => {
  const message = exampleMessage('incident.opened');
  const [{ body: whole }] = message.notifications;
  expect(JSON.parse((await requestOf({}, null, message)).body)).toEqual(whole);
  const form = new URLSearchParams((await requestOf({ contentType: 'form' }, null, message)).body);
  expect(Object.fromEntries(form)).toEqual({
    ...{ title: whole.title, summary: message.summary, severity: 'critical', event: 'incident.opened' },
    ...{ id: 'example_incident_opened', url: 'https://status.example.com/incidents/inc_mbx1k2_7' },
  });
  const { body: text, headers } = await requestOf({ contentType: 'text' }, null, message);
  expect(text.split('\n')[0]).toBe('Web shop is down');
  expect(text).toContain('Acknowledge: https://status.example.com/acknowledge/example');
  expect(headers['content-type']).toBe('text/plain; charset=utf-8');
});
