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
  return { empty: series(empty), own: series(prepareStart(folder, 'own', as('esModule', modules))) };
});
function series(path: string) {
  return { path, startMs: [] as number[], firstRequestMs: [] as number[] };
}

// In turn, so that a busy moment of the machine is in all of them.
for (let run = 0; run < runs; run += 1) {
  for (const { path, startMs, firstRequestMs } of starts.flatMap(({ empty, own }) => [empty, own])) {
    const measured = await measureStart(path);
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
  const { empty, own } = starts[index]!;
  return {
    ...{ name, eager, lazy },
    startCpuMs: median(own.startMs) - median(empty.startMs),
    firstRequestCpuMs: median(own.firstRequestMs) - median(empty.firstRequestMs),
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
    ...[startCpuMs, firstRequestCpuMs].map((ms) => ms.toFixed(0)),
  ]);
  const aim = ['aim', '–', String(AIM.gzipKib), '–', '–', String(AIM.startMs), '–'];
  const sizes = ['start, KiB', 'start, KiB gzip', 'later, KiB gzip', 'all, KiB gzip'];
  const times = ['start, ms of CPU', 'first request, ms of CPU'];
  console.log(table(['Worker', ...sizes, ...times], [...rows, aim]));
  const parts = eagerParts.slice(0, LISTED_PARTS).map(([name, kib]) => [name, kib.toFixed(0)]);
  console.log(`\n${table(['largest parts of the start', 'KiB'], parts)}`);
}
