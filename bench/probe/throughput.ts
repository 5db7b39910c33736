// Owns checks per CPU second of the probe, a naive program and other tools, on the same targets in the same run.
import { loopback } from './environments.ts';
import { INSTRUMENTS, type Instrument, MAX_TARGETS, runBatchAllOk, startSubject, tcpJob } from './jobs.ts';
import { type CpuTime, OTHER_TOOLS, skipReason } from './other-tools.ts';
import { end, findProgram } from './spawn.ts';
import { median } from './timing-accuracy.ts';

export interface Throughput {
  readonly tool: string;
  readonly how: string;
  /** Includes the start of the process. */
  readonly cold: Rate;
  /** After the first batches of a process. Null if every check starts a process. */
  readonly warm: Rate | null;
}

interface Rate {
  readonly checks: number;
  readonly usPerCheck: number;
  readonly checksPerCpuSecond: number;
}

const rateOf = ({ checks, cpuMs }: CpuTime): Rate => ({
  checks,
  usPerCheck: (cpuMs * 1_000) / checks,
  checksPerCpuSecond: (checks * 1_000) / cpuMs,
});

export async function measureThroughput(
  bundlePath: string,
  scratch: string,
  batches: number,
  progress: (line: string) => void,
): Promise<{ readonly rows: readonly Throughput[]; readonly skipped: readonly string[] }> {
  const rows: Throughput[] = [];
  const skipped: string[] = [];
  for (const instrument of INSTRUMENTS) rows.push(await measureOwn(instrument, bundlePath, batches));
  for (const tool of OTHER_TOOLS) {
    const reason = skipReason(tool);
    if (reason) {
      skipped.push(reason);
      continue;
    }
    progress(`${tool.name} …`);
    const task = { host: loopback.host, targets: MAX_TARGETS, scratch };
    const { cold, warm } = await tool.measure(findProgram(tool.program)!, task);
    rows.push({ tool: tool.name, how: tool.how, cold: rateOf(cold), warm: warm && rateOf(warm) });
  }
  return { rows, skipped };
}

async function measureOwn(instrument: Instrument, bundlePath: string, batches: number): Promise<Throughput> {
  const subject = await startSubject(instrument, bundlePath);
  const job = tcpJob(loopback.host, MAX_TARGETS);
  const first = await runBatchAllOk(subject, job);
  // The JIT compiler is still at work in the second batch.
  await runBatchAllOk(subject, job);
  const cpuMs: number[] = [];
  for (let batch = 0; batch < batches; batch += 1) cpuMs.push((await runBatchAllOk(subject, job)).cpuMs);
  await end(subject);
  return {
    tool: instrument,
    how: `batches of ${MAX_TARGETS}; warm: median of ${batches} batches from the third on`,
    cold: rateOf({ checks: MAX_TARGETS, cpuMs: first.cpuSinceStartMs }),
    warm: rateOf({ checks: MAX_TARGETS, cpuMs: median(cpuMs) }),
  };
}
