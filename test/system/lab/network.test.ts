import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { because } from '../../support/missing-program.ts';
import { words } from '../../support/net/ask-probe.ts';
import { FAR, UNASSIGNED, UNROUTED } from './namespace.ts';
import { CLOSED, NAMES, type Network, networkProblem, OPEN, startNetwork } from './over-network.ts';

const problem = networkProblem();
let network: Network;
beforeAll(async () => {
  if (problem === null) network = await startNetwork();
});
beforeEach(() => network?.cable.rules([]));
afterAll(() => network?.close());

describe.skipIf(problem !== null)(`over a network${because(problem)}`, () => {
  test('an open port is ok, with the address guard of a deployed probe', async () => {
    const observation = await network.run({ host: FAR, port: OPEN });
    expect(words(observation)).toBe('ok');
    expect(observation.timings.connectMs).toBeGreaterThan(0);
    expect(words(await network.run({ host: '10.0.0.1', port: OPEN }))).toBe('failed forbidden_address');
  });

  test('packets that are dropped end in a timeout', async () => {
    network.cable.rules([`tcp dport ${OPEN} drop`]);
    const observation = await network.run({ host: FAR, port: OPEN, timeoutMs: 500 });
    expect(words(observation)).toBe('failed timeout');
    expect(observation.timings.totalMs).toBeLessThan(750);
  });

  test.each([
    ['icmp type host-unreachable', 'failed unreachable'],
    ['icmp type net-unreachable', 'failed unreachable'],
    ['icmp type admin-prohibited', 'failed unreachable'],
    ['icmp type host-prohibited', 'failed unreachable'],
    ['icmp type net-prohibited', 'failed unreachable'],
    ['icmp type prot-unreachable', 'failed unreachable'],
    ['icmp type port-unreachable', 'failed refused'],
    ['tcp reset', 'failed refused'],
  ])('a reject with %s is %s at once', async (how, expected) => {
    network.cable.rules([`tcp dport ${OPEN} reject with ${how}`]);
    const observation = await network.run({ host: FAR, port: OPEN });
    expect(words(observation), JSON.stringify(observation)).toBe(expected);
    expect(observation.timings.totalMs).toBeLessThan(500);
  });

  test('a closed port is refused', async () => {
    expect(words(await network.run({ host: FAR, port: CLOSED }))).toBe('failed refused');
  });

  test('an address without a host is unreachable, when the kernel stops sending ARP requests', async () => {
    expect(words(await network.run({ host: UNASSIGNED, port: OPEN }))).toBe('failed unreachable');
  });

  test('a network without a route is unreachable at once', async () => {
    const observation = await network.run({ host: UNROUTED, port: OPEN });
    expect(words(observation)).toBe('failed unreachable');
    expect(observation.timings.totalMs).toBeLessThan(500);
  });

  describe('a canary beside a target that is silent', () => {
    const silent = { host: FAR, port: OPEN, timeoutMs: 2_500 };

    test('a canary that accepts or refuses leaves the failure of a target unchanged', async () => {
      network.cable.rules([`tcp dport ${OPEN} drop`]);
      expect(words(await network.run(silent, [{ host: FAR, port: NAMES }]))).toBe('failed timeout');
      expect(words(await network.run(silent, [{ host: FAR, port: CLOSED }]))).toBe('failed timeout');
    });

    test('a canary that is silent too makes the run unmeasured, because the location is offline', async () => {
      network.cable.rules(['drop']);
      const observation = await network.run(silent, [{ host: FAR, port: NAMES }]);
      expect(words(observation)).toBe('unmeasured location_offline');
    });
  });

  describe('a path that carries small packets only', () => {
    const large = { host: FAR, port: OPEN, timeoutMs: 700 };
    const steps = [{ send: `ECHO ${'x'.repeat(200)}\r\n` }, { expect: 'xxx' }];
    const talk = { ...large, type: 'script', steps };

    test('a path for small packets only passes a handshake, and a conversation times out in the reply phase', async () => {
      expect(words(await network.run(talk)), 'without a rule').toBe('ok');
      network.cable.rules([`tcp dport ${OPEN} ip length > 200 drop`]);
      expect(words(await network.run(large))).toBe('ok');
      const observation = await network.run(talk);
      expect(observation).toMatchObject({ outcome: 'failed', code: 'timeout', phase: 'reply' });
    });

    test('a path that resets large packets ends a conversation in a reset', async () => {
      network.cable.rules([`tcp dport ${OPEN} ip length > 200 reject with tcp reset`]);
      const observation = await network.run(talk);
      expect(observation).toMatchObject({ outcome: 'failed', code: 'reset', phase: 'reply' });
    });
  });

  test('several handshakes report exactly the loss of the network', async () => {
    // Only SYN, because the kernel repeats later packets of a handshake.
    const syn = `tcp dport ${OPEN} tcp flags & (fin | syn | rst | ack) == syn`;
    network.cable.rules([`${syn} numgen random mod 100 < 30 add @noted { tcp sport } drop`]);
    const check = { host: FAR, port: OPEN, samples: 10, maxLossPercent: 0, timeoutMs: 15_000 };
    const observation = await network.runs(Array.from({ length: 10 }, () => check));
    expect(observation.map(words)).toEqual(Array(10).fill('ok'));
    const lost = observation.map(({ samples }) => samples?.lost ?? NaN);
    const sum = lost.reduce((a, b) => a + b, 0);
    expect(sum).toBe(network.cable.noted().length);
    // 100 handshakes at 30 %: a number outside these limits has a probability below one in a million.
    expect(sum).toBeGreaterThan(8);
    expect(sum).toBeLessThan(54);
    for (const one of observation) {
      expect(one.samples).toMatchObject({ sent: 10 });
      expect(one.samples?.maxMs).toBeLessThan(950);
      const codes = one.outcome === 'ok' ? one.degraded?.map(({ code }) => code) : undefined;
      expect(codes ?? []).toEqual(one.samples?.lost === 0 ? [] : ['loss']);
    }
  });

  test('a single handshake that loses its first packet is ok a second later', async () => {
    network.cable.rules([
      `tcp dport ${OPEN} tcp flags & (fin | syn | rst | ack) == syn numgen inc mod 2 < 1 drop`,
    ]);
    const observation = await network.run({ host: FAR, port: OPEN });
    expect(words(observation)).toBe('ok');
    expect(observation.timings.connectMs).toBeGreaterThan(950);
    expect(observation.timings.connectMs).toBeLessThan(1_500);
  });
});
