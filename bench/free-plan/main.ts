// Owns the command `npm run bench:free-plan`: up to how many monitors an invocation of the coordinator stays within the limits of
// the free plan. `-- --sizes 10,100` for other sizes, `-- --json` for programs.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { FREE_PLAN } from '../../scripts/estimate/prices.ts';
import { buildWorker } from '../coordinator/coordinator-cpu.ts';
import { thisMachine } from '../machine.ts';
import { table } from '../table.ts';
import { measureRows, type RowsAMinute } from './measure-rows.ts';
import { measureTicks } from './measure-ticks.ts';
import type { TicksResult, Used } from './ticks-child.ts';

const SIZES = [1, 3, 5, 10, 25, 50, 100, 250, 500, 1_000];
const PATHS = ['/', '/api/v1/status', '/healthz'];
const MINUTES_A_DAY = 1_440;

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, sizes: { type: 'string', default: SIZES.join(',') } },
});
const scratch = mkdtempSync(join(tmpdir(), 'probemesh-bench-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

interface Size {
  readonly monitors: number;
  readonly used: TicksResult;
  readonly rows: RowsAMinute;
}

const worker = await buildWorker(scratch);
const sizes: Size[] = [];
for (const monitors of values.sizes.split(',').map(Number)) {
  if (!values.json) process.stderr.write(`${monitors} monitors …\n`);
  const used = await measureTicks(scratch, worker, monitors, PATHS);
  sizes.push({ monitors, used, rows: await measureRows(scratch, monitors) });
}

/** A limit, what counts against it, and the most monitors within it: 0 if the smallest mesh exceeds it. */
const limits = [
  [
    'statements of a healthy tick',
    FREE_PLAN.queriesAnInvocation.value,
    ({ used }: Size) => used.healthy.queries,
  ],
  [
    'statements of a tick without a newer one',
    FREE_PLAN.queriesAnInvocation.value,
    ({ used }: Size) => used.alone.queries,
  ],
  [
    'statements of a tick in which all fail',
    FREE_PLAN.queriesAnInvocation.value,
    ({ used }: Size) => used.outage.queries,
  ],
  [
    'subrequests of a healthy tick',
    FREE_PLAN.subrequestsAnInvocation.value,
    ({ used }: Size) => used.healthy.subrequests,
  ],
  [
    'subrequests of a tick without a newer one',
    FREE_PLAN.subrequestsAnInvocation.value,
    ({ used }: Size) => used.alone.subrequests,
  ],
  [
    'subrequests of a tick in which all fail',
    FREE_PLAN.subrequestsAnInvocation.value,
    ({ used }: Size) => used.outage.subrequests,
  ],
  ['CPU ms of a healthy tick', FREE_PLAN.cpuMsAnInvocation.value, ({ used }: Size) => used.healthy.cpuMs],
  [
    'CPU ms of a tick in which all fail',
    FREE_PLAN.cpuMsAnInvocation.value,
    ({ used }: Size) => used.outage.cpuMs,
  ],
  ...PATHS.map(
    (path) =>
      [
        `CPU ms of ${path}`,
        FREE_PLAN.cpuMsAnInvocation.value,
        ({ used }: Size) => used.pages[path]!.cpuMs,
      ] as const,
  ),
  [
    'rows written a day, by ticks',
    FREE_PLAN.rowsWrittenADay.value,
    ({ rows }: Size) => rows.written * MINUTES_A_DAY,
  ],
  ['rows read a day, by ticks', FREE_PLAN.rowsReadADay.value, ({ rows }: Size) => rows.read * MINUTES_A_DAY],
] as const;
const within = limits.map(([name, limit, of]) => {
  const firstOver = sizes.findIndex((size) => of(size) > limit);
  const count = firstOver < 0 ? sizes.length : firstOver;
  return { name, limit, upTo: sizes[count - 1]?.monitors ?? 0, figures: sizes.map(of) };
});

if (values.json) console.log(JSON.stringify({ machine: thisMachine(), sizes, within }, null, 2));
else {
  const text = ({ queries, subrequests, cpuMs }: Used): string =>
    `${queries} / ${subrequests} / ${cpuMs.toFixed(0)}`;
  console.log(
    table(
      ['monitors', 'healthy', 'without a newer tick', 'all fail', ...PATHS, 'rows read', 'rows written'],
      sizes.map(({ monitors, used, rows }) => [
        monitors.toLocaleString('en'),
        ...[used.healthy, used.alone, used.outage, ...PATHS.map((path) => used.pages[path]!)].map(text),
        ...[rows.read, rows.written].map((value) => value.toFixed(0)),
      ]),
    ),
  );
  console.log('\n  Statements of D1 / subrequests / CPU ms of one invocation. Rows are those of a minute.\n');
  console.log(
    table(
      ['limit of the free plan', 'limit', 'within it up to'],
      within.map(({ name, limit, upTo }) => [
        name,
        limit.toLocaleString('en'),
        `${upTo.toLocaleString('en')} monitors`,
      ]),
    ),
  );
}
