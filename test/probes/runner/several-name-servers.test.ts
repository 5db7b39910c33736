// A location with several name servers of which the first does not work: a dns check without a server uses the next one, as
// every client does, and blames no target.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askProbe, words } from '../../support/net/ask-probe.ts';
import { answered, type DnsServer, startDnsServer } from '../../support/net/dns-server.ts';

let server: DnsServer;
/** The port is open on 127.0.0.1 only. */
let dead: string;
beforeAll(async () => {
  server = await startDnsServer((query) => {
    const [{ name = '' } = {}] = query.questions ?? [];
    const count = name.startsWith('long') ? 40 : 1;
    const answers = Array.from({ length: count }, (_, at) => ({
      ...{ type: 'A' as const, name, data: `192.0.2.${at + 1}` },
    }));
    return [answered(query, answers)];
  });
  dead = server.address.replace('127.0.0.1', '127.0.0.2');
});
afterAll(() => server.close());

describe('a dns check without a server, at a location with two name servers', () => {
  test.each([
    ['over UDP', { name: 'short.test' }],
    ['over TCP', { name: 'short.test', transport: 'tcp' }],
    ['over TCP, since the answer is long', { name: 'long.test' }],
  ])('is ok without a warning although the first one refuses: %s', async (_, check) => {
    for (const allowLoopback of [true, false]) {
      const options = { nameServer: `${dead},${server.address}`, allowLoopback };
      const { observations } = await askProbe([{ type: 'dns', timeoutMs: 1_000, ...check }], options);
      expect(words(observations[0])).toBe('ok');
      expect(observations[0]).not.toHaveProperty('degraded');
      expect(observations[0]!.address).toBe('127.0.0.1');
    }
  });

  test('names each of them if all refuse', async () => {
    const options = { nameServer: `${dead},${dead.replace('127.0.0.2', '127.0.0.3')}` };
    const { observations } = await askProbe([{ type: 'dns', name: 'short.test' }], options);
    expect(words(observations[0])).toBe('failed refused');
    expect((observations[0] as { detail: string }).detail).toMatch(/127\.0\.0\.2:\d+ .*; 127\.0\.0\.3:\d+ /);
  });
});
