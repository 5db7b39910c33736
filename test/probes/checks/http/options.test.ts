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

test('an http check has defaults for all options except its URL', () => {
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
    ['https://bücher.example/', 'bücher.example', 443],
    ['http://localhost:3000/', 'localhost', 3000],
    ['http://my_service.example.com/', 'my_service.example.com', 80],
    // Other ways to write an address are that address, and guarded as such.
    ['http://0x7f.1/', '127.0.0.1', 80],
    ['http://2130706433/', '127.0.0.1', 80],
  ])('the target of %s is %s, port %d', (url, host, port) => {
    expect(wrong({ url })).toBe('nothing');
    expect(findCheck('http')!.target(checkSchema.parse({ ...http, url }))).toEqual({
      host,
      port,
      transport: 'tcp',
      fields: { host: 'url', port: 'url' },
    });
  });

  test.each<[unknown, string]>([
    ['', '`url` must be a URL such as'],
    [null, '`url` must be a URL such as'],
    [undefined, '`url` must be a URL such as'],
    ['shop.example.com', 'must begin with https:// or http://'],
    ['ftp://shop.example.com/', 'must begin with https:// or http://'],
    ['//shop.example.com/', 'must begin with https:// or http://'],
    ['https://', 'Invalid URL'],
    ['https://shop.example.com:99999/', 'Invalid URL'],
    ['https://shop.example.com:0/', 'port of a URL must be between 1 and 65535'],
    ['https://[::g]/', 'Invalid URL'],
    ['https://-a.example/', 'letters, digits and hyphens'],
    ['https://*.example.com/', 'letters, digits and hyphens'],
    ['https://me:pw@shop.example.com/', 'cannot contain a user or password'],
    ['https://me@shop.example.com/', 'cannot contain a user or password'],
    ['https://shop.example.com/#top', 'fragment'],
    ['https://shop.example.com/a b', 'has no spaces or line breaks'],
    ['https://shop.example.com/\nhost: x', 'has no spaces or line breaks'],
    [' https://shop.example.com/', 'has no spaces or line breaks'],
    ['https://shop.example.com/?key={{token}}', 'cannot contain secrets'],
    [`https://shop.example.com/${'a'.repeat(2_048)}`, 'at most 2048'],
  ])('the URL %j is not valid', (url, hint) => {
    expect(wrong({ url })).toMatch(/^url: /);
    expect(wrong({ url })).toContain(hint);
  });
});

describe('the request of an http check', () => {
  test.each([
    [{ headers: { 'X-Custom': 'a value', accept: 'text/html', host: 'shop.example.com:8080' } }],
    [{ headers: { authorization: 'Bearer {{token}}' }, secrets: { token: 'abcd' } }],
    [{ headers: { 'x-api-key': '{{ key }}', 'X-Auth-Token': 'a{{key}}b' }, secrets: { key: 'abcd' } }],
    [{ headers: { host: '[2001:db8::1]:80' } }],
    [{ headers: { 'x-empty': '' } }],
    [{ method: 'POST', body: '{"a":"{{secret}}"}', secrets: { secret: 'more\nlines' } }],
    [{ method: 'DELETE', body: 'x' }],
  ])('the request options %j are valid', (options) => expect(wrong(options)).toBe('nothing'));

  test.each([
    [{ method: 'BREW' }, 'method: `method` must be one of GET, HEAD'],
    [{ method: 'get' }, 'method: `method` must be one of GET, HEAD'],
    [{ body: 'x' }, 'body: GET requests have no body. Change `method`'],
    [{ method: 'HEAD', body: 'x' }, 'body: HEAD requests have no body'],
    [{ method: 'HEAD', contains: 'x' }, 'method: The response to HEAD has no body'],
    [{ method: 'POST', body: 'x'.repeat(65_537) }, 'body: `body` must have at most 65536'],
    [{ headers: { 'a b': 'x' } }, 'headers.a b: A header name must consist of'],
    [{ headers: { 'x:': 'x' } }, 'headers.x:: A header name must consist of'],
    [{ headers: { x: 'a\r\ny: z' } }, 'headers.x: A header value must be one line of visible ASCII'],
    [{ headers: { x: 'caf\u00e9' } }, 'headers.x: A header value must be one line of visible ASCII'],
    [{ headers: { x: ' a' } }, 'headers.x: A header value must be one line of visible ASCII'],
    [{ headers: { x: 'a'.repeat(4_097) } }, 'headers.x: A header value must have at most 4096'],
    [{ headers: { Accept: 'a', accept: 'b' } }, 'headers.accept: The header "accept" appears twice'],
    [
      { headers: { Connection: 'close' } },
      'headers.Connection: The probe sets the header "connection" itself. Remove it.',
    ],
    [{ headers: { 'content-length': '5' } }, 'headers.content-length: The probe sets'],
    [{ headers: { 'Transfer-Encoding': 'chunked' } }, 'headers.Transfer-Encoding: The probe sets'],
    [{ headers: { upgrade: 'h2c' } }, 'headers.upgrade: The probe sets'],
    [{ headers: { host: 'a/b' } }, 'headers.host: Only a host is allowed here'],
    [
      { headers: { host: '{{host}}' }, secrets: { host: 'abcd' } },
      'headers.host: A host name must consist of',
    ],
    [{ headers: { host: 'a:b' } }, 'headers.host: The port of a `host` header must consist of digits'],
    [
      { headers: Object.fromEntries(Array.from({ length: 33 }, (_, at) => [`x-${at}`, 'x'])) },
      'headers: `headers` must have at most 32',
    ],
  ])('the request options %j are not valid', (options, hint) => expect(wrong(options)).toContain(hint));
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
  ])('the credential of the header %s must come from secrets', (name) => {
    const hint = `headers.${name}: A credential must come from \`secrets\`. Add it there and use its name here: {"${name}": "`;
    expect(wrong({ headers: { [name]: 'Bearer abc' } })).toContain(hint);
    expect(wrong({ headers: { [name]: 'Bearer {{my-token}}' } })).toContain(hint);
  });

  test('the message about a credential shows a header that is ready to copy', () => {
    expect(wrong({ headers: { Authorization: 'abc' } })).toBe(
      'headers.Authorization: A credential must come from `secrets`. Add it there and use its name here: {"Authorization": "Bearer {{token}}"}.',
    );
  });

  test.each([
    [
      { headers: { x: '{{token}}' } },
      'headers.x: The secret "token" does not exist. Add it to `secrets`, or remove {{token}}.',
    ],
    [{ headers: { x: '{{constructor}}' } }, 'headers.x: The secret "constructor" does not exist'],
    [{ method: 'POST', body: '{{a}} {{b}}', secrets: { a: 'abcd' } }, 'body: The secret "b" does not exist'],
    [{ secrets: { token: 'abcd' } }, 'secrets.token: The check does not use this secret'],
    [
      { headers: { x: '{{token}}' }, secrets: { token: 'two\nlines' } },
      'secrets.token: The header "x" uses this secret. It must be one line of visible ASCII',
    ],
    [
      { headers: { x: '{{token}}' }, secrets: { token: ' abcd' } },
      'secrets.token: The header "x" uses this secret',
    ],
    [
      { headers: { x: '{{token}}' }, secrets: { token: 'abc' } },
      'secrets.token: A secret must have at least 4',
    ],
    [
      { headers: { x: '{{token}}' }, secrets: { token: '\ud800abcd' } },
      'secrets.token: A secret must consist of whole characters',
    ],
    [{ headers: { x: '{{token}}' }, secrets: { token: null } }, 'secrets.token: '],
    [{ secrets: { 'my-token': 'abcd' } }, 'secrets.my-token: '],
  ])('the secrets of an http check must be used and sendable: %j', (options, hint) =>
    expect(wrong(options)).toContain(hint),
  );
});

describe('the assertions of an http check', () => {
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
  ])('the assertions %j are valid', (options) => expect(wrong(options)).toBe('nothing'));

  const pathOf = (path: unknown) => ({ jsonPath: [{ path, exists: true }] });
  test.each([
    [{ status: [] }, 'status: `status` is empty'],
    [{ status: 200 }, 'status: '],
    [{ status: [99] }, 'status.0: Invalid status. Use a code such as 200, a class'],
    [{ status: [200, '6xx'] }, 'status.1: Invalid status.'],
    [{ status: ['2XX'] }, 'status.0: Invalid status.'],
    [{ status: ['299-200'] }, 'status.0: Invalid status.'],
    [{ contains: '' }, 'contains: The text is empty'],
    [{ matches: '(a' }, 'matches: Invalid regular expression: missing closing ) at "(a"'],
    [
      { matches: '(?=a)' },
      'matches: Invalid regular expression: invalid or unsupported Perl syntax at "(?="',
    ],
    [{ matches: 'a(b)\\1' }, 'Use RE2 syntax, without lookaround and back-references'],
    [{ matches: '(?:[a-z]{20}[^x]{20}){25}' }, 'matches: This pattern is too large'],
    [{ matches: 'a'.repeat(513) }, 'matches: A pattern must have at most 512'],
    [pathOf('a.b'), "jsonPath.0.path: Invalid JSONPath (RFC 9535) at character 1: expected '$'"],
    [pathOf('$.a['), 'jsonPath.0.path: Invalid JSONPath (RFC 9535) at character 5'],
    [pathOf('$[?nope(@)]'), "no such function 'nope'"],
    [pathOf(`$${'['.repeat(300)}`), 'jsonPath.0.path: Invalid JSONPath'],
    [pathOf(`$[?${'('.repeat(240)}@.a${')'.repeat(240)}`), 'jsonPath.0.path: Invalid JSONPath'],
    [pathOf('$.a'.padEnd(600, 'a')), 'jsonPath.0.path: A JSONPath must have at most 512'],
    [
      { jsonPath: [{ path: '$.a' }] },
      'jsonPath.0: An entry must have exactly one of `equals`, `matches` and `exists`',
    ],
    [
      { jsonPath: [{ path: '$.a', equals: 1, exists: true }] },
      'jsonPath.0: An entry must have exactly one of',
    ],
    [
      { jsonPath: [{ path: '$.a', equals: {} }] },
      'jsonPath.0.equals: `equals` must be a text of at most 1024',
    ],
    [{ jsonPath: [{ path: '$.a', matches: '[' }] }, 'jsonPath.0.matches: Invalid regular expression'],
    [{ jsonPath: [] }, 'jsonPath: `jsonPath` is empty'],
    [{ redirects: 21 }, 'redirects: `redirects` must be a whole number between 0 and 20'],
    [{ redirects: true }, 'redirects: `redirects` must be a whole number between 0 and 20'],
    [{ maxLatencyMs: 0 }, 'maxLatencyMs: `maxLatencyMs` must be between 1 and 15000'],
    [{ certificateDays: [7, 7] }, 'certificateDays: A threshold appears twice'],
    [
      { certificateDays: [0] },
      'certificateDays.0: A threshold must be a whole number of days between 1 and 365',
    ],
    [{ follow: true }, '"follow"'],
  ])('the assertions %j are not valid', (options, hint) => expect(wrong(options)).toContain(hint));
});
