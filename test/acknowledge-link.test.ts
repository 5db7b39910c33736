// The signed link of an incident: only this mesh makes one, and every part of it counts.
import { expect, test } from 'vitest';
import { acknowledgeUrl, LINK_LIFETIME_MS, readAcknowledgeToken } from '../src/acknowledge-link.ts';

const key = (letter: string): string => btoa(letter.repeat(32));
const KEYS = { encryptionKey: key('a') };
const SENT_AT = 1_800_000_000_123;
const PUBLIC_URL = 'https://status.test';

const CHANNEL = { id: 'on-call', createdAt: SENT_AT - 5_000 };

const link = (keys = KEYS, channel = CHANNEL): Promise<string> =>
  acknowledgeUrl(keys, PUBLIC_URL, 'inc_mbx1k2_7', channel, SENT_AT);
const tokenOf = (url: string): string => url.slice(`${PUBLIC_URL}/acknowledge/`.length);

test('a link names its incident and its channel, and expires seven days after the notification', async () => {
  const found = await readAcknowledgeToken(KEYS, tokenOf(await link()));
  expect(found).toEqual({
    incidentId: 'inc_mbx1k2_7',
    channel: CHANNEL,
    expiresAt: Math.ceil((SENT_AT + LINK_LIFETIME_MS) / 1_000) * 1_000,
  });
});

test('a retry of the same notification has the same link, so that a message does not change', async () => {
  expect(await link()).toBe(await link());
});

test('another channel with the same id has another link', async () => {
  expect(await link(KEYS, { ...CHANNEL, createdAt: SENT_AT })).not.toBe(await link());
});

test('a link is short enough for an SMS, and needs no escaping', async () => {
  const url = await link();
  expect(url.length).toBeLessThan(100);
  expect(encodeURI(url)).toBe(url);
});

test('a link to another incident, another channel or a later time is not accepted', async () => {
  const [incident = '', channel = '', created = '', time = '', mac = ''] = tokenOf(await link()).split('.');
  const later = (Number.parseInt(time, 36) + 1).toString(36);
  for (const changed of [
    ['inc_mbx1k2_8', channel, created, time, mac],
    [incident, 'others', created, time, mac],
    [incident, channel, time, time, mac],
    [incident, channel, created, later, mac],
    [`${incident}.${channel}`, channel, created, time, mac],
    [incident, channel, created, time, `${mac.slice(0, -2)}AA`],
    [incident, channel, created, time, ''],
    [incident, channel, time, mac],
    [incident, channel, mac],
  ])
    expect([changed, await readAcknowledgeToken(KEYS, changed.join('.'))]).toEqual([changed, null]);
});

test.each([
  '',
  '.',
  '...',
  '....',
  'x',
  'a.b.c.d',
  '..%2f..',
  'inc.on-call.z.zzzzzzzzz.AAAAAAAAAAAAAAAAAAAAAA',
  'ü'.repeat(5_000),
])('a text that is not a token is refused: %.20s', async (token) => {
  expect(await readAcknowledgeToken(KEYS, token)).toBeNull();
});

test('a link of another mesh is not accepted', async () => {
  const other = await link({ encryptionKey: key('b') });
  expect(await readAcknowledgeToken(KEYS, tokenOf(other))).toBeNull();
});

test('a link outlives one rotation of the encryption key, and not two', async () => {
  const token = tokenOf(await link());
  const rotated = { encryptionKey: key('b'), previousEncryptionKey: key('a') };
  expect(await readAcknowledgeToken(rotated, token)).toMatchObject({ incidentId: 'inc_mbx1k2_7' });
  const twice = { encryptionKey: key('c'), previousEncryptionKey: key('b') };
  expect(await readAcknowledgeToken(twice, token)).toBeNull();
});

test('the key of links signs nothing else: it differs from the encryption key itself', async () => {
  const token = tokenOf(await link());
  const signed = token.slice(0, token.lastIndexOf('.'));
  const raw = await crypto.subtle.importKey(
    'raw',
    new TextEncoder().encode('a'.repeat(32)),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  );
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', raw, new TextEncoder().encode(signed)));
  const text = Buffer.from(mac.subarray(0, 16)).toString('base64url');
  expect(token.endsWith(text)).toBe(false);
});
