// `npm run bench:probe`: how true the probe's times are, what a check costs, and what a batch of 1,000 holds. It installs
// nothing, and says what it leaves out. `-- --json` prints one JSON document and nothing else; `--quick` a first look.
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkTypes } from '../../probes/checks/catalogue.ts';
import { buildProbe } from '../../scripts/build-probe.ts';
import { thisMachine } from '../machine.ts';
import { openCpuGroup } from './cpu-group.ts';
import { loopback, openFar, type Place } from './environments.ts';
import { targetsOf } from './goals.ts';
import { FIRST_PORT, INSTRUMENTS, MOST_TARGETS, type Small } from './jobs.ts';
import { type Mixed, measureMixed } from './mixed-batch.ts';
import { openMixedTargets } from './mixed-targets.ts';
import { describeProbe, type ProbeReport } from './report.ts';
import { canPin, end, findProgram, groupOf, launchOwn } from './spawn.ts';
import { measureThroughput } from './throughput.ts';
import { measureTruth, type Truth } from './timing-accuracy.ts';
import { TYPES } from './workload.ts';

/** The function's size in production. */
const MEMORY_MB = 256;
const MIXED_RUNS = 1_000;

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } },
});
/** Targets a batch, and how many batches a process is asked. */
const SIZES = values.quick
  ? [
      [1, 10],
      [100, 4],
      [MOST_TARGETS, 3],
    ]
  : [
      [1, 40],
      [100, 15],
      [MOST_TARGETS, 12],
    ];
const startedAt = performance.now();
const machine: ProbeReport['machine'] = {
  ...thisMachine(),
  kernel: release(),
  load: loadavg()[0]!,
  isPinned: canPin,
  hasWeight: typeof groupOf('measured') === 'object',
};
const leftOut: string[] = [];
const say = (line: string): void => {
  if (!values.json) process.stderr.write(`${line}\n`);
};

if (process.platform !== 'linux') {
  process.stderr.write(
    `this bench reads /proc and Linux's own captures, and does not run on ${process.platform}\n`,
  );
  process.exit(1);
}
const scratch = mkdtempSync(join(tmpdir(), 'probemesh-bench-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

const { bundlePath } = await buildProbe(scratch);
const small = openSmall();
const serving = await serve(loopback);
const truth = await truths();
say('throughput …');
const throughput = await measureThroughput(bundlePath, scratch, values.quick ? 3 : 7, say);
leftOut.push(...throughput.leftOut);
const mixed = await mixtures();
await end(serving);
const report: ProbeReport = {
  ...{ machine, truth, throughput: throughput.rows, mixed },
  targets: targetsOf(truth, throughput.rows, mixed),
  leftOut,
  seconds: (performance.now() - startedAt) / 1_000,
};
process.stdout.write(`${values.json ? JSON.stringify(report, null, 2) : `\n${describeProbe(report)}`}\n`);

/** Of tcp alone, and of every type. */
async function mixtures(): Promise<Mixed[]> {
  const targets = await openMixedTargets(loopback.host, scratch);
  const without = Object.keys(targets.without);
  const unknown = checkTypes.filter((type) => !TYPES.includes(type));
  leftOut.push(...unknown.map((type) => `mixed runs of ${type}: workload.ts has no target for it`));
  leftOut.push(...without.map((type) => `mixed looks of ${type}: ${targets.without[type]}`));
  const all = TYPES.filter((type) => !without.includes(type));
  const mixed: Mixed[] = [];
  for (const types of [['tcp'], all]) {
    for (const size of [undefined, ...(small ? [small] : [])]) {
      say(`${MIXED_RUNS} looks of ${types.join(', ')}${size ? `, ${size.memoryMb} MB` : ''} …`);
      mixed.push(...(await measureMixed(bundlePath, MIXED_RUNS, types, size)));
    }
  }
  await targets.close();
  return mixed;
}

function openSmall(): Small | undefined {
  const group = openCpuGroup('small', MEMORY_MB);
  if (typeof group === 'object') return { memoryMb: MEMORY_MB, group };
  leftOut.push(`a CPU quota as of a function of ${MEMORY_MB} MB: ${group}`);
  return undefined;
}

function serve({ listenHost, namespace }: Place): ReturnType<typeof launchOwn> {
  const ports = [listenHost, String(FIRST_PORT), String(MOST_TARGETS)];
  return launchOwn('./listeners.ts', ports, { side: 'around', namespace });
}

async function truths(): Promise<Truth[]> {
  if (!findProgram('tcpdump') || process.getuid?.() !== 0) {
    leftOut.push('timing truth: a capture needs root and tcpdump (Debian: tcpdump)');
    return [];
  }
  const measured = await truthsAt(loopback);
  const far = await openFar();
  if (typeof far === 'string') {
    leftOut.push(`timing truth of targets that are not on this machine: ${far}`);
    return measured;
  }
  const servingFar = await serve(far);
  measured.push(...(await truthsAt(far)));
  await end(servingFar);
  await far.close();
  return measured;
}

async function truthsAt(place: Place): Promise<Truth[]> {
  const measured: Truth[] = [];
  for (const size of [undefined, ...(small ? [small] : [])]) {
    for (const instrument of INSTRUMENTS) {
      say(`timing truth: ${instrument}, ${place.name}${size ? `, ${size.memoryMb} MB` : ''} …`);
      for (const [targets = 0, batches = 0] of SIZES) {
        measured.push(await measureTruth(bundlePath, { place, small: size, instrument, targets, batches }));
      }
    }
  }
  return measured;
}
