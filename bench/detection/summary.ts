// Owns the figures of the report, computed from the results of single tasks, and the goals that they must meet.
import { percentile } from '../percentile.ts';
import { OTHER_TOOLS } from './other-tools.ts';
import { type DetectionResult, OUTAGE_TYPES, type OutageTypeName } from './outages.ts';
import type { FaultResult, NoiseResult, OutageResult, Task } from './task.ts';
import { TIMEOUT_MS } from './task.ts';

export interface NoiseRow {
  readonly rule: string;
  readonly noise: string;
  readonly intervalSeconds: number;
  readonly years: number;
  readonly falsePerYear: number;
  readonly partialsPerYear: number;
  readonly partialsOfOne: number;
  readonly extraPercent: number;
}

/** Times in seconds. For a silent target, `p50` and `p95` include the timeouts. */
export interface OutageRow {
  readonly rule: string;
  readonly outageType: string;
  readonly kind: string;
  readonly intervalSeconds: number;
  readonly outages: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
  readonly longMissed: number;
  readonly long: number;
  readonly missed: number;
  readonly openedPerOutage: number;
  readonly resolvedPerOutage: number;
  readonly recoveryP95: number;
  readonly startErrorP95: number;
  readonly partial: { readonly found: number; readonly p95: number; readonly rightScope: number } | null;
}

export interface Goal {
  readonly what: string;
  readonly wanted: string;
  readonly measured: string;
  readonly met: boolean;
}

export interface Summary {
  readonly noise: readonly NoiseRow[];
  readonly outages: readonly OutageRow[];
  readonly faults: readonly {
    readonly intervalSeconds: number;
    readonly cases: number;
    readonly opened: readonly string[];
  }[];
  readonly goals: readonly Goal[];
}

export const OURS = 'probemesh';

export function summarize(tasks: readonly Task[], results: readonly unknown[]): Summary {
  const done = tasks.map((task, index) => ({ task, result: results[index] }));
  const noise = noiseRows(done);
  const outages = done.flatMap(({ task, result }) =>
    'outageType' in task ? [outageRow(task, result as OutageResult)] : [],
  );
  const faults = done.flatMap(({ task, result }) =>
    task.task === 'location-faults' ? [{ intervalSeconds: task.interval, ...(result as FaultResult) }] : [],
  );
  return { noise, outages, faults, goals: goalsOf(noise, outages, faults) };
}

type Done = readonly { readonly task: Task; readonly result: unknown }[];

function noiseRows(done: Done): NoiseRow[] {
  const groups = new Map<
    string,
    { row: Pick<NoiseRow, 'rule' | 'noise' | 'intervalSeconds'>; results: NoiseResult[] }
  >();
  for (const { task, result } of done) {
    if (task.task !== 'noise-ours' && task.task !== 'noise-other') continue;
    const rule = task.task === 'noise-ours' ? OURS : OTHER_TOOLS[task.tool]!.name;
    const intervalSeconds = task.task === 'noise-ours' ? task.interval : 60;
    const key = `${rule} ${task.noise} ${intervalSeconds}`;
    const group = groups.get(key) ?? { row: { rule, noise: task.noise, intervalSeconds }, results: [] };
    group.results.push(result as NoiseResult);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ row, results }) => {
    const sum = (of: (result: NoiseResult) => number): number =>
      results.reduce((total, result) => total + of(result), 0);
    const years = sum((result) => result.years);
    return {
      ...row,
      years,
      falsePerYear: sum(({ falseOutages }) => falseOutages) / years,
      partialsPerYear: sum(({ partials }) => partials) / years,
      partialsOfOne: sum(({ partialsOfOne }) => partialsOfOne),
      extraPercent:
        (100 * sum(({ extraChecks }) => extraChecks)) /
        Math.max(
          1,
          sum(({ checks }) => checks),
        ),
    };
  });
}

type OutageTask = Extract<Task, { outageType: OutageTypeName }>;

function outageRow(task: OutageTask, { found, partial, startErrors }: OutageResult): OutageRow {
  const seconds = (ms: number): number => ms / 1_000;
  const { delays, recoveries, outages, missed, longMissed, long, opened, resolved } = found;
  return {
    rule: task.task === 'outages-ours' ? OURS : OTHER_TOOLS[task.tool]!.name,
    outageType: OUTAGE_TYPES[task.outageType].name,
    kind: task.kind,
    intervalSeconds: task.task === 'outages-ours' ? task.interval : 60,
    outages,
    p50: seconds(percentile(delays, 0.5)),
    p95: seconds(percentile(delays, 0.95)),
    max: seconds(delays.at(-1) ?? Number.NaN),
    longMissed,
    long,
    missed,
    openedPerOutage: opened / Math.max(1, outages - missed),
    resolvedPerOutage: resolved / Math.max(1, outages - missed),
    recoveryP95: seconds(percentile(recoveries, 0.95)),
    startErrorP95: seconds(percentile(startErrors, 0.95)),
    partial: partial && partialOf(partial.found, partial.rightScope),
  };
}

const partialOf = ({ delays, outages, missed, opened }: DetectionResult, rightScope: number) => ({
  found: (outages - missed) / outages,
  p95: percentile(delays, 0.95) / 1_000,
  rightScope: rightScope / Math.max(1, opened),
});

function goalsOf(
  noise: readonly NoiseRow[],
  outages: readonly OutageRow[],
  faults: Summary['faults'],
): Goal[] {
  const ours = outages.filter(({ rule }) => rule === OURS);
  const goals: Goal[] = [];
  const add = (what: string, value: number, limit: number, unit: string): void => {
    const format = (figure: number): string => `${Math.round(figure * 1_000) / 1_000}${unit}`;
    goals.push({ what, wanted: `≤ ${format(limit)}`, measured: format(value), met: value <= limit });
  };
  for (const row of ours) {
    const timeoutsSeconds = row.kind === 'timeout' ? (2 * TIMEOUT_MS) / 1_000 : 0;
    const where = `${row.outageType}, ${row.kind}, ${row.intervalSeconds} s`;
    if (row.outageType === OUTAGE_TYPES.full.name) {
      add(`${where}: p50`, row.p50, 15 + timeoutsSeconds, ' s');
      add(`${where}: p95`, row.p95, 20 + timeoutsSeconds, ' s');
      add(`${where}: missed outages ≥ 1 min`, row.longMissed, 0, '');
      add(`${where}: opened notifications per outage`, row.openedPerOutage, 1, '');
      add(`${where}: resolved notifications per outage`, row.resolvedPerOutage, 1, '');
      add(`${where}: recovery p95`, row.recoveryP95, 25, ' s');
    }
    if (row.outageType === OUTAGE_TYPES.five.name) add(`${where}: p95`, row.p95, 30 + timeoutsSeconds, ' s');
    if (row.outageType === OUTAGE_TYPES.three.name && row.partial) {
      add(`${where}: partial p95`, row.partial.p95, 60 + timeoutsSeconds, ' s');
    }
  }
  for (const row of noise.filter(({ rule, noise: name }) => rule === OURS && name === 'C')) {
    const where = `noise C, ${row.intervalSeconds} s, ${row.years} monitor-years`;
    add(`${where}: false outages per monitor-year`, row.falsePerYear, 0.1, '');
    add(`${where}: partial notifications per monitor-year`, row.partialsPerYear, 25, '');
    add(`${where}: partial notifications from one location`, row.partialsOfOne, 0, '');
    add(`${where}: extra checks`, row.extraPercent, 5, ' %');
  }
  for (const { intervalSeconds, cases, opened } of faults) {
    add(`faults of locations, ${intervalSeconds} s, ${cases} cases: outages opened`, opened.length, 0, '');
  }
  return goals;
}
