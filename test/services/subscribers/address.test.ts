// Which addresses can subscribe. Hostile ones first.
import { describe, expect, test } from 'vitest';
import { maskedAddress, readAddress } from '../../../src/services/subscribers/address.ts';
import type { SubscriberKind } from '../../../src/store/subscribers.ts';

const read = (kind: SubscriberKind, text: string) => readAddress(kind, text, { allowLoopback: false });
const refused = (kind: SubscriberKind, text: string) => {
  const result = read(kind, text);
  return result.ok ? result.value.address : result.error.code;
};

describe('an e-mail address', () => {
  test.each([
    ['a line break, which would be a header', 'a@example.org\r\nBcc: b@example.org'],
    ['a lone line feed', 'a@example.org\nb'],
    ['a null', 'a\0@example.org'],
    ['two addresses', 'a@example.org,b@example.org'],
    ['a name', 'A <a@example.org>'],
    ['a quoted local part', '"a b"@example.org'],
    ['a route', '@evil.example:a@example.org'],
    ['a comment', 'a(comment)@example.org'],
    ['a percent sign in the domain', 'a@example%2eorg'],
    ['a slash in the domain', 'a@example.org/evil'],
    ['a port', 'a@example.org:25'],
    ['a user in the domain', 'a@b@example.org'],
    ['no domain', 'a@localhost'],
    ['an address of IPv4', 'a@127.0.0.1'],
    ['an address of IPv4 as a number', 'a@2130706433'],
    ['an address of IPv6', 'a@[::1]'],
    ['no local part', '@example.org'],
    ['two full stops', 'a..b@example.org'],
    ['a full stop at the end', 'a.@example.org'],
    ['65 characters before "@"', `${'a'.repeat(65)}@example.org`],
    [
      '255 characters',
      `a@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.${'e'.repeat(60)}.example.org`,
    ],
    ['nothing', ''],
    ['only "@"', '@'],
  ])('with %s is refused', (_, text) => {
    expect(refused('email', text)).toBe('email');
  });

  test('with a letter of another alphabet before "@" is refused as such', () => {
    expect(refused('email', 'аdmin@example.org')).toBe('email_ascii');
  });

  test('of an international domain has the name that DNS has, so a look-alike differs', () => {
    expect(refused('email', 'reader@bücher.example')).toBe('reader@xn--bcher-kva.example');
    expect(refused('email', 'reader@еxample.org')).toBe('reader@xn--xample-2of.org');
    // Full-width letters are the same name.
    expect(refused('email', 'reader@ｅxample.org')).toBe('reader@example.org');
  });

  test('is one subscriber in either case, and one mailbox with or without what follows a plus sign', () => {
    expect(read('email', ' Reader+Shop@EXAMPLE.org ')).toEqual({
      ok: true,
      value: {
        address: 'Reader+Shop@example.org',
        canonical: 'reader+shop@example.org',
        receiver: 'reader@example.org',
      },
    });
  });

  test('is masked in a page, so that a forwarded mail shows little', () => {
    expect(maskedAddress('email', 'reader@example.org')).toBe('r…@example.org');
    expect(maskedAddress('slack', 'https://hooks.slack.com/services/T0/B0/secret')).toBe('hooks.slack.com');
  });
});

describe('the address of a webhook', () => {
  test.each([
    'http://hooks.reader.example/',
    'https://hooks.reader.example:8443/',
    'https://user:pass@hooks.reader.example/',
    'https://hooks.reader.example/#part',
    'https://10.0.0.1/',
    'https://0x7f000001/',
    'https://2130706433/',
    'https://169.254.169.254/latest/meta-data',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[64:ff9b::a00:1]/',
    'https://localhost/',
    'https://router.local/',
    'https://metadata.google.internal/',
    'https://intranet/',
    'https://hooks.reader.example/\r\nx: y',
    'ftp://hooks.reader.example/',
    `https://hooks.reader.example/${'a'.repeat(1_000)}`,
    '',
  ])('%j is refused', (text) => {
    expect(refused('webhook', text)).toBe('url');
  });

  test('is https on port 443, written or not', () => {
    expect(refused('webhook', 'https://Hooks.Reader.example:443/a')).toBe('https://hooks.reader.example/a');
  });

  test('of Slack belongs in the other field', () => {
    expect(refused('webhook', 'https://hooks.slack.com/services/T0/B0/x')).toBe('use_slack');
  });
});

test.each([
  'https://hooks.slack.com.evil.example/services/T00000000/B00000000/XXXXXXXX',
  'https://hooks.slack.com@evil.example/services/T00000000/B00000000/XXXXXXXX',
  'http://hooks.slack.com/services/T00000000/B00000000/XXXXXXXX',
  'https://hooks.slack.com/services/T00000000/B00000000/XX?x=y',
  'https://hooks.slack.com/',
])('%s is not an address of Slack', (text) => {
  expect(refused('slack', text)).toBe('slack');
});
