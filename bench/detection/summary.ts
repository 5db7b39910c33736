// Owns the figures of the report, computed from the results of single tasks, and the goals that they must meet.
import { percentile } from '../percentile.ts';
import { boundSeconds } from './flapping-worlds.ts';
import { OTHER_TOOLS } from './other-tools.ts';
import { type DetectionResult, OUTAGE_TYPES, type OutageTypeName } from './outages.ts';
import type { FaultResult, FlappingResult, NoiseResult, OutageResult, Task } from './task.ts';
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

/** Lasting outages of a target that flapped before. Times in seconds, from the onset. */
export interface FlappingRow {
  readonly kind: string;
  readonly intervalSeconds: number;
  readonly outages: number;
  readonly missed: number;
  readonly flappingNotifications: number;
  readonly bound: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
  readonly years: number;
  readonly falseOutages: number;
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
  readonly flapping: readonly FlappingRow[];
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
  const flapping = done.flatMap(({ task, result }) =>
    task.task === 'flapping-ours' ? [flappingRow(task, result as FlappingResult)] : [],
  );
  const goals = [...goalsOf(noise, outages, faults), ...flappingGoals(noise, flapping)];
  return { noise, outages, flapping, faults, goals };
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

function flappingRow(
  { kind, interval }: Extract<Task, { task: 'flapping-ours' }>,
  { delays, ...counts }: FlappingResult,
): FlappingRow {
  return {
    ...{ kind, intervalSeconds: interval, ...counts, bound: boundSeconds(interval) },
    p50: percentile(delays, 0.5) / 1_000,
    p95: percentile(delays, 0.95) / 1_000,
    max: (delays.at(-1) ?? Number.NaN) / 1_000,
  };
}

function goalOf(what: string, value: number, limit: number, unit: string): Goal {
  const format = (figure: number): string => `${Math.round(figure * 1_000) / 1_000}${unit}`;
  return { what, wanted: `≤ ${format(limit)}`, measured: format(value), met: value <= limit };
}

const MAX_FALSE_PER_YEAR = 0.02;

/** Detection takes as long as without flapping, and then an incident waits for the bound at most. */
function flappingGoals(noise: readonly NoiseRow[], flapping: readonly FlappingRow[]): Goal[] {
  const goals = flapping.flatMap(({ kind, intervalSeconds, bound, p95, max, missed }) => {
    const where = `flapping before, ${kind}, ${intervalSeconds} s`;
    const timeoutsSeconds = kind === 'timeout' ? (2 * TIMEOUT_MS) / 1_000 : 0;
    // Six locations: a check every sixth of an interval, which is ten seconds up to an interval of a minute.
    const phaseSeconds = Math.max(0, intervalSeconds / 6 - 10);
    return [
      goalOf(`${where}: p95`, p95, bound + 20 + phaseSeconds + timeoutsSeconds, ' s'),
      goalOf(`${where}: max`, max, bound + 60 + phaseSeconds + timeoutsSeconds, ' s'),
      goalOf(`${where}: missed outages`, missed, 0, ''),
    ];
  });
  const quiet = noise.filter(
    ({ rule, noise: name, intervalSeconds }) => rule === OURS && name === 'C' && intervalSeconds === 60,
  );
  const years = sum(quiet, (row) => row.years) + sum(flapping, (row) => row.years);
  const falseOutages =
    sum(quiet, (row) => row.falsePerYear * row.years) + sum(flapping, (row) => row.falseOutages);
  // A short run may have one false outage: it shows nothing about a rate below one in its years.
  const limit = Math.max(MAX_FALSE_PER_YEAR, 1 / years);
  const what = `noise C and flapping, ${Math.round(years)} monitor-years: false outages per monitor-year`;
  return [...goals, goalOf(what, falseOutages / years, limit, '')];
}

const sum = <T>(rows: readonly T[], of: (row: T) => number): number =>
  rows.reduce((total, row) => total + of(row), 0);

function goalsOf(
  noise: readonly NoiseRow[],
  outages: readonly OutageRow[],
  faults: Summary['faults'],
): Goal[] {
  const ours = outages.filter(({ rule }) => rule === OURS);
  const goals: Goal[] = [];
  const add = (...goal: Parameters<typeof goalOf>): void => void goals.push(goalOf(...goal));
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
