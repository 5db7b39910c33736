// Whether a receiver accepts a connection, asked with real sockets in workerd.
import { expect, test } from 'vitest';
import { canConnect } from '../../src/delivery/can-connect.ts';

test.for(['http://127.0.0.1:1/', 'http://[::1]:1/', 'https://127.0.0.1:1/hook?key=value'])(
  'a refused connection to %s is reported',
  async (url) => {
    expect(await canConnect(url)).toBe(false);
  },
);

test('a host without an address is reported', async () => {
  expect(await canConnect('http://no-such-host.invalid/')).toBe(false);
});
