// Owns two network namespaces with a cable between them: the probe is in the near one, targets in the far one, and neither
// has another link. They have no name and no file: each ends with its holding process, which ends with the tests.
//
// The addresses are public, because the probe's guard refuses private ones, and a test must not loosen it. Packets cannot
// leave: loopback and the cable are the only links that are up, which is verified first. APNIC keeps 1.2.3.0/24 for
// research, so that it has no hosts.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { programPath } from './packages.ts';

export const NEAR = '1.2.3.1';
export const FAR = '1.2.3.2';
/** On the cable's network, but without a host. */
export const UNASSIGNED = '1.2.3.3';
/** On a network without a route. */
export const UNROUTED = '1.2.4.1';

export interface Namespace {
  /** Of a process in the namespace. */
  readonly pid: number;
  /** The beginning of a command line that runs a command in the namespace. */
  readonly enter: readonly string[];
  /** Runs a command in the namespace to its end. Throws if it fails. */
  run(command: readonly string[], input?: string): string;
}

export interface Cable {
  readonly near: Namespace;
  readonly far: Namespace;
  /** Replaces the rules for packets that arrive at the far end, one nft statement each. An empty list accepts every packet. */
  rules(statements: readonly string[]): void;
  /** Senders' ports that a rule has put into the set: `add @noted { tcp sport }`. */
  noted(): number[];
  close(): Promise<void>;
}

export async function layCable(): Promise<Cable> {
  const holders: ChildProcess[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(holders.map(end));
  };
  try {
    const near = await hold(holders);
    const far = await hold(holders);
    const ip = programPath('ip');
    near.run([ip, ...`link add cable type veth peer name cable netns ${holders[1]?.pid}`.split(' ')]);
    for (const [one, address] of [[near, NEAR] as const, [far, FAR] as const]) {
      assertIsolated(one);
      one.run([ip, ...`address add ${address}/24 dev cable`.split(' ')]);
      one.run([ip, ...'link set lo up'.split(' ')]);
      one.run([ip, ...'link set cable up'.split(' ')]);
      // Otherwise the kernel sends one ICMP error a second: icmp(7).
      one.run(['/bin/sh', '-c', 'echo 0 > /proc/sys/net/ipv4/icmp_ratelimit']);
    }
    return { near, far, rules: (statements) => setRules(far, statements), noted: () => notedIn(far), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A namespace exists while a process is in it, even a sleeping one. */
async function hold(holders: ChildProcess[]): Promise<Namespace> {
  const holder = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', '--net', 'sleep', 'infinity'], {
    stdio: 'ignore',
  });
  holders.push(holder);
  await once(holder, 'spawn');
  const pid = holder.pid!;
  const ours = readlinkSync('/proc/self/ns/net');
  for (let waits = 0; readlinkSync(`/proc/${pid}/ns/net`) === ours; waits++) {
    if (waits > 500) throw new Error(`process ${pid} did not get a network namespace within 5 s`);
    await sleep(10);
  }
  const enter = ['nsenter', `--net=/proc/${pid}/ns/net`, '--'];
  return {
    pid,
    enter,
    run(command, input = '') {
      const [program = '', ...args] = [...enter, ...command];
      const done = spawnSync(program, args, { input, encoding: 'utf8' });
      if (done.status === 0) return done.stdout;
      throw new Error(`"${command.join(' ')}" failed in a namespace: ${done.error?.message ?? done.stderr}`);
    },
  };
}

async function end(holder: ChildProcess): Promise<void> {
  if (holder.exitCode !== null || holder.signalCode !== null) return;
  const gone = once(holder, 'exit');
  holder.kill('SIGKILL');
  await gone;
}

/** Some kernels add tunnel devices to every namespace; they are down, and stay down. */
function assertIsolated(namespace: Namespace): void {
  const text = namespace.run([programPath('ip'), '-json', 'link']);
  const links = JSON.parse(text) as { ifname: string; flags: string[] }[];
  const up = links.filter(({ flags }) => flags.includes('UP')).map(({ ifname }) => ifname);
  if (up.length > 0) throw new Error(`a new namespace has links that are up: ${up.join(', ')}`);
}

function notedIn(namespace: Namespace): number[] {
  const listed = namespace.run([programPath('nft'), '-j', 'list', 'set', 'ip', 'lab', 'noted']);
  const { nftables } = JSON.parse(listed) as { nftables: { set?: { elem?: number[] } }[] };
  return nftables.flatMap(({ set }) => set?.elem ?? []);
}

function setRules(namespace: Namespace, statements: readonly string[]): void {
  const chain = ['type filter hook input priority 0', ...statements].join('\n');
  const noted = 'set noted { type inet_service; flags dynamic; size 65535; }';
  const rules = `flush ruleset\ntable ip lab {\n${noted}\nchain arriving {\n${chain}\n}\n}\n`;
  namespace.run([programPath('nft'), '-f', '-'], rules);
}
