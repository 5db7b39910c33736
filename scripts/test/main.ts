// `npm test` runs everything that must pass, one part after the other, and prints a summary. `--full` adds the slow parts.
import { type ChildProcess, type StdioOptions, spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { LAB_PACKAGES } from '../../test/system/lab/packages.ts';
import { ONLY_FULL } from '../../vitest.projects.ts';
import { provideChromium } from './chromium.ts';
import { installMissing } from './debian.ts';
import { type Counts, countTests, type VitestReport } from './vitest-report.ts';

interface Part {
  readonly name: string;
  /** A vitest project; undefined for `npm run check`. */
  readonly project?: string;
}

const QUICK: readonly Part[] = [
  { name: 'check' },
  { name: 'unit', project: 'unit' },
  { name: 'worker', project: 'worker' },
  { name: 'probes', project: 'probes' },
  { name: 'start', project: 'start' },
];
const SLOW: readonly Part[] = [
  { name: 'browser', project: 'browser' },
  { name: 'lab', project: 'lab' },
  { name: 'chaos', project: 'chaos' },
];

const full = process.argv.includes('--full');
const parts = full ? [...QUICK, ...SLOW] : QUICK;
/** Random worlds for each property of the engine. */
const PROPERTY_RUNS = process.env.PROPERTY_RUNS ?? (full ? '10000' : '100');
/**
 * Files at once. vitest leaves one core free, which on two cores means one file after the other. Worker tests also wait for
 * workerd to start, and those of probes for timeouts: they take one more. The other projects measure times, so they keep the default.
 */
const MAX_WORKERS: Readonly<Record<string, number>> = {
  unit: availableParallelism(),
  worker: availableParallelism() + 1,
  probes: availableParallelism() + 1,
};
const reports = mkdtempSync(join(tmpdir(), 'probemesh-test-'));
/**
 * A part that mostly waits, and the first of the parts that only need CPU time. It runs beside them, and its output follows
 * when its turn comes. In the whole suite, thousands of random worlds would take its time.
 */
const BESIDE = { project: 'start', from: 'check' } as const;
let beside: Promise<number | null> | undefined;
const besideOutput = join(reports, 'beside.txt');
const total = { passed: 0, failed: 0, skipped: 0 };
const lines: string[] = [];
for (const part of parts) {
  console.log(`\n── ${part.name} ──`);
  const startedAt = Date.now();
  if (part.name === BESIDE.from && !full) beside = startBeside();
  if (part.project === 'browser') provideChromium(console.log);
  if (part.project === 'lab') installMissing(LAB_PACKAGES, 'lab tests', console.log);
  const counts = part.project ? await runProject(part.project) : runCheck();
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(0);
  lines.push(`${part.name}: ${counts.failed > 0 ? 'FAILED' : 'ok'} in ${seconds} s (${describe(counts)})`);
  for (const reason of counts.reasons) lines.push(`  skipped: ${reason}`);
}
rmSync(reports, { recursive: true });
console.log(`\n${lines.join('\n')}`);
console.log(describe(total));
if (!full)
  console.log(
    `npm run test:full adds ${ONLY_FULL.length} slow files, the browser, the lab and the chaos tests`,
  );
process.exit(total.failed > 0 ? 1 : 0);

function describe({ passed, failed, skipped }: Omit<Counts, 'reasons'>): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

function runCheck(): Counts {
  const done = spawnSync('npm', ['run', '-s', 'check'], { stdio: ['ignore', 'inherit', 'inherit'] });
  const passed = done.status === 0 ? 1 : 0;
  return { passed, failed: 1 - passed, skipped: 0, reasons: [] };
}

async function runProject(project: string): Promise<Counts> {
  const isBeside = project === BESIDE.project && beside !== undefined;
  const status = isBeside ? await beside! : spawnSync(...vitestOf(project, 'inherit')).status;
  if (isBeside) process.stdout.write(readFileSync(besideOutput));
  const file = reportOf(project);
  const report = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as VitestReport) : undefined;
  return countTests(report, status === 0);
}

/** Resolves with its exit code. */
function startBeside(): Promise<number | null> {
  const output = openSync(besideOutput, 'w');
  const child: ChildProcess = spawn(...vitestOf(BESIDE.project, output));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  closeSync(output);
  // An interrupted run leaves no process behind.
  process.once('exit', () => child.kill());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  return ended;
}

function reportOf(project: string): string {
  return join(reports, `${project}.json`);
}

/** The arguments of spawn that run one project of vitest. */
function vitestOf(project: string, output: 'inherit' | number) {
  const file = reportOf(project);
  const vitest = join('node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const workers = MAX_WORKERS[project] === undefined ? [] : [`--maxWorkers=${MAX_WORKERS[project]}`];
  const selected = ['run', '--project', project, ...workers];
  const env = { ...process.env, PROPERTY_RUNS, ...(full ? {} : { LEAVE_OUT_SLOW: 'true' }) };
  const stdio: StdioOptions = ['ignore', output, output];
  const args = [vitest, ...selected, ...reporters];
  return [process.execPath, args, { stdio, env }] as const;
}
