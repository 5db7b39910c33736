// Owns the CPU time of other tools for the same TCP checks: user and system time of their processes and children.
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FIRST_PORT } from './jobs.ts';
import { end, findProgram, spawnProgram } from './spawn.ts';

export interface CpuTime {
  readonly checks: number;
  readonly cpuMs: number;
}

export interface OtherTool {
  readonly name: string;
  readonly program: string;
  readonly debianPackage: string;
  /** What the figures include. */
  readonly how: string;
  /** `warm` excludes the start of the process. Null if every check starts a process. */
  measure(
    program: string,
    task: ToolTask,
  ): Promise<{ readonly cold: CpuTime; readonly warm: CpuTime | null }>;
}

export interface ToolTask {
  readonly host: string;
  readonly targets: number;
  readonly scratch: string;
}

/** Runs a shell command. Returns the CPU time of its children: the second line of `times` (POSIX.1, times). */
async function cpuMsOfCommand(command: string): Promise<number> {
  const shell = spawnProgram(['sh', '-c', `${command}; times`], { side: 'measured' });
  let output = '';
  shell.stdout!.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  shell.stderr!.resume();
  await once(shell, 'close');
  return timesOf(output);
}

/** CPU time of a shell's children in ms, from the output of `times`. */
export function timesOf(output: string): number {
  const figures = [...(output.trim().split('\n').at(-1) ?? '').matchAll(/(\d+)m([\d.]+)s/g)];
  if (figures.length !== 2) throw new Error(`not the output of times: ${output.slice(-200)}`);
  return figures.reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1_000,
    0,
  );
}

const lastPort = (targets: number): number => FIRST_PORT + targets - 1;

const checkTcp: OtherTool = {
  name: 'check_tcp',
  program: 'check_tcp',
  debianPackage: 'monitoring-plugins-basic',
  how: 'one process per check; excludes the shell that starts them',
  async measure(program, { host, targets }) {
    const checks = Math.ceil(targets / 4);
    const loop = `for port in $(seq ${FIRST_PORT} ${lastPort(checks)}); do ${program} -H ${host} -p $port >&2 || exit 1; done`;
    return { cold: { checks, cpuMs: await cpuMsOfCommand(loop) }, warm: null };
  },
};

const NMAP_RUNS = 3;

const nmap: OtherTool = {
  name: 'nmap -sT',
  program: 'nmap',
  debianPackage: 'nmap',
  how: '-n -Pn --max-retries 0; warm: minus a run with one port; median of three',
  async measure(program, { host, targets }) {
    const scan = async (ports: number): Promise<number> => {
      const runs: number[] = [];
      const command = `${program} -sT -n -Pn --max-retries 0 -p ${FIRST_PORT}-${lastPort(ports)} ${host} >&2`;
      for (let run = 0; run < NMAP_RUNS; run += 1) runs.push(await cpuMsOfCommand(command));
      return runs.sort((a, b) => a - b)[1]!;
    };
    const [one, all] = [await scan(1), await scan(targets)];
    return { cold: { checks: targets, cpuMs: all }, warm: { checks: targets - 1, cpuMs: all - one } };
  },
};

const EXPORTER_PORT = 19_115;
const MAX_AT_ONCE = 8;

const blackboxExporter: OtherTool = {
  name: 'blackbox_exporter',
  program: 'prometheus-blackbox-exporter',
  debianPackage: 'prometheus-blackbox-exporter',
  how: 'tcp_connect through /probe, eight at once over kept-alive connections, as Prometheus scrapes',
  async measure(program, { host, targets, scratch }) {
    const config = join(scratch, 'blackbox.yml');
    writeFileSync(config, 'modules:\n  tcp_connect:\n    prober: tcp\n    timeout: 5s\n');
    const address = `${host}:${EXPORTER_PORT}`;
    const exporter = spawnProgram([program, `--config.file=${config}`, `--web.listen-address=${address}`], {
      side: 'measured',
    });
    let output = '';
    for (const stream of [exporter.stdout!, exporter.stderr!])
      stream.on('data', (chunk) => (output += chunk));
    await waitUntilHealthy(address, () => output);
    const cold = await probeAll(address, host, targets, exporter.pid!);
    const warm = await probeAll(address, host, targets, exporter.pid!);
    await end(exporter);
    return {
      cold: { checks: targets, cpuMs: cold.sinceStartMs },
      warm: { checks: targets, cpuMs: warm.cpuMs },
    };
  },
};

async function waitUntilHealthy(address: string, outputText: () => string): Promise<void> {
  for (let tries = 100; tries > 0; tries -= 1) {
    const isUp = await fetch(`http://${address}/-/healthy`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) return;
    await sleep(50);
  }
  throw new Error(`blackbox_exporter did not respond at ${address} within 5 s: ${outputText().slice(-300)}`);
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
      const response = await fetch(`http://${address}/probe?module=tcp_connect&target=${target}`);
      if (!(await response.text()).includes('\nprobe_success 1'))
        throw new Error(`blackbox_exporter failed at ${target}`);
    }
  };
  await Promise.all(Array.from({ length: MAX_AT_ONCE }, worker));
  const sinceStartMs = cpuMsOf(pid);
  return { cpuMs: sinceStartMs - before, sinceStartMs };
}

const MS_PER_CLOCK_TICK = 10;

/** proc(5): utime and stime are the 14th and 15th field of stat. The second, in parentheses, may contain blanks. */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_CLOCK_TICK;
}

export const OTHER_TOOLS: readonly OtherTool[] = [checkTcp, nmap, blackboxExporter];

/** Why a tool is skipped. Null if it is installed. */
export const skipReason = ({ program, debianPackage, name }: OtherTool): string | null =>
  findProgram(program) ? null : `${name} is not installed (Debian: ${debianPackage})`;
