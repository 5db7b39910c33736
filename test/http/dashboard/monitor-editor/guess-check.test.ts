// What a person types as "URL or host:port" becomes a check that the API accepts, with a reason, or a sentence that says the fix.
import { describe, expect, test } from 'vitest';
import { checkInputSchema } from '../../../../probes/checks/check-input.ts';
import type { Observation } from '../../../../probes/contract/index.ts';
import {
  type Guess,
  guessCheck,
  KINDS,
  type Kind,
  kindByAnswer,
} from '../../../../src/http/dashboard/monitor-editor/guess-check.ts';
import { SCHEME_PORTS, SERVICES } from '../../../../src/http/dashboard/monitor-editor/known-services.ts';

const checkOf = (guess: Guess) => (guess.kind === 'check' ? guess.check : guess);

describe('is a website', () => {
  test.each([
    ['https://shop.example.com', 'https://shop.example.com'],
    ['https://shop.example.com/', 'https://shop.example.com'],
    ['  https://shop.example.com  ', 'https://shop.example.com'],
    ['HTTPS://shop.example.com/Health?x=1', 'https://shop.example.com/Health?x=1'],
    ['https://shop.example.com:443/', 'https://shop.example.com'],
    ['https://shop.example.com:8443/health', 'https://shop.example.com:8443/health'],
    ['https://shop.example.com?x=1', 'https://shop.example.com/?x=1'],
    ['https://shop.example.com/a#part', 'https://shop.example.com/a'],
    ['https://shop.example.com#part', 'https://shop.example.com'],
    ['https://shop.example.com:/', 'https://shop.example.com'],
    ['https:/shop.example.com', 'https://shop.example.com'],
    ['https:shop.example.com', 'https://shop.example.com'],
    ['//shop.example.com/a', 'https://shop.example.com/a'],
    ['http://shop.example.com', 'http://shop.example.com'],
    ['http://shop.example.com:80', 'http://shop.example.com'],
    ['http://localhost:8787/x', 'http://localhost:8787/x'],
    ['http://[2001:db8::1]:8080/', 'http://[2001:db8::1]:8080'],
    ['https://[2001:db8::1]', 'https://[2001:db8::1]'],
    ['https://bücher.example/straße', 'https://bücher.example/straße'],
    ['https://example.com/user@host', 'https://example.com/user@host'],
    ['shop.example.com', 'https://shop.example.com'],
    ['shop.example.com.', 'https://shop.example.com.'],
    ['www.example.com', 'https://www.example.com'],
    ['bücher.example', 'https://bücher.example'],
    ['例え.テスト', 'https://例え.テスト'],
    ['shop.example.com/health', 'https://shop.example.com/health'],
    ['192.0.2.1/health', 'https://192.0.2.1/health'],
    ['localhost/health', 'https://localhost/health'],
    ['shop.example.com:443', 'https://shop.example.com'],
    ['shop.example.com:8443', 'https://shop.example.com:8443'],
    ['[2001:db8::1]:443', 'https://[2001:db8::1]'],
    ['shop.example.com:80', 'http://shop.example.com'],
    ['localhost:3000', 'http://localhost:3000'],
    ['http:8080', 'http://http:8080'],
  ])('%s', (text, url) => {
    expect(checkOf(guessCheck(text))).toEqual({ type: 'http', url });
  });
});

describe('is another check', () => {
  test.each([
    ['db.example.com:5432', { type: 'tcp', host: 'db.example.com', port: 5432 }],
    ['192.0.2.1:7000', { type: 'tcp', host: '192.0.2.1', port: 7000 }],
    ['[2001:db8::1]:7000', { type: 'tcp', host: '2001:db8::1', port: 7000 }],
    ['tcp://db.example.com:5432', { type: 'tcp', host: 'db.example.com', port: 5432 }],
    ['tls://mail.example.com', { type: 'tls', host: 'mail.example.com' }],
    ['ssl://mail.example.com:993', { type: 'tls', host: 'mail.example.com', port: 993 }],
    ['wss://live.example.com/socket', { type: 'tls', host: 'live.example.com' }],
    ['ws://live.example.com/socket', { type: 'tcp', host: 'live.example.com', port: 80 }],
    ['ldaps://ldap.example.com', { type: 'tls', host: 'ldap.example.com', port: 636 }],
    ['postgres://db.example.com/shop', { type: 'tcp', host: 'db.example.com', port: 5432 }],
    ['ns1.example.com:53', { type: 'dns', name: 'example.com', server: 'ns1.example.com', record: 'SOA' }],
    ['example.com:53', { type: 'dns', name: 'example.com', server: 'example.com', record: 'SOA' }],
    ['192.0.2.53:53', { type: 'dns', name: 'example.com', server: '192.0.2.53' }],
    ['dns://192.0.2.53/shop.example.com', { type: 'dns', name: 'shop.example.com', server: '192.0.2.53' }],
    ['dns:///shop.example.com', { type: 'dns', name: 'shop.example.com' }],
  ])('%s', (text, check) => {
    expect(checkOf(guessCheck(text))).toEqual(check);
  });

  test.each([
    ['mail.example.com:25', 25],
    ['smtp://mail.example.com', 25],
    ['mail.example.com:587', 587],
    ['mail.example.com:465', 465],
    ['shell.example.com:22', 22],
    ['ssh://shell.example.com', 22],
    ['ssh://shell.example.com:2222', 2222],
    ['redis://cache.example.com', 6379],
    ['imaps://mail.example.com', 993],
  ])('%s: a conversation of the service at port %i', (text, port) => {
    expect(checkOf(guessCheck(text))).toMatchObject({ type: 'script', port, steps: expect.any(Array) });
  });
});

describe('is asked', () => {
  test.each(['192.0.2.1', '2001:db8::1', '[2001:db8::1]', 'localhost', 'printer'])('%s', (text) => {
    const guess = guessCheck(text);
    expect(guess).toMatchObject({ kind: 'ask', choices: ['https', 'http', 'tls', 'dns'] });
    for (const kind of ['https', 'http', 'tls', 'dns'] as const)
      expect(checkInputSchema.safeParse(checkOf(guessCheck(text, kind))).success).toBe(true);
  });
});

describe('is refused, with the fix', () => {
  test.each([
    ['', 'Enter a URL or host:port'],
    ['   ', 'Enter a URL or host:port'],
    ['https://', 'Enter a URL or host:port'],
    ['https:///path', 'host is missing'],
    ['/path', 'host is missing'],
    [':443', 'host is missing'],
    ['user:password@shop.example.com', 'Remove the part before "@"'],
    ['https://user:password@shop.example.com/', 'Remove the part before "@"'],
    ['postgres://app:geheim@db.example.com/shop', 'Remove the part before "@"'],
    ['mailto:ada@example.com', 'Remove the part before "@"'],
    ['shop example.com', 'has a space'],
    ['https://shop.example.com/a b', '%20'],
    ['shop.example.com\nevil.example.com', 'one target'],
    ['shop.example.com:0', 'between 1 and 65535'],
    ['shop.example.com:65536', 'between 1 and 65535'],
    ['shop.example.com:https', 'between 1 and 65535'],
    ['[2001:db8::1]443', 'between 1 and 65535'],
    ['[2001:db8::g]', 'IPv6'],
    ['1:2:3', 'IPv6'],
    ['2130706433', 'four decimal numbers'],
    ['127.1', 'four decimal numbers'],
    ['0x7f.0.0.0x1', 'four decimal numbers'],
    ['-shop.example.com', 'letters, digits and hyphens'],
    ['shop..example.com', 'letters, digits and hyphens'],
    ['<script>alert(1)</script>', 'letters, digits and hyphens'],
    ['gopher://example.com', 'gopher:// are unknown'],
    ['javascript://example.com', 'unknown'],
    ['tcp://db.example.com', 'which port?'],
    ['x'.repeat(2_049), 'at most 2048'],
  ])('%s', (text, message) => {
    expect(guessCheck(text)).toEqual({ kind: 'refused', message: expect.stringContaining(message) });
  });

  test('never repeats a password', () => {
    expect(JSON.stringify(guessCheck('https://ada:geheim@shop.example.com'))).not.toContain('geheim');
  });
});

test('a schema, a port or a choice that is a name of every object is unknown', () => {
  for (const text of ['constructor://example.com', 'tostring://example.com', 'valueof://example.com'])
    expect(guessCheck(text).kind).toBe('refused');
});

const TARGETS = [
  ...[...SERVICES.keys()].map((port) => `mail.example.com:${port}`),
  ...[...SCHEME_PORTS.keys()].map((scheme) => `${scheme}://mail.example.com`),
  ...[
    'https://bücher.example/a',
    'shop.example.com',
    '192.0.2.1:443',
    '[2001:db8::1]:53',
    'ns.example.com:53',
  ],
];

test.each(TARGETS)('every choice that is offered for %s is a check that the API accepts', (text) => {
  const guess = guessCheck(text);
  if (guess.kind !== 'check') throw new Error(guess.kind);
  expect(guess.reason).toMatch(/\.$/);
  expect(guess.name).toMatch(/^.{1,120}$/);
  for (const one of [guess, ...guess.others.map((kind) => guessCheck(text, kind))])
    expect([text, checkInputSchema.safeParse(checkOf(one)).error?.issues]).toEqual([text, undefined]);
});

test('a choice that does not fit is refused with the fix', () => {
  expect(guessCheck('192.0.2.1', 'tcp')).toEqual({
    kind: 'refused',
    message: expect.stringContaining('192.0.2.1:5432'),
  });
  expect(guessCheck('shop.example.com', 'service').kind).toBe('refused');
});

test.each([
  ['https://www.example.com/', 'example.com'],
  ['shop.example.com:443', 'shop.example.com'],
  ['https://shop.example.com/health/?x=1', 'shop.example.com/health'],
  ['db.example.com:5432', 'db.example.com:5432'],
  ['[2001:db8::1]:22', '[2001:db8::1]:22'],
  ['ns1.example.com:53', 'DNS of example.com'],
  ['bücher.example', 'bücher.example'],
])('%s is called %s', (text, name) => {
  expect(guessCheck(text)).toMatchObject({ name });
});

test('no text makes the guess throw, and every check that it makes has a name', () => {
  const parts = [
    'https://',
    'xn--a',
    ':',
    '[',
    ']',
    '::',
    '443',
    '/',
    '?',
    '#',
    '@',
    '%',
    '.',
    'é',
    '\u202e',
    '😀',
    ' ',
  ];
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed % below;
  };
  for (let round = 0; round < 1_500; round += 1) {
    const text = Array.from({ length: 1 + random(7) }, () => parts[random(parts.length)]).join('');
    for (const as of [undefined, ...(Object.keys(KINDS) as Kind[])]) {
      const guess = guessCheck(text, as);
      if (guess.kind === 'check') expect(guess.name.length).toBeGreaterThan(0);
      if (guess.kind === 'refused') expect(guess.message.length).toBeGreaterThan(0);
    }
  }
});

describe('the first answer decides between a website and less', () => {
  const failed = (changes: object) =>
    ({
      ...{ id: 0, startedAt: 0, outcome: 'failed', code: 'unexpected_reply', detail: '', phase: 'reply' },
      timings: { connectMs: 1, tlsMs: 2 },
      ...changes,
    }) as Observation;

  test.each([
    ['no HTTP after a TLS handshake', 'shop.example.com:443', failed({}), 'tls'],
    ['a server that closes', 'shop.example.com:443', failed({ code: 'reset' }), 'tls'],
    ['an error page', 'shop.example.com:443', failed({ response: { status: 503 } }), null],
    [
      'a certificate that has expired',
      'shop.example.com:443',
      failed({ code: 'tls', phase: 'tls', timings: { connectMs: 1 } }),
      null,
    ],
    ['a server that hangs', 'shop.example.com:443', failed({ code: 'timeout' }), null],
    [
      'a closed port',
      'shop.example.com:443',
      failed({ code: 'refused', phase: 'connect', timings: {} }),
      null,
    ],
    ['no HTTP at a port for it', 'shop.example.com:8080', failed({ timings: { connectMs: 1 } }), 'tcp'],
    ['no HTTP where the person wrote https://', 'https://shop.example.com', failed({}), null],
    [
      'a good answer',
      'shop.example.com:443',
      { id: 0, startedAt: 0, outcome: 'ok', timings: {} } as Observation,
      null,
    ],
  ])('%s at %s', (_, text, observation, kind) => {
    expect(kindByAnswer(guessCheck(text), observation)).toBe(kind);
  });
});
