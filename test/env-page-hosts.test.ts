// PAGE_HOSTS: the hosts that serve a status page and nothing else.
import { expect, test } from 'vitest';
import { type Bindings, readEnv } from '../src/env.ts';

const hostsOf = (PAGE_HOSTS: string) =>
  readEnv({
    PUBLIC_URL: 'https://status.acme.dev',
    PROBE_FUNCTION: 'probe',
    LOCATIONS: 'aws:eu-central-1',
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'secret-for-tests',
    ADMIN_TOKEN_SHA256: '4c5dc9b7708905f77f5e5d16316b5dfb425e68cb326dcd55a860e90a7707031e',
    ENCRYPTION_KEY: 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=',
    PAGE_HOSTS,
  } as Bindings).pageHosts;

test('hosts are read in lower case and in ASCII, as a browser sends them', () => {
  expect(hostsOf('')).toEqual([]);
  expect(hostsOf(' Status.Shop.test , münchen.test,status.bank.test. ')).toEqual([
    ...['status.shop.test', 'xn--mnchen-3ya.test', 'status.bank.test'],
  ]);
});

test.each([
  ['https://status.shop.test', 'This is a URL'],
  ['status.shop.test:443', 'The host includes a port'],
  ['status.shop.test/x', 'Only a host is allowed here'],
  ['*.shop.test', 'letters, digits and hyphens'],
  ['192.0.2.1', 'Use a host name, not an address'],
  ['2001:db8::1', 'Use a host name, not an address'],
  ['a.test,,b.test', 'The host is empty'],
  ['a.test,A.test', 'duplicate host'],
  ['status.acme.dev', 'the host of PUBLIC_URL'],
  ['STATUS.acme.dev.', 'the host of PUBLIC_URL'],
])('%s is refused, with the reason', (text, reason) => {
  expect(() => hostsOf(text)).toThrow(reason);
});
