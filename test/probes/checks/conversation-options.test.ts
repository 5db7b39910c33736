// Options of the checks that converse: what is refused, at which path, and what to do about it.
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

  test('has defaults for all but the name', () => {
    expect(checkSchema.parse({ type: 'dns', name: 'shop.example.com' })).toEqual({
      ...{ type: 'dns', name: 'shop.example.com', record: 'A', port: 53, transport: 'udp' },
      ...{ match: 'exactly', expectRcode: 'NOERROR', timeoutMs: 5_000 },
    });
  });

  test('goes to its server, or to nobody that could be named', () => {
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
  ])('may say %j', (more) => expect(wrong({ ...dns, ...more })).toEqual([]));

  test.each<[object, string, string]>([
    [{ name: '' }, 'name', 'Write a name such as'],
    [{ name: 'https://shop.example.com' }, 'name', 'without "http://"'],
    [{ name: 'bücher.example' }, 'name', 'xn--'],
    [{ name: 'a..example' }, 'name', 'labels of at most 63'],
    [{ name: `${'a'.repeat(64)}.example` }, 'name', 'labels of at most 63'],
    [{ name: 'a.'.repeat(127) }, 'name', '253 characters'],
    [{ name: '192.0.2.1' }, 'name', 'write "record": "PTR"'],
    [{ name: '2001:db8::1', record: 'AAAA' }, 'name', 'write "record": "PTR"'],
    [{ record: 'ANY' }, 'record', 'Write one of A, AAAA'],
    [{ server: undefined, port: 5_353 }, 'port', 'write "server" as well'],
    [{ server: 'ns1.example.com:53' }, 'server', 'port'],
    [{ transport: 'quic' }, 'transport', 'Write "udp" or "tcp"'],
    [{ expect: ['192.0.2'] }, 'expect.0', 'No A record has this value: write one such as 192.0.2.1.'],
    [{ expect: ['192.0.2.1', '2001:db8::1'] }, 'expect.1', 'No A record'],
    [{ record: 'AAAA', expect: ['fe80::1%eth0'] }, 'expect.0', 'such as 2001:db8::1'],
    [{ record: 'MX', expect: ['mail.example.com'] }, 'expect.0', 'such as 10 mail.example.com'],
    [{ record: 'SRV', expect: ['10 5 sip.example.com'] }, 'expect.0', 'such as 10 5 5060'],
    [{ record: 'SOA', expect: ['ns1.example.com'] }, 'expect.0', 'such as ns1.example.com hostmaster'],
    [{ record: 'CAA', expect: ['letsencrypt.org'] }, 'expect.0', 'such as 0 issue'],
    [{ record: 'NS', expect: ['ns1 example'] }, 'expect.0', 'No NS record'],
    [{ expect: [''] }, 'expect.0', 'Write a value'],
    [{ expect: Array(33).fill('192.0.2.1') }, 'expect', 'at most 32'],
    [{ match: 'all' }, 'match', 'write some in "expect"'],
    [{ match: 'any', expect: [] }, 'match', 'write some in "expect"'],
    [{ match: 'some' }, 'match', 'Write one of exactly'],
    [{ expectRcode: 'NXDOMAIN', expect: [] }, 'expect', 'has no records: leave "expect" out'],
    [{ expectRcode: 'nxdomain' }, 'expectRcode', 'Write NOERROR'],
    [{ maxLatencyMs: 0 }, 'maxLatencyMs', 'at least 1 ms'],
  ])('may not say %j', (more, path, hint) => {
    const [first = 'nothing is wrong'] = wrong({ ...dns, ...more });
    expect(first).toMatch(new RegExp(`^${path.replaceAll('.', '\\.')}: `));
    expect(first).toContain(hint);
  });
});

describe('udp', () => {
  const udp = { type: 'udp', host: 'game.example.com', port: 27_015, send: 'status' };

  test('has defaults for all but its target and what it sends', () => {
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
  ])('may say %j', (more) => expect(wrong({ ...udp, ...more })).toEqual([]));

  test.each<[object, string, string]>([
    [{ send: undefined }, 'send', 'write what to send'],
    [{ send: '' }, 'send', 'Write what to send'],
    [{ sendHex: '00' }, 'sendHex', 'Write either "send" or "sendHex"'],
    [{ send: 'PING\\r\\n' }, 'send', 'with one backslash'],
    [{ send: 'x'.repeat(4_097) }, 'send', 'at most 4096'],
    [{ send: undefined, sendHex: '0' }, 'sendHex', 'two hexadecimal digits'],
    [{ send: undefined, sendHex: '' }, 'sendHex', 'Write 1 to 4096 bytes'],
    [{ send: undefined, sendHex: '??' }, 'sendHex', 'two hexadecimal digits'],
    [{ expectHex: '0x00' }, 'expectHex', '?? for any byte'],
    [{ expect: 'a', expectHex: '00' }, 'expectHex', 'Write either this or "expect"'],
    [{ expectMatch: 'a', expectHex: '00' }, 'expectHex', 'Write either this or "expectMatch"'],
    [{ expectMatch: '(a' }, 'expectMatch', 'missing closing )'],
    [{ expectMatch: '(?=a)' }, 'expectMatch', 'no look-around'],
    [{ expectMatch: '(a{1000}){1000}' }, 'expectMatch', 'invalid repeat count'],
    [{ expectMatch: '(a{100}){10}b{20}' }, 'expectMatch', 'too large'],
    [{ send: '{{token}}' }, 'send', 'There is no secret "token"'],
    [{ expect: '{{token}}' }, 'expect', 'There is no secret "token"'],
    [{ secrets: { token: 'a secret' } }, 'secrets.token', 'Nothing uses this secret'],
    [
      { send: '{{token}}', expectMatch: '{{token}}', secrets: { token: 'a secret' } },
      'expectMatch',
      'A pattern cannot hold',
    ],
  ])('may not say %j', (more, path, hint) => {
    const [first = 'nothing is wrong'] = wrong({ ...udp, ...more });
    expect(first).toMatch(new RegExp(`^${path.replaceAll('.', '\\.')}: `));
    expect(first).toContain(hint);
  });
});

describe('script', () => {
  const script = { type: 'script', host: 'mail.example.com', port: 587, steps: [{ expect: '220' }] };

  test('with a timeout that cannot be is refused for that alone: nothing pauses in it', () => {
    for (const timeoutMs of [0, -1])
      expect(wrong({ ...script, timeoutMs })).toEqual([expect.stringMatching(/^timeoutMs: /)]);
  });

  test('has defaults for all but its target and its steps', () => {
    expect(checkSchema.parse(script)).toEqual({
      ...script,
      ...{ tls: false, trust: 'system', certificateDays: [14, 7, 3, 1], timeoutMs: 5_000, secrets: {} },
    });
    expect(targetOf(script)).toMatchObject({ host: 'mail.example.com', port: 587, transport: 'tcp' });
  });

  test('the conversations of its page can be written', () => {
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
  ])('may say %j', (more) => expect(wrong({ ...script, ...more })).toEqual([]));

  test.each<[object, string, string]>([
    [{ steps: [] }, 'steps', 'at least one step'],
    [{ steps: Array(51).fill({ expect: 'x' }) }, 'steps', 'at most 50'],
    [{ steps: [{}] }, 'steps.0', 'Write exactly one of send, sendHex, expect'],
    [{ steps: [{ expect: '220' }, { send: 'x', expect: 'y' }] }, 'steps.1', 'this has send and expect'],
    [{ steps: [{ expect: 'x', expct: 'y' }] }, 'steps.0', '"expct"'],
    [{ steps: [{ send: 'x', unless: 'y' }] }, 'steps.0.unless', 'write it beside "expect"'],
    [{ steps: [{ expect: '220' }, { expectMatch: '[' }] }, 'steps.1.expectMatch', 'missing closing ]'],
    [{ steps: [{ expect: '220', unless: '(?<!a)b' }] }, 'steps.0.unless', 'no look-around'],
    [{ steps: [{ send: 'EHLO x\\r\\n' }, { expect: '250' }] }, 'steps.0.send', 'with one backslash'],
    [{ steps: [{ sendHex: 'zz' }, { expect: '250' }] }, 'steps.0.sendHex', 'hexadecimal'],
    [{ steps: [{ expectHex: '5' }] }, 'steps.0.expectHex', 'hexadecimal'],
    [{ steps: [{ expectEnd: false }] }, 'steps.0.expectEnd', 'Write true'],
    [{ steps: [{ startTls: 'yes' }] }, 'steps.0.startTls', 'Write true'],
    [{ steps: [{ pauseMs: 0 }] }, 'steps.0.pauseMs', 'at least 1 ms'],
    [{ steps: [{ pauseMs: 5_001 }] }, 'steps.0.pauseMs', 'at most 5000 ms'],
    [{ steps: [{ pauseMs: 5_000 }, { expect: 'x' }] }, 'steps', 'The pauses take 5000 ms of the 5000 ms'],
    [{ steps: [{ send: 'x' }] }, 'steps', 'add a step with "expect"'],
    [{ tls: true, steps: [{ expect: 'x' }, { startTls: true }] }, 'steps.1.startTls', 'TLS has begun before'],
    [{ steps: [{ startTls: true }, { startTls: true }] }, 'steps.1.startTls', 'TLS has begun before'],
    [{ serverName: 'mx.example.com' }, 'serverName', 'There is no TLS in this conversation'],
    [{ trust: 'any' }, 'trust', 'There is no TLS in this conversation'],
    [{ tls: 'yes' }, 'tls', 'Write true or false'],
    [{ tls: true, ca: 'nonsense' }, 'ca', 'PEM'],
    [{ steps: [{ send: '{{a}}' }, { expect: 'x' }] }, 'steps.0.send', 'There is no secret "a"'],
    [{ steps: [{ expect: '{{a}}' }] }, 'steps.0.expect', 'There is no secret "a"'],
    [{ secrets: { a: 'secret' } }, 'secrets.a', 'Nothing uses this secret'],
    [
      { steps: [{ expect: '{{a}}', unless: '{{a}}' }], secrets: { a: 'secret' } },
      'steps.0.unless',
      'A pattern cannot hold',
    ],
  ])('may not say %j', (more, path, hint) => {
    const [first = 'nothing is wrong'] = wrong({ ...script, ...more });
    expect(first).toMatch(new RegExp(`^${path.replaceAll('.', '\\.')}: `));
    expect(first).toContain(hint);
  });
});
