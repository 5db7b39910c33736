// Owns the command `npm run bench:worker`: the size of the deployed Worker and the CPU time of its start, against its limits, and
// beside the same Worker as wrangler bundles it without our settings. `--json` prints the figures for programs.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { thisMachine } from '../machine.ts';
import { percentile } from '../percentile.ts';
import { table } from '../table.ts';
import { bundle } from './bundles.ts';
import { prepareStart, startCpuMs } from './start-up.ts';

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
const deployed = await bundle('as deployed', folderOf('deployed'), []);
const naive = await bundle('not minified', folderOf('naive'), ['--minify=false']);
const starts = [
  { name: 'empty', config: prepareStart(folderOf('start-empty'), EMPTY), ms: [] as number[] },
  ...[deployed, naive].map(({ name, code }) => ({
    ...{ name, config: prepareStart(folderOf(`start-${name}`), code), ms: [] as number[] },
  })),
];
// In turn, so that a busy moment of the machine is in all of them.
for (let run = 0; run < runs; run += 1)
  for (const { config, ms } of starts) ms.push(await startCpuMs(config));

const median = (ms: readonly number[]): number =>
  percentile(
    ms.toSorted((a, b) => a - b),
    0.5,
  );
const empty = median(starts[0]!.ms);
const figures = [deployed, naive].map(({ name, bytes, gzipBytes }, index) => ({
  ...{ name, kib: bytes / 1024, gzipKib: gzipBytes / 1024 },
  startCpuMs: median(starts[index + 1]!.ms) - empty,
}));

if (values.json) {
  console.log(
    JSON.stringify({ machine: thisMachine(), runs, aim: AIM, figures, parts: deployed.parts }, null, 2),
  );
} else {
  const { cpu, cores, node } = thisMachine();
  console.log(
    `${cpu}, ${cores} cores, Node ${node}. CPU time of ${runs} starts of workerd each, median, less an empty Worker.\n`,
  );
  const rows = figures.map(({ name, kib, gzipKib, startCpuMs: ms }) => [
    ...[name, kib.toFixed(0), gzipKib.toFixed(0), ms.toFixed(0)],
  ]);
  const aim = ['aim', '–', String(AIM.gzipKib), String(AIM.startMs)];
  console.log(table(['Worker', 'KiB', 'KiB gzip', 'start, ms of CPU'], [...rows, aim]));
  const parts = deployed.parts.slice(0, LISTED_PARTS);
  console.log(
    `\n${table(
      ['largest parts', 'KiB'],
      parts.map(([name, bytes]) => [name, (bytes / 1024).toFixed(0)]),
    )}`,
  );
}
