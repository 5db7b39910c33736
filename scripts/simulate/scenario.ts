// Owns the format of a scenario file: monitors, locations, faults and noise. Times are seconds from the start.
// Does not play it.
import { z } from 'zod';
// Words what zod finds.
import '../../src/http/api/error-wording.ts';

const seconds = z.number().min(0);
const id = z.string().min(1).max(200);
const probability = z.number().min(0).max(1);
const span = z.strictObject({ from: seconds, to: seconds });
const everyOr = z.union([z.literal('*'), z.array(id).min(1)], { error: 'must be "*" or a list of ids' });

export const FAULT_KINDS = ['timeout', 'refused', 'reset', 'dns', 'unmeasured', 'silent', 'late'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

const alertSchema = z
  .strictObject({
    quorum: z
      .union([z.enum(['majority', 'all', 'any']), z.int().min(1)], {
        error: 'must be "majority", "all", "any" or a number of locations',
      })
      .default('majority'),
    failures: z.int().min(1).max(10).default(2),
    recoveries: z.int().min(1).max(10).default(2),
    confirmSeconds: z.number().min(1).max(3_600).default(10),
  })
  .prefault({});

const monitorSchema = z.strictObject({
  id,
  intervalSeconds: z.number().min(1).max(86_400),
  timeoutMs: z.number().min(1).max(600_000).default(5_000),
  alert: alertSchema,
  dependsOn: z.array(id).default([]),
  maintenance: z.array(span).default([]),
});

const spansSchema = z.strictObject({ perYear: seconds, meanSeconds: z.number().positive() });

const noiseSchema = z
  .strictObject({
    iid: probability.default(0),
    bursts: z
      .strictObject({ fraction: z.number().min(0).lt(1), meanSeconds: z.number().positive() })
      .optional(),
    locationOutages: spansSchema.optional(),
    pairShocks: spansSchema.optional(),
  })
  .prefault({});

const faultSchema = z.strictObject({
  from: seconds,
  to: seconds,
  monitors: everyOr,
  locations: everyOr,
  kind: z.enum(FAULT_KINDS),
  probability: probability.default(1),
});

const cronSpan = z.tuple([seconds, seconds]);
const cronSchema = z
  .strictObject({
    skip: z.array(cronSpan).default([]),
    double: z.array(cronSpan).default([]),
    restartAt: z.array(seconds).default([]),
  })
  .prefault({});

/** A hundred years: the engine's times stay positive. */
const MAX_OFFSET_SECONDS = 100 * 366 * 86_400;

/** Without `to`, for good. */
const clockSchema = z.strictObject({
  from: seconds,
  to: seconds.optional(),
  offsetSeconds: z.number().min(-MAX_OFFSET_SECONDS).max(MAX_OFFSET_SECONDS),
});

const scenarioSchema = z.strictObject({
  version: z.literal(1),
  seed: z.int().default(1),
  durationSeconds: z
    .number()
    .positive()
    .max(100 * 366 * 86_400),
  locations: z.array(id).min(1).max(100),
  monitors: z.array(monitorSchema).min(1),
  noise: noiseSchema,
  faults: z.array(faultSchema).default([]),
  cron: cronSchema,
  /** What the coordinator reads as now is off by so much. Of overlapping spans the last one counts. */
  clock: z.array(clockSchema).default([]),
});
export type Scenario = z.output<typeof scenarioSchema>;
export type Fault = Scenario['faults'][number];

type Path = readonly (string | number | symbol)[];
type AddError = (path: Path, message: string) => void;
export type ParsedScenario = { ok: true; scenario: Scenario } | { ok: false; errors: string[] };

/** Validates a scenario and fills in defaults. Each error begins with the path of the invalid field. */
export function parseScenario(json: unknown): ParsedScenario {
  const parsed = scenarioSchema.safeParse(json);
  const errors: string[] = [];
  const addError: AddError = (path, message) => void errors.push(`${pathText(path)}: ${message}`);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      if (issue.code !== 'unrecognized_keys') addError(issue.path, issue.message);
      else for (const key of issue.keys) addError([...issue.path, key], 'unknown key');
    }
    return { ok: false, errors };
  }
  checkReferences(parsed.data, addError);
  return errors.length > 0 ? { ok: false, errors } : { ok: true, scenario: parsed.data };
}

const pathText = (path: Path): string =>
  path.length === 0
    ? 'the file'
    : path
        .map((part, index) =>
          typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`,
        )
        .join('');

/** Rules that span several fields. */
function checkReferences(scenario: Scenario, addError: AddError): void {
  const locations = new Set(scenario.locations);
  const monitors = new Set(scenario.monitors.map((monitor) => monitor.id));
  const requireUnique = (ids: readonly string[], path: (index: number) => Path): void => {
    for (const [index, id] of ids.entries()) {
      if (ids.indexOf(id) < index) addError(path(index), `duplicate "${id}"`);
    }
  };
  requireUnique(scenario.locations, (index) => ['locations', index]);
  requireUnique(
    scenario.monitors.map((monitor) => monitor.id),
    (index) => ['monitors', index, 'id'],
  );
  const requireOrder = ({ from, to }: { from: number; to: number }, path: Path): void => {
    if (from >= to) addError([...path, 'to'], `must be greater than "from" (${from})`);
  };
  for (const [index, monitor] of scenario.monitors.entries()) {
    const path = ['monitors', index] as const;
    const { quorum } = monitor.alert;
    if (typeof quorum === 'number' && quorum > locations.size) {
      addError([...path, 'alert', 'quorum'], `must not exceed the number of locations (${locations.size})`);
    }
    for (const [at, parent] of monitor.dependsOn.entries()) {
      if (!monitors.has(parent)) addError([...path, 'dependsOn', at], `unknown monitor "${parent}"`);
    }
    for (const [at, span] of monitor.maintenance.entries()) requireOrder(span, [...path, 'maintenance', at]);
  }
  const cycle = findCycle(scenario);
  if (cycle) addError(['monitors', cycle.index, 'dependsOn'], `dependency cycle: ${cycle.ids.join(' → ')}`);
  for (const [index, fault] of scenario.faults.entries()) {
    requireOrder(fault, ['faults', index]);
    for (const [key, known] of [
      ['monitors', monitors],
      ['locations', locations],
    ] as const) {
      if (fault[key] === '*') continue;
      for (const [at, id] of fault[key].entries()) {
        if (!known.has(id)) addError(['faults', index, key, at], `"${id}" is not in ${key}`);
      }
    }
  }
  for (const [index, { from, to }] of scenario.clock.entries()) {
    if (to !== undefined) requireOrder({ from, to }, ['clock', index]);
  }
  for (const key of ['skip', 'double'] as const) {
    for (const [index, [from, to]] of scenario.cron[key].entries()) {
      if (from >= to) addError(['cron', key, index], `end must be greater than start (${from})`);
    }
  }
}

/** The first dependency cycle, with the index of a monitor in it. */
function findCycle({ monitors }: Scenario): { index: number; ids: string[] } | null {
  const byId = new Map(monitors.map((monitor) => [monitor.id, monitor]));
  const cleared = new Set<string>();
  const walk = (at: string, line: readonly string[]): string[] | null => {
    const from = line.indexOf(at);
    if (from >= 0) return [...line.slice(from), at];
    if (cleared.has(at)) return null;
    for (const parent of byId.get(at)?.dependsOn ?? []) {
      const found = walk(parent, [...line, at]);
      if (found) return found;
    }
    cleared.add(at);
    return null;
  };
  for (const [index, monitor] of monitors.entries()) {
    const ids = walk(monitor.id, []);
    if (ids) return { index, ids };
  }
  return null;
}
