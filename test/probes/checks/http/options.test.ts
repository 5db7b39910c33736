import { describe, expect, test } from 'vitest';
import { checkSchema, findCheck } from '../../../../probes/checks/catalogue.ts';

const http = { type: 'http', url: 'https://shop.example.com/health' };
/** The first thing that is wrong, as `path: message`. */
const wrong = (options: object): string => {
  const parsed = checkSchema.safeParse({ ...http, ...options });
  if (parsed.success) return 'nothing';
  const issue = parsed.error.issues[0]!;
  return `${issue.path.join('.')}: ${issue.message}`;
};

test('http has defaults for all but its URL', () => {
  expect(checkSchema.parse(http)).toEqual({
    ...http,
    timeoutMs: 5000,
    method: 'GET',
    headers: {},
    status: ['2xx'],
    redirects: 10,
    trust: 'system',
    certificateDays: [14, 7, 3, 1],
    secrets: {},
  });
});

describe('a URL', () => {
  test.each([
    ['https://shop.example.com', 'shop.example.com', 443],
    ['http://shop.example.com/a?b=c', 'shop.example.com', 80],
    ['HTTPS://SHOP.example.com:8443/', 'shop.example.com', 8443],
    ['http://192.0.2.1:8080/', '192.0.2.1', 8080],
    ['http://[2001:db8::1]/', '2001:db8::1', 80],
    ['https://[2001:db8::1]:444/', '2001:db8::1', 444],
    ['https://bücher.example/', 'xn--bcher-kva.example', 443],
    ['http://localhost:3000/', 'localhost', 3000],
    ['http://my_service.example.com/', 'my_service.example.com', 80],
    // Other ways to write an address are that address, and guarded as such.
    ['http://0x7f.1/', '127.0.0.1', 80],
    ['http://2130706433/', '127.0.0.1', 80],
  ])('%s means %s, port %d', (url, host, port) => {
    expect(wrong({ url })).toBe('nothing');
    expect(findCheck('http')!.target(checkSchema.parse({ ...http, url }))).toEqual({
      host,
      port,
      transport: 'tcp',
      fields: { host: 'url', port: 'url' },
    });
  });

  test.each<[unknown, string]>([
    ['', 'Write a URL such as'],
    [null, 'Write a URL such as'],
    [undefined, 'Write a URL such as'],
    ['shop.example.com', 'begins with https:// or http://'],
    ['ftp://shop.example.com/', 'begins with https:// or http://'],
    ['//shop.example.com/', 'begins with https:// or http://'],
    ['https://', 'This is no URL'],
    ['https://shop.example.com:99999/', 'This is no URL'],
    ['https://shop.example.com:0/', 'port from 1 to 65535'],
    ['https://[::g]/', 'This is no URL'],
    ['https://-a.example/', 'letters, digits and hyphens'],
    ['https://*.example.com/', 'letters, digits and hyphens'],
    ['https://me:pw@shop.example.com/', 'Leave user and password out'],
    ['https://me@shop.example.com/', 'Leave user and password out'],
    ['https://shop.example.com/#top', 'fragment'],
    ['https://shop.example.com/a b', 'Remove the spaces'],
    ['https://shop.example.com/\nhost: x', 'Remove the spaces'],
    [' https://shop.example.com/', 'Remove the spaces'],
    ['https://shop.example.com/?key={{token}}', 'takes no secrets'],
    [`https://shop.example.com/${'a'.repeat(2_048)}`, 'at most 2048'],
  ])('may not be %j', (url, says) => {
    expect(wrong({ url })).toMatch(/^url: /);
    expect(wrong({ url })).toContain(says);
  });
});

describe('what http is told to send', () => {
  test.each([
    [{ headers: { 'X-Custom': 'a value', accept: 'text/html', host: 'shop.example.com:8080' } }],
    [{ headers: { authorization: 'Bearer {{token}}' }, secrets: { token: 'abcd' } }],
    [{ headers: { 'x-api-key': '{{ key }}', 'X-Auth-Token': 'a{{key}}b' }, secrets: { key: 'abcd' } }],
    [{ headers: { host: '[2001:db8::1]:80' } }],
    [{ headers: { 'x-empty': '' } }],
    [{ method: 'POST', body: '{"a":"{{secret}}"}', secrets: { secret: 'more\nlines' } }],
    [{ method: 'DELETE', body: 'x' }],
  ])('may be %j', (options) => expect(wrong(options)).toBe('nothing'));

  test.each([
    [{ method: 'BREW' }, 'method: Write one of GET, HEAD'],
    [{ method: 'get' }, 'method: Write one of GET, HEAD'],
    [{ body: 'x' }, 'body: GET sends no body: write another "method"'],
    [{ method: 'HEAD', body: 'x' }, 'body: HEAD sends no body'],
    [{ method: 'HEAD', contains: 'x' }, 'method: The answer to HEAD has no body'],
    [{ method: 'POST', body: 'x'.repeat(65_537) }, 'body: Write at most 65536'],
    [{ headers: { 'a b': 'x' } }, 'headers.a b: Write a header name'],
    [{ headers: { 'x:': 'x' } }, 'headers.x:: Write a header name'],
    [{ headers: { x: 'a\r\ny: z' } }, 'headers.x: Write visible ASCII'],
    [{ headers: { x: 'caf\u00e9' } }, 'headers.x: Write visible ASCII'],
    [{ headers: { x: ' a' } }, 'headers.x: Write visible ASCII'],
    [{ headers: { x: 'a'.repeat(4_097) } }, 'headers.x: Write at most 4096'],
    [{ headers: { Accept: 'a', accept: 'b' } }, 'headers.accept: "accept" is written twice'],
    [
      { headers: { Connection: 'close' } },
      'headers.Connection: The probe sets "connection" itself: leave it out',
    ],
    [{ headers: { 'content-length': '5' } }, 'headers.content-length: The probe sets'],
    [{ headers: { 'Transfer-Encoding': 'chunked' } }, 'headers.Transfer-Encoding: The probe sets'],
    [{ headers: { upgrade: 'h2c' } }, 'headers.upgrade: The probe sets'],
    [{ headers: { host: 'a/b' } }, 'headers.host: Write the host alone'],
    [{ headers: { host: '{{host}}' }, secrets: { host: 'abcd' } }, 'headers.host: Write a host name'],
    [{ headers: { host: 'a:b' } }, 'headers.host: Write a port of digits'],
    [
      { headers: Object.fromEntries(Array.from({ length: 33 }, (_, at) => [`x-${at}`, 'x'])) },
      'headers: Write at most 32',
    ],
  ])('may not be %j', (options, says) => expect(wrong(options)).toContain(says));
});

describe('the secrets of an http check', () => {
  test.each([
    'authorization',
    'Authorization',
    'proxy-authorization',
    'cookie',
    'x-auth-token',
    'X-Api-Key',
    'apikey',
    'x-client-secret',
    'x-password',
  ])('are where the credential of %s comes from', (name) => {
    const says = `headers.${name}: Write the credential into "secrets" and name it here: {"${name}": "`;
    expect(wrong({ headers: { [name]: 'Bearer abc' } })).toContain(says);
    expect(wrong({ headers: { [name]: 'Bearer {{my-token}}' } })).toContain(says);
  });

  test('are shown the way, ready to copy', () => {
    expect(wrong({ headers: { Authorization: 'abc' } })).toBe(
      'headers.Authorization: Write the credential into "secrets" and name it here: {"Authorization": "Bearer {{token}}"}.',
    );
  });

  test.each([
    [
      { headers: { x: '{{token}}' } },
      'headers.x: There is no secret "token": write it into "secrets", or take {{token}} out.',
    ],
    [{ headers: { x: '{{constructor}}' } }, 'headers.x: There is no secret "constructor"'],
    [{ method: 'POST', body: '{{a}} {{b}}', secrets: { a: 'abcd' } }, 'body: There is no secret "b"'],
    [{ secrets: { token: 'abcd' } }, 'secrets.token: Nothing uses this secret'],
    [
      { headers: { x: '{{token}}' }, secrets: { token: 'two\nlines' } },
      'secrets.token: It stands in the header "x": write visible ASCII',
    ],
    [
      { headers: { x: '{{token}}' }, secrets: { token: ' abcd' } },
      'secrets.token: It stands in the header "x"',
    ],
    [{ headers: { x: '{{token}}' }, secrets: { token: 'abc' } }, 'secrets.token: Write at least 4'],
    [
      { headers: { x: '{{token}}' }, secrets: { token: '\ud800abcd' } },
      'secrets.token: Write whole characters',
    ],
    [{ headers: { x: '{{token}}' }, secrets: { token: null } }, 'secrets.token: '],
    [{ secrets: { 'my-token': 'abcd' } }, 'secrets.my-token: '],
  ])('%j', (options, says) => expect(wrong(options)).toContain(says));
});

describe('what http expects', () => {
  test.each([
    [{ status: [200, '3xx', '400-404'] }],
    [{ status: ['200-200'] }],
    [{ contains: 'a', notContains: 'b', matches: '^\\d+(a|b)$' }],
    [{ jsonPath: [{ path: '$.a["b"][0][?@.c == 1]', exists: true }] }],
    [
      {
        jsonPath: [
          { path: '$..a', equals: null },
          { path: '$', matches: 'a' },
        ],
      },
    ],
    [{ redirects: 0 }],
    [{ redirects: 20 }],
    [{ maxLatencyMs: 1.5 }],
    [{ certificateDays: [] }],
    [{ certificateDays: [1, 30] }],
  ])('may be %j', (options) => expect(wrong(options)).toBe('nothing'));

  const pathOf = (path: unknown) => ({ jsonPath: [{ path, exists: true }] });
  test.each([
    [{ status: [] }, 'status: Write at least one'],
    [{ status: 200 }, 'status: '],
    [{ status: [99] }, 'status.0: Write a status such as 200, a class'],
    [{ status: [200, '6xx'] }, 'status.1: Write a status such as'],
    [{ status: ['2XX'] }, 'status.0: Write a status such as'],
    [{ status: ['299-200'] }, 'status.0: Write a status such as'],
    [{ contains: '' }, 'contains: Write at least one character'],
    [{ matches: '(a' }, 'matches: This is no regular expression in RE2 syntax: missing closing ) at "(a"'],
    [
      { matches: '(?=a)' },
      'matches: This is no regular expression in RE2 syntax: invalid or unsupported Perl syntax at "(?="',
    ],
    [{ matches: 'a(b)\\1' }, 'It has no look-around and no back-references'],
    [{ matches: '(?:[a-z]{20}[^x]{20}){25}' }, 'matches: This pattern is too large'],
    [{ matches: 'a'.repeat(513) }, 'matches: Write at most 512'],
    [pathOf('a.b'), "jsonPath.0.path: This is no JSONPath (RFC 9535) at character 1: expected '$'"],
    [pathOf('$.a['), 'jsonPath.0.path: This is no JSONPath (RFC 9535) at character 5'],
    [pathOf('$[?nope(@)]'), "no such function 'nope'"],
    [pathOf(`$${'['.repeat(300)}`), 'jsonPath.0.path: This is no JSONPath'],
    [pathOf(`$[?${'('.repeat(240)}@.a${')'.repeat(240)}`), 'jsonPath.0.path: This is no JSONPath'],
    [pathOf('$.a'.padEnd(600, 'a')), 'jsonPath.0.path: Write at most 512'],
    [{ jsonPath: [{ path: '$.a' }] }, 'jsonPath.0: Write one of "equals", "matches" and "exists"'],
    [{ jsonPath: [{ path: '$.a', equals: 1, exists: true }] }, 'jsonPath.0: Write one of'],
    [{ jsonPath: [{ path: '$.a', equals: {} }] }, 'jsonPath.0.equals: Write a text of at most 1024'],
    [{ jsonPath: [{ path: '$.a', matches: '[' }] }, 'jsonPath.0.matches: This is no regular expression'],
    [{ jsonPath: [] }, 'jsonPath: Write at least one'],
    [{ redirects: 21 }, 'redirects: Write a whole number from 0 to 20'],
    [{ redirects: true }, 'redirects: Write a whole number from 0 to 20'],
    [{ maxLatencyMs: 0 }, 'maxLatencyMs: Write at least 1 ms'],
    [{ certificateDays: [7, 7] }, 'certificateDays: Write each number of days once'],
    [{ certificateDays: [0] }, 'certificateDays.0: Write days from 1 to 365'],
    [{ follow: true }, '"follow"'],
  ])('may not be %j', (options, says) => expect(wrong(options)).toContain(says));
});
