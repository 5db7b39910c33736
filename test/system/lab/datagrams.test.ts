import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { words } from '../../support/net/ask-probe.ts';
import { DNS_DATAGRAM } from './conversations.ts';
import { FAR } from './namespace.ts';
import { CLOSED, NAMES, type Network, networkProblem, OPEN, startNetwork } from './over-network.ts';
import { because } from './packages.ts';

const problem = networkProblem();
let network: Network;
beforeAll(async () => {
  if (problem === null) network = await startNetwork();
});
beforeEach(() => network?.cable.rules([]));
afterAll(() => network?.close());

describe.skipIf(problem !== null)(`datagrams over a network${because(problem)}`, () => {
  describe('names', () => {
    const named = { host: 'shop.lab.test', port: OPEN, timeoutMs: 1_000 };

    test('are resolved by the name server, and the time that takes is told apart', async () => {
      const seen = await network.run(named);
      expect(seen).toMatchObject({ outcome: 'ok', address: FAR });
      expect(seen.timings.dnsMs).toBeGreaterThan(0);
      expect(seen.timings.totalMs).toBeGreaterThanOrEqual(seen.timings.dnsMs ?? Infinity);
    });

    test('that are not known fail as dns', async () => {
      const seen = await network.run({ ...named, host: 'nobody.lab.test' });
      expect(seen).toMatchObject({ outcome: 'failed', code: 'dns', phase: 'dns' });
    });

    test('lead to no forbidden address', async () => {
      expect(words(await network.run({ ...named, host: 'mail.lab.test' }))).toBe('failed forbidden_address');
    });

    test.each(['drop', 'reject with icmp type port-unreachable', 'reject with icmp type admin-prohibited'])(
      'fail as dns when the name server is away (%s)',
      async (how) => {
        network.cable.rules([`udp dport ${NAMES} ${how}`]);
        const seen = await network.run(named);
        expect(seen).toMatchObject({ outcome: 'failed', code: 'dns', phase: 'dns' });
        expect(seen.timings.totalMs).toBeLessThan(1_250);
      },
    );
  });

  describe('a udp check', () => {
    const udp = { type: 'udp', host: FAR, port: NAMES, timeoutMs: 1_000, ...DNS_DATAGRAM };

    test('is ok when the service answers', async () => {
      const seen = await network.run(udp);
      expect(words(seen), JSON.stringify(seen)).toBe('ok');
    });

    test('is refused where nothing listens, at once', async () => {
      const seen = await network.run({ ...udp, port: CLOSED });
      expect(words(seen)).toBe('failed refused');
      expect(seen.timings.totalMs).toBeLessThan(500);
    });

    test.each([
      ['drop', 'failed timeout'],
      ['reject with icmp type port-unreachable', 'failed refused'],
      ['reject with icmp type admin-prohibited', 'failed unreachable'],
      // Linux tells a UDP socket of these only where it asks for them (ip(7), IP_RECVERR), which Node does not.
      ['reject with icmp type host-unreachable', 'failed timeout'],
      ['reject with icmp type net-unreachable', 'failed timeout'],
    ])('met with %s is %s', async (how, expected) => {
      network.cable.rules([`udp dport ${NAMES} ${how}`]);
      const seen = await network.run(udp);
      expect(words(seen), JSON.stringify(seen)).toBe(expected);
      expect(seen.timings.totalMs).toBeLessThan(1_250);
    });

    test('and a dns check survive the loss of one datagram', async () => {
      for (const check of [udp, { type: 'dns', name: 'shop.lab.test', timeoutMs: 1_000 }]) {
        network.cable.rules([`udp dport ${NAMES} numgen inc mod 10 < 1 add @noted { udp sport } drop`]);
        const seen = await network.run(check);
        expect(words(seen), JSON.stringify(seen)).toBe('ok');
        expect(network.cable.noted()).toHaveLength(1);
      }
    });
  });
});
