// A scenario file: what is watched, from where, and what goes wrong when. Times are seconds from the start.
import { z } from 'zod';

const seconds = z.number().min(0);
const id = z.string().min(1).max(200);
const probability = z.number().min(0).max(1);
const span = z.strictObject({ from: seconds, to: seconds });
const everyOr = z.union([z.literal('*'), z.array(id).min(1)], { error: 'write "*" or a list of ids' });

export const KINDS = ['timeout', 'refused', 'reset', 'dns', 'unmeasured', 'silent', 'late'] as const;
export type Kind = (typeof KINDS)[number];

const alertSchema = z
  .strictObject({
    quorum: z
      .union([z.enum(['majority', 'all', 'any']), z.int().min(1)], {
        error: 'write "majority", "all", "any" or a number of locations',
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
  kind: z.enum(KINDS),
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
});
export type Scenario = z.output<typeof scenarioSchema>;
export type Fault = Scenario['faults'][number];

type Path = readonly (string | number | symbol)[];
type Complain = (path: Path, message: string) => void;
export type ParsedScenario = { ok: true; scenario: Scenario } | { ok: false; errors: string[] };

/** Checks a scenario and fills in what is optional. Each error begins with the path of what is wrong. */
export function parseScenario(json: unknown): ParsedScenario {
  const parsed = scenarioSchema.safeParse(json);
  const errors: string[] = [];
  const complain: Complain = (path, message) => void errors.push(`${pathText(path)}: ${message}`);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      if (issue.code !== 'unrecognized_keys') complain(issue.path, issue.message);
      else for (const key of issue.keys) complain([...issue.path, key], 'there is no such key');
    }
    return { ok: false, errors };
  }
  checkReferences(parsed.data, complain);
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

/** What no schema of one field can see. */
function checkReferences(scenario: Scenario, complain: Complain): void {
  const locations = new Set(scenario.locations);
  const monitors = new Set(scenario.monitors.map((monitor) => monitor.id));
  const once = (ids: readonly string[], path: (index: number) => Path): void => {
    for (const [index, one] of ids.entries()) {
      if (ids.indexOf(one) < index) complain(path(index), `"${one}" is there twice`);
    }
  };
  once(scenario.locations, (index) => ['locations', index]);
  once(
    scenario.monitors.map((monitor) => monitor.id),
    (index) => ['monitors', index, 'id'],
  );
  const inOrder = ({ from, to }: { from: number; to: number }, path: Path): void => {
    if (from >= to) complain([...path, 'to'], `it must be after "from", which is ${from}`);
  };
  for (const [index, monitor] of scenario.monitors.entries()) {
    const path = ['monitors', index] as const;
    const { quorum } = monitor.alert;
    if (typeof quorum === 'number' && quorum > locations.size) {
      complain([...path, 'alert', 'quorum'], `${locations.size} locations can never reach ${quorum}`);
    }
    for (const [at, parent] of monitor.dependsOn.entries()) {
      if (!monitors.has(parent)) complain([...path, 'dependsOn', at], `there is no monitor "${parent}"`);
    }
    for (const [at, one] of monitor.maintenance.entries()) inOrder(one, [...path, 'maintenance', at]);
  }
  const cycle = findCycle(scenario);
  if (cycle)
    complain(['monitors', cycle.index, 'dependsOn'], `it goes round in a circle: ${cycle.ids.join(' → ')}`);
  for (const [index, fault] of scenario.faults.entries()) {
    inOrder(fault, ['faults', index]);
    for (const [key, known] of [
      ['monitors', monitors],
      ['locations', locations],
    ] as const) {
      if (fault[key] === '*') continue;
      for (const [at, one] of fault[key].entries()) {
        if (!known.has(one)) complain(['faults', index, key, at], `there is no "${one}" in ${key}`);
      }
    }
  }
  for (const key of ['skip', 'double'] as const) {
    for (const [index, [from, to]] of scenario.cron[key].entries()) {
      if (from >= to) complain(['cron', key, index], `its end must be after its start, which is ${from}`);
    }
  }
}

/** A monitor that depends on itself, over however many others. */
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
