import { describe, expect, test } from 'vitest';
import { checkSchema, checkTypes, findCheck } from '../../../probes/checks/catalogue.ts';
import { blockedPort } from '../../../probes/checks/shared/blocked-ports.ts';
import { failureDocs } from '../../../probes/checks/shared/failure-docs.ts';
import { hostError } from '../../../probes/checks/shared/target.ts';

const tcp = { type: 'tcp', host: 'shop.example.com', port: 443 };
/** The first thing that is wrong, as `path: message`. */
const wrong = (check: unknown): string => {
  const parsed = checkSchema.safeParse(check);
  if (parsed.success) return 'nothing';
  const issue = parsed.error.issues[0]!;
  return `${issue.path.join('.')}: ${issue.message}`;
};

describe('the options of a check', () => {
  test('a tcp check has defaults for all options except host and port', () => {
    expect(checkSchema.parse(tcp)).toEqual({ ...tcp, timeoutMs: 5000, expect: 'open', samples: 1 });
  });

  test.each([1, 65_535])('port %d is valid', (port) => expect(wrong({ ...tcp, port })).toBe('nothing'));
  test.each([0, 65_536, -1, 1.5, '443', null, Number.NaN])('port %s is not valid', (port) => {
    expect(wrong({ ...tcp, port })).toMatch(/^port: `port` must be a whole number between 1 and 65535\.$/);
  });

  test.each([100, 15_000])('a timeout of %d ms is valid', (timeoutMs) => {
    expect(wrong({ ...tcp, timeoutMs })).toBe('nothing');
  });
  test.each([99, 15_001, 1.5, '5000'])('a timeout of %s ms is not valid', (timeoutMs) => {
    expect(wrong({ ...tcp, timeoutMs })).toMatch(
      /^timeoutMs: `timeoutMs` must be a whole number between 100 and 15000\.$/,
    );
  });

  test('the message about an unknown option names it', () => {
    expect(wrong({ ...tcp, expext: 'open' })).toContain('"expext"');
    expect(wrong({ ...tcp, expect: 'ajar' })).toMatch(/^expect: /);
  });

  test('the message about an unknown type lists the types that exist', () => {
    const known = checkTypes.map((type) => `"${type}"`).join(', ');
    expect(wrong({ ...tcp, type: 'ftp' })).toBe(
      `type: Unknown check type. \`type\` must be one of ${known}.`,
    );
    expect(wrong({ host: 'a', port: 1 })).toBe(`type: Unknown check type. \`type\` must be one of ${known}.`);
    expect(wrong(null)).toMatch(/^: /);
  });

  test('a type that is a property of Object.prototype is not a check', () => {
    for (const type of ['constructor', '__proto__', 'toString']) expect(findCheck(type)).toBeUndefined();
  });
});

describe('every check of the catalogue', () => {
  test.each(checkTypes)('the %s check is found by its type, is strict, and has a bounded timeout', (type) => {
    const check = findCheck(type)!;
    expect(check.type).toBe(type);
    const { example } = check.docs;
    expect(example.type).toBe(type);
    expect(check.options.parse(example).timeoutMs).toBeLessThanOrEqual(15_000);
    expect(check.options.safeParse({ ...example, no_such_option: 1 }).success).toBe(false);
    expect(check.options.safeParse({ ...example, timeoutMs: 15_001 }).success).toBe(false);
  });

  test.each(checkTypes)('the docs of the %s check explain ok and each failure, with references', (type) => {
    const { docs } = findCheck(type)!;
    const { summary, references } = docs;
    const failures = failureDocs(docs);
    for (const text of [summary, ...Object.values(failures)]) expect(text).toMatch(/^[A-Z].*\.$/s);
    expect(Object.keys(failures)).toEqual(expect.arrayContaining(['timeout', 'forbidden_address']));
    expect(references.length).toBeGreaterThan(0);
    for (const { title, url } of references) expect([title, url].join(' ')).toMatch(/^\S.* https:\/\/\S+$/);
  });
});

describe('a host', () => {
  test.each([
    'localhost',
    'shop.example.com',
    'shop.example.com.',
    'SHOP.example.com',
    '_sip._tcp.example.com',
    'db_1',
    'a-b.c',
    'xn--bcher-kva.example',
    'bücher.example',
    '1password.com',
    '3com',
    '192.0.2.1',
    '2001:db8::1',
    '::1',
    `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`,
  ])('the host %s is valid', (host) => expect(hostError(host)).toBeNull());

  test.each([
    ['', 'host name or an IP'],
    ['http://shop.example.com', 'without "http://"'],
    ['https://shop.example.com/cart', 'without "http://"'],
    ['shop.example.com/cart', 'Remove the path'],
    ['user@shop.example.com', 'Remove the path, user'],
    ['shop.example.com:443', 'port'],
    ['192.0.2.1:443', 'port'],
    ['[::1]', 'without brackets'],
    ['[::1]:443', 'without brackets'],
    ['::g', 'IPv6'],
    ['fe80::1%eth0', 'IPv6'],
    ['shop example', 'spaces'],
    [' shop.example.com', 'spaces'],
    ['shop\n.example.com', 'spaces'],
    ['127.1', 'four decimal numbers'],
    ['2130706433', 'four decimal numbers'],
    ['0x7f000001', 'four decimal numbers'],
    ['0x7f.1', 'four decimal numbers'],
    ['0177.0.0.1', 'four decimal numbers'],
    ['127.0.0.0x1', 'four decimal numbers'],
    ['127.0.0.1.', 'four decimal numbers'],
    ['256.1.1.1', 'four decimal numbers'],
    ['1.2.3.4.5', 'four decimal numbers'],
    ['-a.example', 'letters, digits'],
    ['a..example', 'letters, digits'],
    ['.', 'letters, digits'],
    ['*.example.com', 'letters, digits'],
    [`${'a'.repeat(64)}.example`, 'letters, digits'],
    [`${'a.'.repeat(127)}`, '253'],
    ['shop\u0000.example', 'letters, digits'],
  ])('the host %j is not valid', (host, hint) => {
    expect(hostError(host)).toContain(hint);
    expect(wrong({ ...tcp, host })).toBe(`host: ${hostError(host)}`);
  });

  test('a host must be text', () => {
    for (const host of [null, 5, ['a'], {}]) expect(wrong({ ...tcp, host })).toMatch(/^host: /);
  });
});

test('TCP port 25 is rejected at AWS locations only', () => {
  const to = (port: number, transport: 'tcp' | 'udp' = 'tcp') => ({ port, transport });
  expect(blockedPort('aws:us-east-1', to(25))).toContain('AWS blocks TCP port 25');
  expect(blockedPort('aws:us-east-1', to(587))).toBeNull();
  expect(blockedPort('aws:us-east-1', to(25, 'udp'))).toBeNull();
  expect(blockedPort('agent:office', to(25))).toBeNull();
});
