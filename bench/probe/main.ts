// Owns the command `npm run bench:probe`: timing accuracy, CPU time per check and the resources of a batch of 1,000.
// It installs nothing and lists what it skips. `-- --json` prints one JSON document only, `--quick` runs fewer batches.
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkTypes } from '../../probes/checks/catalogue.ts';
import { buildProbe } from '../../scripts/build-probe.ts';
import { thisMachine } from '../machine.ts';
import { openCpuGroup } from './cpu-group.ts';
import { type Environment, loopback, openRemote } from './environments.ts';
import { goalsOf } from './goals.ts';
import { FIRST_PORT, INSTRUMENTS, MAX_TARGETS, type SmallFunction } from './jobs.ts';
import { type MixedBatch, measureMixed, measureSplit } from './mixed-batch.ts';
import { openMixedTargets } from './mixed-targets.ts';
import { describeProbe, type ProbeReport } from './report.ts';
import { canPin, end, findProgram, groupOfSide, spawnOwn } from './spawn.ts';
import { measureThroughput } from './throughput.ts';
import { measureTimingAccuracy, type TimingAccuracy } from './timing-accuracy.ts';
import { TYPES } from './workload.ts';

/** The function's size in production. */
const MEMORY_MB = 256;
const MIXED_RUNS = 1_000;

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } },
});
/** Targets per batch, and batches per process. */
const SIZES = values.quick
  ? [
      [1, 10],
      [100, 4],
      [MAX_TARGETS, 3],
    ]
  : [
      [1, 40],
      [100, 15],
      [MAX_TARGETS, 12],
    ];
const startedAt = performance.now();
const machine: ProbeReport['machine'] = {
  ...thisMachine(),
  kernel: release(),
  load: loadavg()[0]!,
  isPinned: canPin,
  hasWeight: typeof groupOfSide('measured') === 'object',
};
const skipped: string[] = [];
const progress = (line: string): void => {
  if (!values.json) process.stderr.write(`${line}\n`);
};

if (process.platform !== 'linux') {
  process.stderr.write(
    `bench:probe needs Linux (/proc and packet captures) and does not run on ${process.platform}\n`,
  );
  process.exit(1);
}
const scratch = mkdtempSync(join(tmpdir(), 'probemesh-bench-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

const { bundlePath } = await buildProbe(scratch);
const small = openSmallFunction();
const targets = await startTargets(loopback);
const timingAccuracy = await measureTiming();
progress('throughput …');
const throughput = await measureThroughput(bundlePath, scratch, values.quick ? 3 : 7, progress);
skipped.push(...throughput.skipped);
const mixed = await measureMixedBatches();
await end(targets);
const report: ProbeReport = {
  ...{ machine, timingAccuracy, throughput: throughput.rows, mixed },
  goals: goalsOf(timingAccuracy, throughput.rows, mixed),
  skipped,
  seconds: (performance.now() - startedAt) / 1_000,
};
process.stdout.write(`${values.json ? JSON.stringify(report, null, 2) : `\n${describeProbe(report)}`}\n`);

/** Batches of tcp only, and of all types. */
async function measureMixedBatches(): Promise<MixedBatch[]> {
  const targets = await openMixedTargets(loopback.host, scratch);
  const without = Object.keys(targets.without);
  const unknown = checkTypes.filter((type) => !TYPES.includes(type));
  skipped.push(...unknown.map((type) => `mixed checks of ${type}: workload.ts has no target for it`));
  skipped.push(...without.map((type) => `mixed checks of ${type}: ${targets.without[type]}`));
  const all = TYPES.filter((type) => !without.includes(type));
  const mixed: MixedBatch[] = [];
  for (const types of [['tcp'], all]) {
    for (const size of [undefined, ...(small ? [small] : [])]) {
      progress(`${MIXED_RUNS} checks of ${types.join(', ')}${size ? `, ${size.memoryMb} MB` : ''} …`);
      mixed.push(...(await measureMixed(bundlePath, MIXED_RUNS, types, size)));
    }
  }
  if (small) {
    progress(`${MIXED_RUNS} checks of ${all.join(', ')} in the coordinator's jobs, ${MEMORY_MB} MB each …`);
    mixed.push(...(await measureSplit(bundlePath, MIXED_RUNS, all, MEMORY_MB)));
  }
  await targets.close();
  return mixed;
}

function openSmallFunction(): SmallFunction | undefined {
  const group = openCpuGroup('small', MEMORY_MB);
  if (typeof group === 'object') return { memoryMb: MEMORY_MB, group };
  skipped.push(`the CPU quota of a function of ${MEMORY_MB} MB: ${group}`);
  return undefined;
}

function startTargets({ listenHost, namespace }: Environment): ReturnType<typeof spawnOwn> {
  const ports = [listenHost, String(FIRST_PORT), String(MAX_TARGETS)];
  return spawnOwn('./listeners.ts', ports, { side: 'around', namespace });
}

async function measureTiming(): Promise<TimingAccuracy[]> {
  if (!findProgram('tcpdump') || process.getuid?.() !== 0) {
    skipped.push('timing accuracy: a capture needs root and tcpdump (Debian: tcpdump)');
    return [];
  }
  const measured = await measureTimingIn(loopback);
  const remote = await openRemote();
  if (typeof remote === 'string') {
    skipped.push(`timing accuracy of remote targets: ${remote}`);
    return measured;
  }
  const remoteTargets = await startTargets(remote);
  measured.push(...(await measureTimingIn(remote)));
  await end(remoteTargets);
  await remote.close();
  return measured;
}

async function measureTimingIn(environment: Environment): Promise<TimingAccuracy[]> {
  const measured: TimingAccuracy[] = [];
  for (const size of [undefined, ...(small ? [small] : [])]) {
    for (const instrument of INSTRUMENTS) {
      progress(`timing accuracy: ${instrument}, ${environment.name}${size ? `, ${size.memoryMb} MB` : ''} …`);
      for (const [targets = 0, batches = 0] of SIZES) {
        measured.push(
          await measureTimingAccuracy(bundlePath, { environment, small: size, instrument, targets, batches }),
        );
      }
    }
  }
  return measured;
}
