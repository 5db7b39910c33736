// Owns the command `npm run bench:detection`: time to detect and false alerts next to the rules of other tools, in
// virtual time. `-- --json` prints one JSON document only, `--markdown` the table for the docs. `--quick` runs a tenth
// of the work. `--svg FILE`, `--no-svg` and `--seed N` are further options.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { OTHER_TOOLS } from './other-tools.ts';
import { OUTAGE_TYPES, type OutageTypeName } from './outages.ts';
import { summarize } from './summary.ts';
import { drawPicture } from './svg.ts';
import { describe, toMarkdown } from './tables.ts';
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
  process.stderr.write(`--seed ${values.seed} is not valid. Use an integer.\n`);
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
  ? toMarkdown(summary)
  : values.json
    ? JSON.stringify({ seed, seconds, ...summary }, null, 2)
    : `\n${describe(summary)}\n\nseed ${seed}, ${seconds.toFixed(0)} s`;
process.stdout.write(`${text}\n`);

/** The longest tasks first, so that all cores finish together. */
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
  for (const tool of OTHER_TOOLS.keys()) {
    for (let piece = 0; piece < 4; piece += 1) {
      all.push({ task: 'noise-other', seed: seed + piece, years: 5 * share, tool, noise: 'C' });
    }
  }
  const count = Math.round(800 * share);
  for (const kind of ['refused', 'timeout'] as const) {
    for (const interval of [60, 30]) {
      for (const outageType of Object.keys(OUTAGE_TYPES) as OutageTypeName[])
        all.push({ task: 'outages-ours', seed, outageType, count, kind, interval });
    }
    for (const tool of OTHER_TOOLS.keys())
      all.push({ task: 'outages-other', seed, outageType: 'full', count, kind, tool });
  }
  for (const interval of [60, 30, 300]) {
    for (const kind of ['refused', 'timeout'] as const)
      all.push({ task: 'flapping-ours', seed, count: Math.round(200 * share), kind, interval });
  }
  for (const interval of [60, 30]) all.push({ task: 'location-faults', seed, interval });
  return all;
}
