import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { words } from '../../support/net/ask-probe.ts';
import { ELSEWHERE, FAR, NOBODY } from './namespace.ts';
import { CLOSED, NAMES, type Network, networkProblem, OPEN, startNetwork } from './over-network.ts';
import { because } from './packages.ts';

const problem = networkProblem();
let network: Network;
beforeAll(async () => {
  if (problem === null) network = await startNetwork();
});
beforeEach(() => network?.cable.rules([]));
afterAll(() => network?.close());

describe.skipIf(problem !== null)(`over a network${because(problem)}`, () => {
  test('an open port is ok, and is looked at with the guard of a deployed probe', async () => {
    const seen = await network.run({ host: FAR, port: OPEN });
    expect(words(seen)).toBe('ok');
    expect(seen.timings.connectMs).toBeGreaterThan(0);
    expect(words(await network.run({ host: '10.0.0.1', port: OPEN }))).toBe('failed forbidden_address');
  });

  test('packets that are dropped end in a timeout', async () => {
    network.cable.rules([`tcp dport ${OPEN} drop`]);
    const seen = await network.run({ host: FAR, port: OPEN, timeoutMs: 500 });
    expect(words(seen)).toBe('failed timeout');
    expect(seen.timings.totalMs).toBeLessThan(750);
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
  ])('a reject with %s is %s, at once', async (how, expected) => {
    network.cable.rules([`tcp dport ${OPEN} reject with ${how}`]);
    const seen = await network.run({ host: FAR, port: OPEN });
    expect(words(seen), JSON.stringify(seen)).toBe(expected);
    expect(seen.timings.totalMs).toBeLessThan(500);
  });

  test('a closed port is refused', async () => {
    expect(words(await network.run({ host: FAR, port: CLOSED }))).toBe('failed refused');
  });

  test('an address that nobody has is unreachable, as the kernel gives up asking for it', async () => {
    expect(words(await network.run({ host: NOBODY, port: OPEN }))).toBe('failed unreachable');
  });

  test('a network that there is no route to is unreachable, at once', async () => {
    const seen = await network.run({ host: ELSEWHERE, port: OPEN });
    expect(words(seen)).toBe('failed unreachable');
    expect(seen.timings.totalMs).toBeLessThan(500);
  });

  describe('a canary beside a target that is silent', () => {
    const silent = { host: FAR, port: OPEN, timeoutMs: 2_500 };

    test('leaves the failure as it is when it answers, and when it refuses', async () => {
      network.cable.rules([`tcp dport ${OPEN} drop`]);
      expect(words(await network.run(silent, [{ host: FAR, port: NAMES }]))).toBe('failed timeout');
      expect(words(await network.run(silent, [{ host: FAR, port: CLOSED }]))).toBe('failed timeout');
    });

    test('makes it the fault of the location when it is silent too', async () => {
      network.cable.rules(['drop']);
      const seen = await network.run(silent, [{ host: FAR, port: NAMES }]);
      expect(words(seen)).toBe('unmeasured location_offline');
    });
  });

  describe('a path that carries small packets only', () => {
    const large = { host: FAR, port: OPEN, timeoutMs: 700 };
    const steps = [{ send: `ECHO ${'x'.repeat(200)}\r\n` }, { expect: 'xxx' }];
    const talk = { ...large, type: 'script', steps };

    test('is no matter to a handshake, and ends a conversation in a timeout of the reply', async () => {
      expect(words(await network.run(talk)), 'without a rule').toBe('ok');
      network.cable.rules([`tcp dport ${OPEN} ip length > 200 drop`]);
      expect(words(await network.run(large))).toBe('ok');
      const seen = await network.run(talk);
      expect(seen).toMatchObject({ outcome: 'failed', code: 'timeout', phase: 'reply' });
    });

    test('ends a conversation in a reset, where it sends one', async () => {
      network.cable.rules([`tcp dport ${OPEN} ip length > 200 reject with tcp reset`]);
      const seen = await network.run(talk);
      expect(seen).toMatchObject({ outcome: 'failed', code: 'reset', phase: 'reply' });
    });
  });

  test('several handshakes lose as many as the network drops, and no more', async () => {
    // A SYN alone: what a handshake loses later, the kernel repeats.
    const syn = `tcp dport ${OPEN} tcp flags & (fin | syn | rst | ack) == syn`;
    network.cable.rules([`${syn} numgen random mod 100 < 30 add @noted { tcp sport } drop`]);
    const check = { host: FAR, port: OPEN, samples: 10, maxLossPercent: 0, timeoutMs: 15_000 };
    const seen = await network.runs(Array.from({ length: 10 }, () => check));
    expect(seen.map(words)).toEqual(Array(10).fill('ok'));
    const lost = seen.map(({ samples }) => samples?.lost ?? NaN);
    const sum = lost.reduce((a, b) => a + b, 0);
    expect(sum).toBe(network.cable.noted().length);
    // 100 handshakes at 30 %: further away than this is less likely than one in a million.
    expect(sum).toBeGreaterThan(8);
    expect(sum).toBeLessThan(54);
    for (const one of seen) {
      expect(one.samples).toMatchObject({ sent: 10 });
      expect(one.samples?.maxMs).toBeLessThan(950);
      const codes = one.outcome === 'ok' ? one.degraded?.map(({ code }) => code) : undefined;
      expect(codes ?? []).toEqual(one.samples?.lost === 0 ? [] : ['loss']);
    }
  });

  test('a single handshake that loses its first packet is ok, a second later', async () => {
    network.cable.rules([
      `tcp dport ${OPEN} tcp flags & (fin | syn | rst | ack) == syn numgen inc mod 2 < 1 drop`,
    ]);
    const seen = await network.run({ host: FAR, port: OPEN });
    expect(words(seen)).toBe('ok');
    expect(seen.timings.connectMs).toBeGreaterThan(950);
    expect(seen.timings.connectMs).toBeLessThan(1_500);
  });
});
