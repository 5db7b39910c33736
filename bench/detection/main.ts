// `npm run bench:detection`: time to detect and false alerts, beside the rules of other tools, in virtual time.
// `-- --json` prints one JSON document and nothing else, `--markdown` the README's table; `--quick` plays a tenth;
// `--svg FILE`, `--no-svg`; `--seed N`.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { PEERS } from './other-tools.ts';
import { SORTS, type SortName } from './outages.ts';
import { summarize } from './summary.ts';
import { drawPicture } from './svg.ts';
import { describe, describeShortly } from './tables.ts';
import type { Task } from './task.ts';
import { runAll } from './threads.ts';

const PICTURE = join(fileURLToPath(new URL('../..', import.meta.url)), 'docs', 'detection.svg');

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    svg: { type: 'string', default: PICTURE },
    'no-svg': { type: 'boolean', default: false },
    seed: { type: 'string', default: '20261124' },
  },
});
const seed = Number(values.seed);
if (!Number.isSafeInteger(seed)) {
  process.stderr.write(`--seed ${values.seed}: write a whole number\n`);
  process.exit(1);
}
const share = values.quick ? 0.1 : 1;
const startedAt = performance.now();
const tasks = tasksOf();
process.stderr.write(`seed ${seed}, ${tasks.length} tasks …\n`);
const results = await runAll(tasks, (finished) => {
  if (process.stderr.isTTY) process.stderr.write(`\r${finished} of ${tasks.length} `);
  else if (finished % 20 === 0) process.stderr.write(`${finished} of ${tasks.length}\n`);
});
const summary = summarize(tasks, results);
if (!values['no-svg']) writeFileSync(values.svg, drawPicture(summary));
const seconds = (performance.now() - startedAt) / 1_000;
const text = values.markdown
  ? describeShortly(summary)
  : values.json
    ? JSON.stringify({ seed, seconds, ...summary }, null, 2)
    : `\n${describe(summary)}\n\nseed ${seed}, ${seconds.toFixed(0)} s`;
process.stdout.write(`${text}\n`);

/** The longest first, so that no core waits for the other at the end. */
function tasksOf(): Task[] {
  const all: Task[] = [];
  const ours = (noise: 'A' | 'B' | 'C', interval: number, years: number): void => {
    const pieces = Math.max(1, Math.round((years * share) / 5));
    for (let piece = 0; piece < pieces; piece += 1) {
      all.push({ task: 'noise-ours', seed: seed + piece, years: (years * share) / pieces, interval, noise });
    }
  };
  ours('C', 60, 200);
  ours('C', 30, 40);
  ours('A', 60, 10);
  ours('B', 60, 10);
  for (const peer of PEERS.keys()) {
    for (let piece = 0; piece < 4; piece += 1) {
      all.push({ task: 'noise-peer', seed: seed + piece, years: 5 * share, peer, noise: 'C' });
    }
  }
  const many = Math.round(800 * share);
  for (const kind of ['refused', 'timeout'] as const) {
    for (const interval of [60, 30]) {
      for (const sort of Object.keys(SORTS) as SortName[])
        all.push({ task: 'outages-ours', seed, sort, many, kind, interval });
    }
    for (const peer of PEERS.keys()) all.push({ task: 'outages-peer', seed, sort: 'full', many, kind, peer });
  }
  for (const interval of [60, 30]) all.push({ task: 'location-faults', seed, interval });
  return all;
}
