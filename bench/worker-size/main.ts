// Owns the command `npm run bench:worker`: the size of the deployed Worker, and the CPU time of its start and of its first request,
// against their aims and beside the same Worker in one module. `--json` prints the figures for programs.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { thisMachine } from '../machine.ts';
import { percentile } from '../percentile.ts';
import { table } from '../table.ts';
import { bundles } from './bundles.ts';
import { measureStart, prepareStart, type StartModule } from './start-up.ts';

/** The aims. Cloudflare refuses a start of more than 1 s, and 3 MB gzip on the Free plan. */
const AIM = { gzipKib: 500, startMs: 100 };
const LISTED_PARTS = 20;
/** A path of the public app, and one of the whole app. */
const ASKED = ['/healthz', '/sign-in'];

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, runs: { type: 'string', default: '15' } },
});
const runs = Number(values.runs);
const scratch = mkdtempSync(join(tmpdir(), 'probemesh-bench-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

const folderOf = (name: string): string => {
  const folder = join(scratch, name);
  mkdirSync(folder, { recursive: true });
  return folder;
};
const EMPTY = 'export default { fetch: () => new Response() };\n';
const { all, eagerParts } = await bundles(folderOf);
const starts = all.map(({ folder, modules }) => {
  writeFileSync(join(folder, 'empty.mjs'), EMPTY);
  const as = (kind: StartModule['kind'], names: readonly string[]) => names.map((name) => ({ name, kind }));
  // workerd reads the same bytes, and compiles nothing of them.
  const empty = prepareStart(folder, 'empty', [...as('esModule', ['empty.mjs']), ...as('data', modules)]);
  const own = prepareStart(folder, 'own', as('esModule', modules));
  return { empty: series(empty, '/'), asked: ASKED.map((path) => series(own, path)) };
});
function series(config: string, path: string) {
  return { config, path, startMs: [] as number[], firstRequestMs: [] as number[] };
}

// In turn, so that a busy moment of the machine is in all of them.
for (let run = 0; run < runs; run += 1) {
  for (const { config, path, startMs, firstRequestMs } of starts.flatMap(({ empty, asked }) => [
    empty,
    ...asked,
  ])) {
    const measured = await measureStart(config, path);
    startMs.push(measured.startMs);
    firstRequestMs.push(measured.firstRequestMs);
  }
}

const median = (ms: readonly number[]): number =>
  percentile(
    ms.toSorted((a, b) => a - b),
    0.5,
  );
const figures = all.map(({ name, eager, lazy }, index) => {
  const { empty, asked } = starts[index]!;
  return {
    ...{ name, eager, lazy },
    startCpuMs: median(asked.flatMap(({ startMs }) => startMs)) - median(empty.startMs),
    firstRequestCpuMs: Object.fromEntries(
      asked.map(({ path, firstRequestMs }) => [path, median(firstRequestMs) - median(empty.firstRequestMs)]),
    ),
  };
});

if (values.json) {
  console.log(JSON.stringify({ machine: thisMachine(), runs, aim: AIM, figures, eagerParts }, null, 2));
} else {
  const { cpu, cores, node } = thisMachine();
  console.log(
    `${cpu}, ${cores} cores, Node ${node}. CPU time of ${runs} starts of workerd each, median, less an empty Worker.\n`,
  );
  const rows = figures.map(({ name, eager, lazy, startCpuMs, firstRequestCpuMs }) => [
    name,
    ...[eager.kib, eager.gzipKib, lazy.gzipKib, eager.gzipKib + lazy.gzipKib].map((kib) => kib.toFixed(0)),
    ...[startCpuMs, ...Object.values(firstRequestCpuMs)].map((ms) => ms.toFixed(0)),
  ]);
  const aim = ['aim', '–', String(AIM.gzipKib), '–', '–', String(AIM.startMs), ...ASKED.map(() => '–')];
  const sizes = ['start, KiB', 'start, KiB gzip', 'later, KiB gzip', 'all, KiB gzip'];
  const times = ['start, ms of CPU', ...ASKED.map((path) => `first ${path}, ms`)];
  console.log(table(['Worker', ...sizes, ...times], [...rows, aim]));
  const parts = eagerParts.slice(0, LISTED_PARTS).map(([name, kib]) => [name, kib.toFixed(0)]);
  console.log(`\n${table(['largest parts of the start', 'KiB'], parts)}`);
}
