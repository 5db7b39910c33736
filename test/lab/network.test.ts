import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Canary, Observation } from '../../probes/contract/index.ts';
import { askProbe, words } from '../wire/ask-probe.ts';
import { DNS_DATAGRAM } from './conversations.ts';
import { type Folder, makeFolder } from './folder.ts';
import { type Cable, ELSEWHERE, FAR, layCable, NOBODY } from './namespace.ts';
import { because, labProblem } from './packages.ts';
import { type ProbeProcess, startProbe } from './probe-process.ts';
import { startNsd } from './servers/nsd.ts';
import type { LabServer } from './servers/process.ts';
import { startRedis } from './servers/redis.ts';

const problem = labProblem('ip', 'nft', 'redis', 'nsd');
const OPEN = 6379;
const CLOSED = 6380;

let cable: Cable | undefined;
let probe: ProbeProcess | undefined;
let redis: LabServer | undefined;
let nsd: LabServer | undefined;
let folder: Folder | undefined;
beforeAll(async () => {
  if (problem !== null) return;
  folder = makeFolder();
  cable = await layCable();
  redis = await startRedis({ inside: cable.far, address: FAR, port: OPEN });
  nsd = await startNsd(folder.path, { inside: cable.far, address: FAR, port: 53 });
  probe = await startProbe({ inside: cable.near, nameServer: `${FAR}:53` });
});
afterAll(async () => {
  await probe?.close();
  await redis?.close();
  await nsd?.close();
  await cable?.close();
  folder?.remove();
});

async function looks(checks: readonly object[], canaries: readonly Canary[] = []): Promise<Observation[]> {
  const { observations } = await askProbe(checks, { answer: probe!.answer, deadlineMs: 20_000, canaries });
  return observations;
}

const look = async (check: object, canaries: readonly Canary[] = []): Promise<Observation | undefined> =>
  (await looks([check], canaries))[0];

describe.skipIf(problem !== null)(`over a network${because(problem)}`, () => {
  beforeEach(() => cable!.rules([]));

  test('an open port is ok, and is looked at with the guard of a deployed probe', async () => {
    const seen = await look({ host: FAR, port: OPEN });
    expect(words(seen)).toBe('ok');
    expect(seen?.timings.connectMs).toBeGreaterThan(0);
    expect(words(await look({ host: '10.0.0.1', port: OPEN }))).toBe('failed forbidden_address');
  });

  test('packets that are dropped end in a timeout', async () => {
    cable!.rules([`tcp dport ${OPEN} drop`]);
    const seen = await look({ host: FAR, port: OPEN, timeoutMs: 500 });
    expect(words(seen)).toBe('failed timeout');
    expect(seen?.timings.totalMs).toBeLessThan(750);
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
    cable!.rules([`tcp dport ${OPEN} reject with ${how}`]);
    const seen = await look({ host: FAR, port: OPEN });
    expect(words(seen), JSON.stringify(seen)).toBe(expected);
    expect(seen?.timings.totalMs).toBeLessThan(500);
  });

  test('a closed port is refused', async () => {
    expect(words(await look({ host: FAR, port: CLOSED }))).toBe('failed refused');
  });

  test('an address that nobody has is unreachable, as the kernel gives up asking for it', async () => {
    expect(words(await look({ host: NOBODY, port: OPEN }))).toBe('failed unreachable');
  });

  test('a network that there is no route to is unreachable, at once', async () => {
    const seen = await look({ host: ELSEWHERE, port: OPEN });
    expect(words(seen)).toBe('failed unreachable');
    expect(seen?.timings.totalMs).toBeLessThan(500);
  });

  describe('a canary beside a target that is silent', () => {
    const silent = { host: FAR, port: OPEN, timeoutMs: 2_500 };

    test('leaves the failure as it is when it answers, and when it refuses', async () => {
      cable!.rules([`tcp dport ${OPEN} drop`]);
      expect(words(await look(silent, [{ host: FAR, port: 53 }]))).toBe('failed timeout');
      expect(words(await look(silent, [{ host: FAR, port: CLOSED }]))).toBe('failed timeout');
    });

    test('makes it the fault of the location when it is silent too', async () => {
      cable!.rules(['drop']);
      const seen = await look(silent, [{ host: FAR, port: 53 }]);
      expect(words(seen)).toBe('unmeasured location_offline');
    });
  });

  describe('names', () => {
    const named = { host: 'shop.lab.test', port: OPEN, timeoutMs: 1_000 };

    test('are resolved by the name server, and the time that takes is told apart', async () => {
      const seen = await look(named);
      expect(seen).toMatchObject({ outcome: 'ok', address: FAR });
      expect(seen?.timings.dnsMs).toBeGreaterThan(0);
      expect(seen?.timings.totalMs).toBeGreaterThanOrEqual(seen?.timings.dnsMs ?? Infinity);
    });

    test('that are not known fail as dns', async () => {
      const seen = await look({ ...named, host: 'nobody.lab.test' });
      expect(seen).toMatchObject({ outcome: 'failed', code: 'dns', phase: 'dns' });
    });

    test('lead to no forbidden address', async () => {
      expect(words(await look({ ...named, host: 'mail.lab.test' }))).toBe('failed forbidden_address');
    });

    test.each(['drop', 'reject with icmp type port-unreachable', 'reject with icmp type admin-prohibited'])(
      'fail as dns when the name server is away (%s)',
      async (how) => {
        cable!.rules([`udp dport 53 ${how}`]);
        const seen = await look(named);
        expect(seen).toMatchObject({ outcome: 'failed', code: 'dns', phase: 'dns' });
        expect(seen?.timings.totalMs).toBeLessThan(1_250);
      },
    );
  });

  describe('a udp check', () => {
    const udp = { type: 'udp', host: FAR, port: 53, timeoutMs: 1_000, ...DNS_DATAGRAM };

    test('is ok when the service answers', async () => {
      const seen = await look(udp);
      expect(words(seen), JSON.stringify(seen)).toBe('ok');
    });

    test('is refused where nothing listens, at once', async () => {
      const seen = await look({ ...udp, port: CLOSED });
      expect(words(seen)).toBe('failed refused');
      expect(seen?.timings.totalMs).toBeLessThan(500);
    });

    test.each([
      ['drop', 'failed timeout'],
      ['reject with icmp type port-unreachable', 'failed refused'],
      ['reject with icmp type admin-prohibited', 'failed unreachable'],
      // Linux tells a UDP socket of these only where it asks for them (ip(7), IP_RECVERR), which Node does not.
      ['reject with icmp type host-unreachable', 'failed timeout'],
      ['reject with icmp type net-unreachable', 'failed timeout'],
    ])('met with %s is %s', async (how, expected) => {
      cable!.rules([`udp dport 53 ${how}`]);
      const seen = await look(udp);
      expect(words(seen), JSON.stringify(seen)).toBe(expected);
      expect(seen?.timings.totalMs).toBeLessThan(1_250);
    });

    test('and a dns check survive the loss of one datagram', async () => {
      for (const check of [udp, { type: 'dns', name: 'shop.lab.test', timeoutMs: 1_000 }]) {
        cable!.rules(['udp dport 53 numgen inc mod 10 < 1 add @noted { udp sport } drop']);
        const seen = await look(check);
        expect(words(seen), JSON.stringify(seen)).toBe('ok');
        expect(cable!.noted()).toHaveLength(1);
      }
    });
  });

  test('several handshakes lose as many as the network drops, and no more', async () => {
    // A SYN alone: what a handshake loses later, the kernel repeats.
    const syn = `tcp dport ${OPEN} tcp flags & (fin | syn | rst | ack) == syn`;
    cable!.rules([`${syn} numgen random mod 100 < 30 add @noted { tcp sport } drop`]);
    const check = { host: FAR, port: OPEN, samples: 10, maxLossPercent: 0, timeoutMs: 15_000 };
    const seen = await looks(Array.from({ length: 10 }, () => check));
    expect(seen.map(words)).toEqual(Array(10).fill('ok'));
    const lost = seen.map(({ samples }) => samples?.lost ?? NaN);
    const sum = lost.reduce((a, b) => a + b, 0);
    expect(sum).toBe(cable!.noted().length);
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
    cable!.rules([`tcp dport ${OPEN} tcp flags & (fin | syn | rst | ack) == syn numgen inc mod 2 < 1 drop`]);
    const seen = await look({ host: FAR, port: OPEN });
    expect(words(seen)).toBe('ok');
    expect(seen?.timings.connectMs).toBeGreaterThan(950);
    expect(seen?.timings.connectMs).toBeLessThan(1_500);
  });
});
