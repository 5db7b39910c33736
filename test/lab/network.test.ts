import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Observation } from '../../probes/contract/index.ts';
import { askProbe, words } from '../wire/ask-probe.ts';
import { type Cable, ELSEWHERE, FAR, layCable, NOBODY } from './namespace.ts';
import { because, labProblem } from './packages.ts';
import { type ProbeProcess, startProbe } from './probe-process.ts';
import type { LabServer } from './servers/process.ts';
import { startRedis } from './servers/redis.ts';

const problem = labProblem('ip', 'nft', 'redis');
const OPEN = 6379;

let cable: Cable | undefined;
let probe: ProbeProcess | undefined;
let redis: LabServer | undefined;
beforeAll(async () => {
  if (problem !== null) return;
  cable = await layCable();
  redis = await startRedis({ inside: cable.far, address: FAR, port: OPEN });
  probe = await startProbe({ inside: cable.near });
});
afterAll(async () => {
  await probe?.close();
  await redis?.close();
  await cable?.close();
});

async function look(check: object): Promise<Observation | undefined> {
  const { observations } = await askProbe([check], { answer: probe!.answer });
  return observations[0];
}

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
    expect(words(await look({ host: FAR, port: OPEN + 1 }))).toBe('failed refused');
  });

  test('an address that nobody has is unreachable, as the kernel gives up asking for it', async () => {
    expect(words(await look({ host: NOBODY, port: OPEN }))).toBe('failed unreachable');
  });

  test('a network that there is no route to is unreachable, at once', async () => {
    const seen = await look({ host: ELSEWHERE, port: OPEN });
    expect(words(seen)).toBe('failed unreachable');
    expect(seen?.timings.totalMs).toBeLessThan(500);
  });
});
