// Where a check sends its secrets, and which change of a check needs a value again.
import { describe, expect, test } from 'vitest';
import { type CheckInput, checkInputSchema, secretUsesOf } from '../../../../probes/checks/check-input.ts';
import { describeMove, findMove } from '../../../../probes/checks/shared/secret-origin.ts';

const HTTP = {
  type: 'http',
  url: 'https://shop.example.com/health',
  headers: { authorization: 'Bearer {{token}}' },
  secrets: { token: null },
};
const SCRIPT = {
  type: 'script',
  host: 'mail.example.com',
  port: 587,
  steps: [{ expect: '220' }, { startTls: true }, { send: 'AUTH {{token}}\r\n' }, { expect: '235' }],
  secrets: { token: null },
};
const REDIS = { ...SCRIPT, port: 6379, steps: [{ send: 'AUTH {{token}}\r\n' }, { expect: 'OK' }] };
const UDP = { type: 'udp', host: 'game.example.com', port: 1, send: '{{token}}', secrets: { token: null } };
const PEM = `-----BEGIN CERTIFICATE-----\n${btoa(`\x30\x81\x80${'x'.repeat(128)}`)}\n-----END CERTIFICATE-----`;

const valid = (check: object): CheckInput => {
  const parsed = checkInputSchema.safeParse(check);
  expect(parsed.error?.issues).toBeUndefined();
  return check as CheckInput;
};
const moveOf = (before: object, after: object) =>
  findMove('token', secretUsesOf(valid(before)), secretUsesOf(valid(after)));

describe('a change that needs the value again', () => {
  const cases: [string, object, object][] = [
    ['another host', HTTP, { ...HTTP, url: 'https://evil.example.com/health' }],
    ['a subdomain', HTTP, { ...HTTP, url: 'https://x.shop.example.com/' }],
    ['a parent domain', HTTP, { ...HTTP, url: 'https://example.com/' }],
    ['a name that begins the same', HTTP, { ...HTTP, url: 'https://shop.example.com.evil.example/' }],
    ['another port', HTTP, { ...HTTP, url: 'https://shop.example.com:8443/health' }],
    ['https to http', HTTP, { ...HTTP, url: 'http://shop.example.com/health' }],
    ['https to http on the same port', HTTP, { ...HTTP, url: 'http://shop.example.com:443/health' }],
    ['http to https', { ...HTTP, url: 'http://shop.example.com/' }, HTTP],
    ['another virtual host', HTTP, { ...HTTP, headers: { ...HTTP.headers, host: 'evil.example.com' } }],
    [
      'another virtual host in capitals',
      HTTP,
      { ...HTTP, headers: { ...HTTP.headers, HOST: 'evil.example' } },
    ],
    ['an address in place of the name', HTTP, { ...HTTP, url: 'https://192.0.2.1/health' }],
    ['any certificate', HTTP, { ...HTTP, trust: 'any' }],
    ['other authorities', HTTP, { ...HTTP, ca: PEM }],
    ['public authorities in place of own ones', { ...HTTP, ca: PEM }, HTTP],
    ['any certificate in place of own authorities', { ...HTTP, ca: PEM }, { ...HTTP, trust: 'any' }],
    ['a script in place of http', HTTP, { ...REDIS, host: 'shop.example.com', port: 443, tls: true }],
    ['udp in place of a script', REDIS, { ...UDP, host: REDIS.host, port: REDIS.port }],
    ['another host of a script', SCRIPT, { ...SCRIPT, host: 'evil.example.com' }],
    ['another port of a script', SCRIPT, { ...SCRIPT, port: 25_000 }],
    ['another server name', SCRIPT, { ...SCRIPT, serverName: 'evil.example.com' }],
    ['any certificate in a script', SCRIPT, { ...SCRIPT, trust: 'any' }],
    ['no TLS', { ...REDIS, tls: true }, REDIS],
    [
      'a secret that is sent before TLS starts',
      SCRIPT,
      { ...SCRIPT, steps: [{ send: 'AUTH {{token}}' }, { startTls: true }, { expect: '235' }] },
    ],
    [
      'a secret that is also sent before TLS starts',
      SCRIPT,
      { ...SCRIPT, steps: [{ send: '{{token}}' }, ...SCRIPT.steps] },
    ],
    [
      'the secret of a later step, in plain text',
      {
        ...SCRIPT,
        steps: [{ send: '{{user}}' }, ...SCRIPT.steps],
        secrets: { token: null, user: null },
      },
      {
        ...SCRIPT,
        steps: [{ send: '{{user}} {{token}}' }, ...SCRIPT.steps],
        secrets: { token: null, user: null },
      },
    ],
    ['another host of a datagram', UDP, { ...UDP, host: 'evil.example.com' }],
    ['another port of a datagram', UDP, { ...UDP, port: 2 }],
  ];
  test.each(cases)('%s', (_, before, after) => {
    const move = moveOf(before, after);
    expect(move).not.toBeNull();
    expect(describeMove(move!)).toMatch(/^Send the value of secret `token` again: .+\.$/);
  });
});

describe('a change that keeps the value', () => {
  const cases: [string, object, object][] = [
    ['another path and method', HTTP, { ...HTTP, url: 'https://shop.example.com/b?c', method: 'POST' }],
    ['the default port written out', HTTP, { ...HTTP, url: 'https://SHOP.example.com:443/' }],
    ['the body in place of a header', HTTP, { ...HTTP, method: 'POST', headers: {}, body: '{{token}}' }],
    ['the own host as a header', HTTP, { ...HTTP, headers: { ...HTTP.headers, Host: 'shop.example.com' } }],
    [
      'redirects, timeouts and expectations',
      HTTP,
      { ...HTTP, redirects: 0, timeoutMs: 900, status: ['2xx'] },
    ],
    ['public authorities in place of any', { ...HTTP, trust: 'any' }, HTTP],
    ['own authorities in place of any', { ...HTTP, trust: 'any' }, { ...HTTP, ca: PEM }],
    ['other steps of a script', SCRIPT, { ...SCRIPT, steps: [...SCRIPT.steps, { send: 'QUIT\r\n' }] }],
    ['the own server name', SCRIPT, { ...SCRIPT, serverName: 'MAIL.example.com' }],
    ['a final dot', SCRIPT, { ...SCRIPT, host: 'Mail.example.com.', serverName: 'mail.example.com' }],
    ['another text of a datagram', UDP, { ...UDP, send: 'a {{token}}', timeoutMs: 900 }],
  ];
  test.each(cases)('%s', (_, before, after) => {
    expect(moveOf(before, after)).toBeNull();
  });
});

test('the message names both origins', () => {
  const move = moveOf(HTTP, { ...HTTP, url: 'https://evil.example.com/' });
  expect(describeMove(move!)).toBe(
    "Send the value of secret `token` again: the check's origin changes from https://shop.example.com to https://evil.example.com.",
  );
  expect(describeMove(moveOf(HTTP, { ...HTTP, trust: 'any' })!)).toBe(
    'Send the value of secret `token` again: https://shop.example.com is now proved by any certificate instead of certificates of the public authorities.',
  );
});
