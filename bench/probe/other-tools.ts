// What other tools spend on the same TCP checks: user and system time of their processes, children included.
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FIRST_PORT } from './jobs.ts';
import { end, findProgram, launch } from './spawn.ts';

export interface Spent {
  readonly checks: number;
  readonly cpuMs: number;
}

export interface Peer {
  readonly name: string;
  readonly program: string;
  readonly debianPackage: string;
  /** What is in the figures. */
  readonly how: string;
  /** `warm` leaves the start of a process out; null where every check is a process. */
  measure(program: string, task: PeerTask): Promise<{ readonly cold: Spent; readonly warm: Spent | null }>;
}

export interface PeerTask {
  readonly host: string;
  readonly targets: number;
  readonly scratch: string;
}

/** Runs a shell command and answers what its children spent: the second line of `times` (POSIX.1, times). */
async function spentBy(command: string): Promise<number> {
  const shell = launch(['sh', '-c', `${command}; times`], { side: 'measured' });
  let says = '';
  shell.stdout!.on('data', (chunk: Buffer) => {
    says += chunk;
  });
  shell.stderr!.resume();
  await once(shell, 'close');
  return timesOf(says);
}

/** CPU time of a shell's children, ms, from the output of `times`. */
export function timesOf(output: string): number {
  const figures = [...(output.trim().split('\n').at(-1) ?? '').matchAll(/(\d+)m([\d.]+)s/g)];
  if (figures.length !== 2) throw new Error(`these are no times of a shell: ${output.slice(-200)}`);
  return figures.reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1_000,
    0,
  );
}

const lastPort = (targets: number): number => FIRST_PORT + targets - 1;

const checkTcp: Peer = {
  name: 'check_tcp',
  program: 'check_tcp',
  debianPackage: 'monitoring-plugins-basic',
  how: 'a process a check; the shell that starts them is not counted',
  async measure(program, { host, targets }) {
    const checks = Math.ceil(targets / 4);
    const loop = `for port in $(seq ${FIRST_PORT} ${lastPort(checks)}); do ${program} -H ${host} -p $port >&2 || exit 1; done`;
    return { cold: { checks, cpuMs: await spentBy(loop) }, warm: null };
  },
};

const NMAP_RUNS = 3;

const nmap: Peer = {
  name: 'nmap -sT',
  program: 'nmap',
  debianPackage: 'nmap',
  how: '-n -Pn --max-retries 0; warm: less what a run with one port costs; median of three',
  async measure(program, { host, targets }) {
    const scan = async (ports: number): Promise<number> => {
      const runs: number[] = [];
      const command = `${program} -sT -n -Pn --max-retries 0 -p ${FIRST_PORT}-${lastPort(ports)} ${host} >&2`;
      for (let run = 0; run < NMAP_RUNS; run += 1) runs.push(await spentBy(command));
      return runs.sort((a, b) => a - b)[1]!;
    };
    const [one, all] = [await scan(1), await scan(targets)];
    return { cold: { checks: targets, cpuMs: all }, warm: { checks: targets - 1, cpuMs: all - one } };
  },
};

const EXPORTER_PORT = 19_115;
const AT_ONCE = 8;

const blackboxExporter: Peer = {
  name: 'blackbox_exporter',
  program: 'prometheus-blackbox-exporter',
  debianPackage: 'prometheus-blackbox-exporter',
  how: 'tcp_connect through /probe, eight at once over kept connections, as Prometheus scrapes',
  async measure(program, { host, targets, scratch }) {
    const config = join(scratch, 'blackbox.yml');
    writeFileSync(config, 'modules:\n  tcp_connect:\n    prober: tcp\n    timeout: 5s\n');
    const address = `${host}:${EXPORTER_PORT}`;
    const exporter = launch([program, `--config.file=${config}`, `--web.listen-address=${address}`], {
      side: 'measured',
    });
    let says = '';
    for (const stream of [exporter.stdout!, exporter.stderr!]) stream.on('data', (chunk) => (says += chunk));
    await untilHealthy(address, () => says);
    const cold = await probeAll(address, host, targets, exporter.pid!);
    const warm = await probeAll(address, host, targets, exporter.pid!);
    await end(exporter);
    return {
      cold: { checks: targets, cpuMs: cold.sinceStartMs },
      warm: { checks: targets, cpuMs: warm.cpuMs },
    };
  },
};

async function untilHealthy(address: string, words: () => string): Promise<void> {
  for (let tries = 100; tries > 0; tries -= 1) {
    const isUp = await fetch(`http://${address}/-/healthy`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) return;
    await sleep(50);
  }
  throw new Error(`blackbox_exporter did not answer at ${address} within 5 s: ${words().slice(-300)}`);
}

async function probeAll(
  address: string,
  host: string,
  targets: number,
  pid: number,
): Promise<{ cpuMs: number; sinceStartMs: number }> {
  const before = cpuMsOf(pid);
  let next = FIRST_PORT;
  const worker = async (): Promise<void> => {
    while (next <= lastPort(targets)) {
      const target = `${host}:${next++}`;
      const answer = await fetch(`http://${address}/probe?module=tcp_connect&target=${target}`);
      if (!(await answer.text()).includes('\nprobe_success 1'))
        throw new Error(`blackbox_exporter failed at ${target}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const sinceStartMs = cpuMsOf(pid);
  return { cpuMs: sinceStartMs - before, sinceStartMs };
}

const MS_PER_CLOCK_TICK = 10;

/** proc(5): utime and stime are the 14th and 15th field of stat; the second, in parentheses, may have blanks. */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_CLOCK_TICK;
}

export const PEERS: readonly Peer[] = [checkTcp, nmap, blackboxExporter];

/** Why a peer is left out; null when it is there. */
export const missing = ({ program, debianPackage, name }: Peer): string | null =>
  findProgram(program) ? null : `${name} is not installed (Debian: ${debianPackage})`;
