// Checks per CPU second: the probe, a naive program and other tools, on the same targets in the same run.

import { loopback } from './environments.ts';
import { askAllOk, INSTRUMENTS, type Instrument, MOST_TARGETS, startProber, tcpJob } from './jobs.ts';
import { missing, PEERS, type Spent } from './other-tools.ts';
import { end, findProgram } from './spawn.ts';
import { median } from './timing-accuracy.ts';

export interface Throughput {
  readonly tool: string;
  readonly how: string;
  /** From the start of the process. */
  readonly cold: Rate;
  /** Of a process that has done it before; null where every check is a process. */
  readonly warm: Rate | null;
}

interface Rate {
  readonly checks: number;
  readonly usPerCheck: number;
  readonly checksPerCpuSecond: number;
}

const rateOf = ({ checks, cpuMs }: Spent): Rate => ({
  checks,
  usPerCheck: (cpuMs * 1_000) / checks,
  checksPerCpuSecond: (checks * 1_000) / cpuMs,
});

export async function measureThroughput(
  bundlePath: string,
  scratch: string,
  batches: number,
  say: (line: string) => void,
): Promise<{ readonly rows: readonly Throughput[]; readonly leftOut: readonly string[] }> {
  const rows: Throughput[] = [];
  const leftOut: string[] = [];
  for (const instrument of INSTRUMENTS) rows.push(await measureOwn(instrument, bundlePath, batches));
  for (const peer of PEERS) {
    const why = missing(peer);
    if (why) {
      leftOut.push(why);
      continue;
    }
    say(`${peer.name} …`);
    const task = { host: loopback.host, targets: MOST_TARGETS, scratch };
    const { cold, warm } = await peer.measure(findProgram(peer.program)!, task);
    rows.push({ tool: peer.name, how: peer.how, cold: rateOf(cold), warm: warm && rateOf(warm) });
  }
  return { rows, leftOut };
}

async function measureOwn(instrument: Instrument, bundlePath: string, batches: number): Promise<Throughput> {
  const prober = await startProber(instrument, bundlePath);
  const job = tcpJob(loopback.host, MOST_TARGETS);
  const first = await askAllOk(prober, job);
  // The second still compiles.
  await askAllOk(prober, job);
  const cpuMs: number[] = [];
  for (let batch = 0; batch < batches; batch += 1) cpuMs.push((await askAllOk(prober, job)).cpuMs);
  await end(prober);
  return {
    tool: instrument,
    how: `batches of ${MOST_TARGETS}; warm: median of ${batches} batches from the third on`,
    cold: rateOf({ checks: MOST_TARGETS, cpuMs: first.cpuSinceStartMs }),
    warm: rateOf({ checks: MOST_TARGETS, cpuMs: median(cpuMs) }),
  };
}
