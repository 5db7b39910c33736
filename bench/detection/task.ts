// Owns one task of the benchmark. Pure, so that it can run on any thread.
import { createNetworkModel } from '../../scripts/simulate/network-model.ts';
import type { OutputNotification } from '../../scripts/simulate/output.ts';
import { parseScenario, type Scenario } from '../../scripts/simulate/scenario.ts';
import { simulate } from '../../scripts/simulate/simulation.ts';
import type { EventType } from '../../src/channels/events.ts';
import { drawFlappingWorlds, falseOpenings, flappingDelays, flappingScenario } from './flapping-worlds.ts';
import { OTHER_TOOLS } from './other-tools.ts';
import {
  attribute,
  type DetectionResult,
  drawOutages,
  LOCATION_IDS,
  NOISES,
  OUTAGE_TYPES,
  type OutageTypeName,
  quietScenario,
  scenarioOf,
} from './outages.ts';
import type { Alert } from './rule.ts';

export type Task =
  | {
      readonly task: 'noise-ours';
      readonly seed: number;
      readonly years: number;
      readonly interval: number;
      readonly noise: keyof typeof NOISES;
    }
  | {
      readonly task: 'noise-other';
      readonly seed: number;
      readonly years: number;
      readonly tool: number;
      readonly noise: keyof typeof NOISES;
    }
  | (OutageTask & { readonly task: 'outages-ours'; readonly interval: number })
  | (OutageTask & { readonly task: 'outages-other'; readonly tool: number })
  | {
      readonly task: 'flapping-ours';
      readonly seed: number;
      readonly count: number;
      readonly kind: 'timeout' | 'refused';
      readonly interval: number;
    }
  | { readonly task: 'location-faults'; readonly seed: number; readonly interval: number };

interface OutageTask {
  readonly seed: number;
  readonly outageType: OutageTypeName;
  readonly count: number;
  readonly kind: 'timeout' | 'refused';
}

export interface NoiseResult {
  readonly years: number;
  readonly falseOutages: number;
  readonly partials: number;
  readonly partialsOfOne: number;
  readonly checks: number;
  readonly extraChecks: number;
}

export interface OutageResult {
  readonly found: DetectionResult;
  /** probemesh only: the same for partial notifications, and how count of them have the right scope. */
  readonly partial: { readonly found: DetectionResult; readonly rightScope: number } | null;
  /** probemesh only: |startedAt − true onset| of the notified outages, in ms, sorted. */
  readonly startErrors: readonly number[];
  readonly flappingNotifications: number;
}

export interface FlappingResult {
  readonly outages: number;
  /** From the onset of a lasting outage to its notification, in ms, sorted. */
  readonly delays: readonly number[];
  readonly missed: number;
  readonly flappingNotifications: number;
  readonly years: number;
  readonly falseOutages: number;
}

export interface FaultResult {
  readonly cases: number;
  readonly opened: readonly string[];
}

export const TIMEOUT_MS = 5_000;

export function runTask(task: Task): NoiseResult | OutageResult | FlappingResult | FaultResult {
  switch (task.task) {
    case 'noise-ours':
      return noiseOurs(task);
    case 'noise-other':
      return noiseOther(task);
    case 'outages-ours':
      return outagesOurs(task);
    case 'outages-other':
      return outagesOther(task);
    case 'flapping-ours':
      return flappingOurs(task);
    case 'location-faults':
      return locationFaults(task);
    default:
      return task satisfies never;
  }
}

function parse(json: unknown): Scenario {
  const parsed = parseScenario(json);
  if (!parsed.ok) throw new Error(parsed.errors.join('\n'));
  return parsed.scenario;
}

function noiseOurs({ seed, years, interval, noise }: Extract<Task, { task: 'noise-ours' }>): NoiseResult {
  const { notifications, checks, extraChecks } = simulate(
    parse(quietScenario(seed, years, interval, NOISES[noise])),
  );
  const partials = notifications.filter(({ event }) => event === 'incident.partial');
  return {
    years,
    falseOutages: notifications.filter(({ event }) => event === 'incident.opened').length,
    partials: partials.length,
    partialsOfOne: partials.filter(({ scope }) => scope.length < 2).length,
    checks,
    extraChecks,
  };
}

function noiseOther({ seed, years, tool, noise }: Extract<Task, { task: 'noise-other' }>): NoiseResult {
  const alerts = runOtherTool(tool, parse(quietScenario(seed, years, 60, NOISES[noise])));
  const falseOutages = alerts.filter(({ kind }) => kind === 'opened').length;
  return { years, falseOutages, partials: 0, partialsOfOne: 0, checks: 0, extraChecks: 0 };
}

function runOtherTool(tool: number, scenario: Scenario): Alert[] {
  const network = createNetworkModel(scenario);
  return OTHER_TOOLS[tool]!.run({
    observe: (location, atMs) => network.outcomeAt(0, location, atMs),
    durationMs: scenario.durationSeconds * 1_000,
    timeoutMs: TIMEOUT_MS,
    seed: scenario.seed,
  });
}

function outageScenario({ seed, outageType, count, kind }: OutageTask, intervalSeconds: number) {
  const outages = drawOutages(seed, OUTAGE_TYPES[outageType], count);
  const settings = { intervalSeconds, timeoutMs: TIMEOUT_MS, kind, noise: NOISES.C };
  return { outages, scenario: parse(scenarioOf(seed, OUTAGE_TYPES[outageType], outages, settings)) };
}

const alertsOf = (
  notifications: readonly OutputNotification[],
  opened: EventType,
  resolved: EventType,
): Alert[] =>
  notifications.flatMap(({ event, at }): Alert[] => {
    if (event !== opened && event !== resolved) return [];
    return [{ at: at * 1_000, kind: event === opened ? 'opened' : 'resolved' }];
  });

function outagesOurs(task: Extract<Task, { task: 'outages-ours' }>): OutageResult {
  const { outages, scenario } = outageScenario(task, task.interval);
  const { notifications } = simulate(scenario);
  const startErrors = notifications
    .filter(({ event }) => event === 'incident.opened')
    .flatMap(({ at, startedAt }) => {
      const outage = outages.find(({ from, to }) => from <= at && at <= to + 60);
      return outage ? [Math.abs(startedAt - outage.from) * 1_000] : [];
    });
  const rightScope = notifications.filter(({ event, at, scope }) => {
    const outage = event === 'incident.partial' && outages.find(({ from, to }) => from <= at && at <= to);
    return outage && scope.join() === outage.locations.map((index) => LOCATION_IDS[index]).join();
  }).length;
  return {
    found: attribute(outages, alertsOf(notifications, 'incident.opened', 'incident.resolved')),
    partial: {
      found: attribute(outages, alertsOf(notifications, 'incident.partial', 'incident.partial_resolved')),
      rightScope,
    },
    startErrors: startErrors.sort((a, b) => a - b),
    flappingNotifications: notifications.filter(({ event }) => event === 'monitor.flapping').length,
  };
}

function outagesOther(task: Extract<Task, { task: 'outages-other' }>): OutageResult {
  const { outages, scenario } = outageScenario(task, 60);
  const found = attribute(outages, runOtherTool(task.tool, scenario));
  return { found, partial: null, startErrors: [], flappingNotifications: 0 };
}

function flappingOurs(task: Extract<Task, { task: 'flapping-ours' }>): FlappingResult {
  const { seed, count, kind, interval } = task;
  const worlds = drawFlappingWorlds(seed, count, interval);
  const settings = { intervalSeconds: interval, timeoutMs: TIMEOUT_MS, kind, noise: NOISES.C };
  const scenario = parse(flappingScenario(seed, worlds, settings));
  const { notifications } = simulate(scenario);
  return {
    outages: worlds.length,
    ...flappingDelays(worlds, alertsOf(notifications, 'incident.opened', 'incident.resolved')),
    flappingNotifications: notifications.filter(({ event }) => event === 'monitor.flapping').length,
    years: scenario.durationSeconds / (365.25 * 86_400),
    falseOutages: falseOpenings(
      worlds,
      notifications.filter(({ event }) => event === 'incident.opened'),
    ),
  };
}

/** Faults of locations, not of the target: every kind at one to five locations, all pairs, irregular cron. */
function locationFaults({ seed, interval }: Extract<Task, { task: 'location-faults' }>): FaultResult {
  const opened: string[] = [];
  let cases = 0;
  const play = (name: string, kind: string, locations: readonly string[], cron: object = {}): void => {
    cases += 1;
    const faults = [{ from: 1_803.7, to: 5_403.7, monitors: '*', locations, kind }];
    const monitors = [1, 2, 3, 4].map((number) => ({ id: `m${number}`, intervalSeconds: interval }));
    const scenario = {
      version: 1,
      seed,
      durationSeconds: 9_000,
      locations: LOCATION_IDS,
      monitors,
      faults,
      cron,
    };
    const { notifications } = simulate(parse(scenario));
    if (notifications.some(({ event }) => event === 'incident.opened')) opened.push(name);
  };
  for (const set of subsets(LOCATION_IDS)) {
    if (set.length === 0 || set.length === LOCATION_IDS.length) continue;
    for (const kind of ['unmeasured', 'silent', 'late']) play(`${kind} at ${set.join(', ')}`, kind, set);
    if (set.length === 2) {
      for (const kind of ['timeout', 'dns', 'refused']) play(`${kind} at ${set.join(', ')}`, kind, set);
      for (const [name, cron] of Object.entries(CRONS))
        play(`timeout at ${set.join(', ')}, cron ${name}`, 'timeout', set, cron);
    }
  }
  return { cases, opened };
}

const CRONS = {
  skipped: { skip: [[2_400, 3_000]] },
  doubled: { double: [[1_800, 5_400]] },
  restarted: { restartAt: [2_000, 2_345.6, 3_000] },
};

const subsets = <T>(all: readonly T[]): T[][] =>
  Array.from({ length: 2 ** all.length }, (_, mask) => all.filter((__, index) => mask & (1 << index)));
