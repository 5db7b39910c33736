// Options of the checks that converse: what is rejected, at which path, and what to do about it.
import { describe, expect, test } from 'vitest';
import { checkSchema, findCheck } from '../../../probes/checks/catalogue.ts';

/** Everything that is wrong, as `path: message`; empty when nothing is. */
function wrong(check: object): string[] {
  const parsed = checkSchema.safeParse(JSON.parse(JSON.stringify(check)));
  return parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}
const targetOf = (check: object): unknown => {
  const options = checkSchema.parse(check);
  return findCheck(options.type)?.target(options as never);
};

describe('dns', () => {
  const dns = { type: 'dns', name: 'shop.example.com', server: '192.0.2.53' };

  test('a dns check has defaults for all options except the name', () => {
    expect(checkSchema.parse({ type: 'dns', name: 'shop.example.com' })).toEqual({
      ...{ type: 'dns', name: 'shop.example.com', record: 'A', port: 53, transport: 'udp' },
      ...{ match: 'exactly', expectRcode: 'NOERROR', timeoutMs: 5_000 },
    });
  });

  test('the target of a dns check is its server, and without a server it has no target', () => {
    const fields = { host: 'server', port: 'port' };
    expect(targetOf(dns)).toEqual({ host: '192.0.2.53', port: 53, transport: 'udp', fields });
    expect(targetOf({ ...dns, transport: 'tcp', port: 5_353 })).toMatchObject({
      transport: 'tcp',
      port: 5_353,
    });
    expect(targetOf({ type: 'dns', name: 'shop.example.com' })).toBeNull();
  });

  test.each<[object]>([
    [{ name: '.', record: 'NS' }],
    [{ name: '_sip._tcp.example.com.', record: 'SRV', expect: ['10 5 5060 sip.example.com.'] }],
    [{ name: '*.example.com' }],
    [{ name: '0/25.2.0.192.in-addr.arpa', record: 'PTR' }],
    [{ name: 'bücher.example' }],
    [{ name: '192.0.2.1', record: 'PTR', expect: ['host.example.com'] }],
    [{ name: '2001:db8::1', record: 'PTR' }],
    [{ record: 'AAAA', expect: ['2001:DB8:0::1'] }],
    [{ record: 'MX', expect: ['10 mail.example.com'] }],
    [{ record: 'SOA', expect: ['ns1.example.com. root.example.com. 1 2 3 4 5'] }],
    [{ record: 'CAA', expect: ['0 issue letsencrypt.org', '128 iodef "mailto:a@example.com"'] }],
    [{ record: 'TXT', expect: ['"v=spf1 " "-all"', 'anything; at all'], match: 'all' }],
    [{ record: 'MX', expect: ['example.com'], match: 'contains' }],
    [{ expect: [] }],
    [{ expectRcode: 'NXDOMAIN' }],
  ])('a dns check accepts %j', (more) => expect(wrong({ ...dns, ...more })).toEqual([]));

  test.each<[object, string, string]>([
    [{ name: '' }, 'name', 'such as shop.example.com'],
    [{ name: 'https://shop.example.com' }, 'name', 'without "http://"'],
    [{ name: 'a..example' }, 'name', 'labels of at most 63'],
    [{ name: `${'a'.repeat(64)}.example` }, 'name', 'labels of at most 63'],
    [{ name: 'a.'.repeat(127) }, 'name', '253 characters'],
    [{ name: '192.0.2.1' }, 'name', 'Set `"record": "PTR"`'],
    [{ name: '2001:db8::1', record: 'AAAA' }, 'name', 'Set `"record": "PTR"`'],
    [{ record: 'ANY' }, 'record', '`record` must be one of A, AAAA'],
    [{ server: undefined, port: 5_353 }, 'port', 'Set `server`'],
    [{ server: 'ns1.example.com:53' }, 'server', 'port'],
    [{ transport: 'quic' }, 'transport', '`transport` must be "udp" or "tcp"'],
    [{ expect: ['192.0.2'] }, 'expect.0', 'Invalid value for A records. Enter one such as 192.0.2.1.'],
    [{ expect: ['192.0.2.1', '2001:db8::1'] }, 'expect.1', 'Invalid value for A records'],
    [{ record: 'AAAA', expect: ['fe80::1%eth0'] }, 'expect.0', 'such as 2001:db8::1'],
    [{ record: 'MX', expect: ['mail.example.com'] }, 'expect.0', 'such as 10 mail.example.com'],
    [{ record: 'SRV', expect: ['10 5 sip.example.com'] }, 'expect.0', 'such as 10 5 5060'],
    [{ record: 'SOA', expect: ['ns1.example.com'] }, 'expect.0', 'such as ns1.example.com hostmaster'],
    [{ record: 'CAA', expect: ['letsencrypt.org'] }, 'expect.0', 'such as 0 issue'],
    [{ record: 'NS', expect: ['ns1 example'] }, 'expect.0', 'Invalid value for NS records'],
    [{ expect: [''] }, 'expect.0', 'The value is empty'],
    [{ expect: Array(33).fill('192.0.2.1') }, 'expect', 'at most 32'],
    [{ match: 'all' }, 'match', 'Add values to `expect`'],
    [{ match: 'any', expect: [] }, 'match', 'Add values to `expect`'],
    [{ match: 'some' }, 'match', '`match` must be one of exactly'],
    [{ expectRcode: 'NXDOMAIN', expect: [] }, 'expect', 'has no records. Remove `expect`.'],
    [{ expectRcode: 'nxdomain' }, 'expectRcode', '`expectRcode` must be NOERROR'],
    [{ maxLatencyMs: 0 }, 'maxLatencyMs', 'between 1 and 15000'],
  ])('a dns check rejects %j with the fix', (more, path, hint) => {
    const [first = 'nothing is wrong'] = wrong({ ...dns, ...more });
    expect(first).toMatch(new RegExp(`^${path.replaceAll('.', '\\.')}: `));
    expect(first).toContain(hint);
  });
});

describe('udp', () => {
  const udp = { type: 'udp', host: 'game.example.com', port: 27_015, send: 'status' };

  test('a udp check has defaults for all options except its target and its payload', () => {
    expect(checkSchema.parse(udp)).toEqual({ ...udp, timeoutMs: 5_000, secrets: {} });
    expect(targetOf(udp)).toEqual({
      ...{ host: 'game.example.com', port: 27_015, transport: 'udp' },
      fields: { host: 'host', port: 'port' },
    });
  });

  test.each<[object]>([
    [{ send: undefined, sendHex: 'FF ff\n00' }],
    [{ expectHex: '?? 00' }],
    [{ expectMatch: '^(?i)ok \\d{1,3}$' }],
    [{ send: 'a\\b\r\n\u0000', expect: '{' }],
    [{ send: '{{ token }}', expect: '{{token}}', secrets: { token: 'a secret' } }],
  ])('a udp check accepts %j', (more) => expect(wrong({ ...udp, ...more })).toEqual([]));

  test.each<[object, string, string]>([
    [{ send: undefined }, 'send', 'Set `send` or `sendHex`'],
    [{ send: '' }, 'send', 'The text to send is empty'],
    [{ sendHex: '00' }, 'sendHex', '`send` and `sendHex` exclude each other'],
    [{ send: 'PING\\r\\n' }, 'send', 'with one backslash'],
    [{ send: 'x'.repeat(4_097) }, 'send', 'at most 4096'],
    [{ send: undefined, sendHex: '0' }, 'sendHex', 'two hexadecimal digits'],
    [{ send: undefined, sendHex: '' }, 'sendHex', 'must hold 1 to 4096 bytes'],
    [{ send: undefined, sendHex: '??' }, 'sendHex', 'two hexadecimal digits'],
    [{ expectHex: '0x00' }, 'expectHex', '?? for any byte'],
    [{ expect: 'a', expectHex: '00' }, 'expectHex', '`expectHex` and `expect` exclude each other'],
    [{ expectMatch: 'a', expectHex: '00' }, 'expectHex', '`expectHex` and `expectMatch` exclude each other'],
    [{ expectMatch: '(a' }, 'expectMatch', 'missing closing )'],
    [{ expectMatch: '(?=a)' }, 'expectMatch', 'without lookaround'],
    [{ expectMatch: '(a{1000}){1000}' }, 'expectMatch', 'invalid repeat count'],
    [{ expectMatch: '(a{100}){10}b{20}' }, 'expectMatch', 'too large'],
    [{ send: '{{token}}' }, 'send', 'The secret "token" does not exist'],
    [{ expect: '{{token}}' }, 'expect', 'The secret "token" does not exist'],
    [{ secrets: { token: 'a secret' } }, 'secrets.token', 'The check does not use this secret'],
    [
      { send: '{{token}}', expectMatch: '{{token}}', secrets: { token: 'a secret' } },
      'expectMatch',
      'A pattern cannot contain',
    ],
  ])('a udp check rejects %j with the fix', (more, path, hint) => {
    const [first = 'nothing is wrong'] = wrong({ ...udp, ...more });
    expect(first).toMatch(new RegExp(`^${path.replaceAll('.', '\\.')}: `));
    expect(first).toContain(hint);
  });
});

describe('script', () => {
  const script = { type: 'script', host: 'mail.example.com', port: 587, steps: [{ expect: '220' }] };

  test('a script with an invalid timeout is rejected for the timeout alone, without a message about pauses', () => {
    for (const timeoutMs of [0, -1])
      expect(wrong({ ...script, timeoutMs })).toEqual([expect.stringMatching(/^timeoutMs: /)]);
  });

  test('a script has defaults for all options except its target and its steps', () => {
    expect(checkSchema.parse(script)).toEqual({
      ...script,
      ...{ tls: false, trust: 'system', certificateDays: [14, 7, 3, 1], timeoutMs: 5_000, secrets: {} },
    });
    expect(targetOf(script)).toMatchObject({ host: 'mail.example.com', port: 587, transport: 'tcp' });
  });

  test('the example conversations of the documentation are valid checks', () => {
    const notes =
      findCheck('script')!.docs.notes + findCheck('udp')!.docs.notes + findCheck('dns')!.docs.notes;
    const blocks = [...notes.matchAll(/```json\n(.*?)```/gs)].flatMap(([, json]) =>
      json!.split(/^(?=\{ "type")/m).map((text) => JSON.parse(text.replace('"…"', '"a secret"')) as object),
    );
    expect(blocks.length).toBeGreaterThan(10);
    for (const check of blocks) expect(wrong(check), JSON.stringify(check)).toEqual([]);
  });

  test.each<[object]>([
    [{ steps: [{ startTls: true }], serverName: 'mx.example.com', trust: 'any' }],
    [{ tls: true, steps: [{ expectEnd: true }], certificateDays: [] }],
    [{ steps: [{ pauseMs: 4_999 }, { expectHex: '?? 00' }] }],
    [{ steps: [{ send: '{{a}}' }, { expect: '{{b}}' }], secrets: { a: 'secret', b: 'secret' } }],
    [{ steps: Array(50).fill({ expect: 'x', unless: '^-' }) }],
  ])('a script accepts %j', (more) => expect(wrong({ ...script, ...more })).toEqual([]));

  test.each<[object, string, string]>([
    [{ steps: [] }, 'steps', 'Add at least one step'],
    [{ steps: Array(51).fill({ expect: 'x' }) }, 'steps', 'at most 50'],
    [{ steps: [{}] }, 'steps.0', 'A step must have exactly one of send, sendHex, expect'],
    [{ steps: [{ expect: '220' }, { send: 'x', expect: 'y' }] }, 'steps.1', 'this step has send and expect'],
    [{ steps: [{ expect: 'x', expct: 'y' }] }, 'steps.0', '"expct"'],
    [{ steps: [{ send: 'x', unless: 'y' }] }, 'steps.0.unless', 'Add `expect` or `expectMatch`'],
    [{ steps: [{ expect: '220' }, { expectMatch: '[' }] }, 'steps.1.expectMatch', 'missing closing ]'],
    [{ steps: [{ expect: '220', unless: '(?<!a)b' }] }, 'steps.0.unless', 'without lookaround'],
    [{ steps: [{ send: 'EHLO x\\r\\n' }, { expect: '250' }] }, 'steps.0.send', 'with one backslash'],
    [{ steps: [{ sendHex: 'zz' }, { expect: '250' }] }, 'steps.0.sendHex', 'hexadecimal'],
    [{ steps: [{ expectHex: '5' }] }, 'steps.0.expectHex', 'hexadecimal'],
    [{ steps: [{ expectEnd: false }] }, 'steps.0.expectEnd', 'The only valid value is true'],
    [{ steps: [{ startTls: 'yes' }] }, 'steps.0.startTls', 'The only valid value is true'],
    [{ steps: [{ pauseMs: 0 }] }, 'steps.0.pauseMs', 'between 1 and 5000'],
    [{ steps: [{ pauseMs: 5_001 }] }, 'steps.0.pauseMs', 'between 1 and 5000'],
    [
      { steps: [{ pauseMs: 5_000 }, { expect: 'x' }] },
      'steps',
      'The pauses take 5000 ms, but `timeoutMs` is 5000',
    ],
    [{ steps: [{ send: 'x' }] }, 'steps', 'Add a step with `expect`'],
    [
      { tls: true, steps: [{ expect: 'x' }, { startTls: true }] },
      'steps.1.startTls',
      'TLS has already started before',
    ],
    [
      { steps: [{ startTls: true }, { startTls: true }] },
      'steps.1.startTls',
      'TLS has already started before',
    ],
    [{ serverName: 'mx.example.com' }, 'serverName', 'The conversation does not use TLS'],
    [{ trust: 'any' }, 'trust', 'The conversation does not use TLS'],
    [{ tls: 'yes' }, 'tls', '`tls` must be true or false'],
    [{ tls: true, ca: 'nonsense' }, 'ca', 'PEM'],
    [{ steps: [{ send: '{{a}}' }, { expect: 'x' }] }, 'steps.0.send', 'The secret "a" does not exist'],
    [{ steps: [{ expect: '{{a}}' }] }, 'steps.0.expect', 'The secret "a" does not exist'],
    [{ secrets: { a: 'secret' } }, 'secrets.a', 'The check does not use this secret'],
    [
      { steps: [{ expect: '{{a}}', unless: '{{a}}' }], secrets: { a: 'secret' } },
      'steps.0.unless',
      'A pattern cannot contain',
    ],
  ])('a script rejects %j with the fix', (more, path, hint) => {
    const [first = 'nothing is wrong'] = wrong({ ...script, ...more });
    expect(first).toMatch(new RegExp(`^${path.replaceAll('.', '\\.')}: `));
    expect(first).toContain(hint);
  });
});
