import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { because } from '../../support/missing-program.ts';
import { words } from '../../support/net/ask-probe.ts';
import { DNS_DATAGRAM } from './conversations.ts';
import { FAR } from './namespace.ts';
import { CLOSED, NAMES, type Network, networkProblem, OPEN, startNetwork } from './over-network.ts';

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

    test('the name server resolves a name, and the time for it is measured separately', async () => {
      const observation = await network.run(named);
      expect(observation).toMatchObject({ outcome: 'ok', address: FAR });
      expect(observation.timings.dnsMs).toBeGreaterThan(0);
      expect(observation.timings.totalMs).toBeGreaterThanOrEqual(observation.timings.dnsMs ?? Infinity);
    });

    test('an unknown name fails as dns', async () => {
      const observation = await network.run({ ...named, host: 'unknown.lab.test' });
      expect(observation).toMatchObject({ outcome: 'failed', code: 'dns', phase: 'dns' });
    });

    test('a name with a forbidden address fails', async () => {
      expect(words(await network.run({ ...named, host: 'mail.lab.test' }))).toBe('failed forbidden_address');
    });

    test.each(['drop', 'reject with icmp type port-unreachable', 'reject with icmp type admin-prohibited'])(
      'a name fails as dns if the name server is unreachable (%s)',
      async (how) => {
        network.cable.rules([`udp dport ${NAMES} ${how}`]);
        const observation = await network.run(named);
        expect(observation).toMatchObject({ outcome: 'failed', code: 'dns', phase: 'dns' });
        expect(observation.timings.totalMs).toBeLessThan(1_250);
      },
    );
  });

  describe('a udp check', () => {
    const udp = { type: 'udp', host: FAR, port: NAMES, timeoutMs: 1_000, ...DNS_DATAGRAM };

    test('a udp check is ok if the service responds', async () => {
      const observation = await network.run(udp);
      expect(words(observation), JSON.stringify(observation)).toBe('ok');
    });

    test('a udp check of a closed port is refused at once', async () => {
      const observation = await network.run({ ...udp, port: CLOSED });
      expect(words(observation)).toBe('failed refused');
      expect(observation.timings.totalMs).toBeLessThan(500);
    });

    test.each([
      ['drop', 'failed timeout'],
      ['reject with icmp type port-unreachable', 'failed refused'],
      ['reject with icmp type admin-prohibited', 'failed unreachable'],
      // Linux reports these to a UDP socket only with IP_RECVERR (ip(7)), which Node does not set.
      ['reject with icmp type host-unreachable', 'failed timeout'],
      ['reject with icmp type net-unreachable', 'failed timeout'],
    ])('a udp check against the rule %s is %s', async (how, expected) => {
      network.cable.rules([`udp dport ${NAMES} ${how}`]);
      const observation = await network.run(udp);
      expect(words(observation), JSON.stringify(observation)).toBe(expected);
      expect(observation.timings.totalMs).toBeLessThan(1_250);
    });

    test('a udp check and a dns check survive the loss of one datagram', async () => {
      for (const check of [udp, { type: 'dns', name: 'shop.lab.test', timeoutMs: 1_000 }]) {
        network.cable.rules([`udp dport ${NAMES} numgen inc mod 10 < 1 add @noted { udp sport } drop`]);
        const observation = await network.run(check);
        expect(words(observation), JSON.stringify(observation)).toBe('ok');
        expect(network.cable.noted()).toHaveLength(1);
      }
    });
  });
});
