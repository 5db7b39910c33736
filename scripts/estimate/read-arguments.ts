// Owns the options of `npm run estimate`: groups of monitors, in the order of the command line, and what holds for all of them.
// Does not read files or a mesh.
import { parseArgs } from 'node:util';
import { CHECK_KINDS, type CheckKind } from './measured.ts';
import { DEFAULT_REGIONS, DEFAULTS, type Group, type Workload } from './workload.ts';

export const USAGE = `npm run -s estimate -- [OPTIONS]

Estimates what a mesh costs a month, and which limits it exceeds. Without an option: 100 monitors.

Monitors. Repeat --monitors for further groups: --interval and --check after it are its own.
  --monitors N        monitors that are alike
  --interval SECONDS  10 to 86400; 60
  --check TYPE        ${CHECK_KINDS.join(', ')}; http, of an https:// address
  --config FILE       the monitors of a configuration file in place of groups
  --url URL           the monitors of a mesh. PROBEMESH_API_KEY is an API key with the role viewer.

The mesh
  --regions N|LIST    a number, or AWS regions with commas between them; 6
  --plan free|paid    of Workers; paid
  --memory MB         of the probe's function, 128 to 10240; 256
  --watchdog N        regions with a watchdog, 0 to 2; 0
  --nat               a NAT gateway in every region, for fixed addresses
  --copied-pages N    public pages that the watchdog copies; 0
  --requests N        requests of readers and programs a month; 100000
  --deliveries N      messages to channels a month; 1000
  --target-ms MS      how long a target takes to respond; 300
  --response-kb KB    size of a response to a check with http; 10

Output
  --json              one JSON document
  --prices            every price with its source and date
  --table             the table of README.md`;

export interface Arguments {
  readonly workload: Workload;
  readonly config: string | undefined;
  readonly url: string | undefined;
  readonly output: 'text' | 'json' | 'prices' | 'table' | 'help';
}

const OPTIONS = {
  monitors: { type: 'string', multiple: true },
  interval: { type: 'string', multiple: true },
  check: { type: 'string', multiple: true },
  config: { type: 'string' },
  url: { type: 'string' },
  regions: { type: 'string' },
  plan: { type: 'string' },
  memory: { type: 'string' },
  watchdog: { type: 'string' },
  'copied-pages': { type: 'string' },
  nat: { type: 'boolean' },
  requests: { type: 'string' },
  deliveries: { type: 'string' },
  'target-ms': { type: 'string' },
  'response-kb': { type: 'string' },
  json: { type: 'boolean' },
  prices: { type: 'boolean' },
  table: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

const MOST_MONITORS = 1_000_000;
const REGION = /^[a-z]{2}(-[a-z]+)+-\d$/;

/** Throws an error that names the option and the fix. */
export function readArguments(args: readonly string[]): Arguments {
  const { values, tokens } = parseArgs({ args: [...args], options: OPTIONS, tokens: true });
  const regions = readRegions(values.regions ?? '6');
  const whole = (name: keyof typeof OPTIONS, fallback: number, min: number, max: number): number =>
    readWhole(name, (values[name] as string | undefined) ?? String(fallback), min, max);
  const plan = values.plan ?? DEFAULTS.plan;
  if (plan !== 'free' && plan !== 'paid') throw new Error(`--plan must be free or paid, not "${plan}".`);
  const workload: Workload = {
    groups: readGroups(tokens, regions.length),
    regions,
    plan,
    memoryMb: whole('memory', DEFAULTS.memoryMb, 128, 10_240),
    targetMs: whole('target-ms', DEFAULTS.targetMs, 0, 60_000),
    responseKb: whole('response-kb', DEFAULTS.responseKb, 0, 1_000),
    requests: whole('requests', DEFAULTS.requests, 0, 1e12),
    deliveries: whole('deliveries', DEFAULTS.deliveries, 0, 1e9),
    watchdogs: whole('watchdog', DEFAULTS.watchdogs, 0, 2),
    nat: values.nat ?? DEFAULTS.nat,
    copiedPages: whole('copied-pages', DEFAULTS.copiedPages, 0, 1_000),
  };
  const chosen = [values.monitors, values.config, values.url].filter((value) => value !== undefined);
  if (chosen.length > 1) throw new Error('Use one of --monitors, --config and --url.');
  const output = (['help', 'json', 'prices', 'table'] as const).find((name) => values[name]) ?? 'text';
  return { workload, config: values.config, url: values.url, output };
}

type Token = { readonly kind: string; readonly name?: string; readonly value?: string | undefined };

function readGroups(tokens: readonly Token[], locations: number): Group[] {
  const first = { monitors: 100, intervalSeconds: 60, check: 'http' as CheckKind, locations };
  const groups: Group[] = [];
  let shared: Group = first;
  const change = (part: Partial<Group>): void => {
    const last = groups.pop();
    if (last === undefined) shared = { ...shared, ...part };
    else groups.push({ ...last, ...part });
  };
  for (const { kind, name, value = '' } of tokens) {
    if (kind !== 'option') continue;
    if (name === 'monitors') groups.push({ ...shared, monitors: readWhole(name, value, 0, MOST_MONITORS) });
    if (name === 'interval') change({ intervalSeconds: readWhole(name, value, 10, 86_400) });
    if (name === 'check') change({ check: readCheck(value) });
  }
  return groups.length > 0 ? groups : [shared];
}

function readCheck(text: string): CheckKind {
  const check = CHECK_KINDS.find((kind) => kind === text);
  if (check === undefined)
    throw new Error(`--check must be one of ${CHECK_KINDS.join(', ')}, not "${text}".`);
  return check;
}

function readWhole(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < min || value > max)
    throw new Error(`--${name} must be a whole number between ${min} and ${max}, not "${text}".`);
  return value;
}

function readRegions(text: string): string[] {
  if (/^\d+$/.test(text)) {
    const count = readWhole('regions', text, 1, DEFAULT_REGIONS.length);
    return DEFAULT_REGIONS.slice(0, count);
  }
  const regions = text.split(',').map((region) => region.trim().replace(/^aws:/, ''));
  const wrong = regions.find((region) => !REGION.test(region));
  if (wrong !== undefined)
    throw new Error(`--regions must be a number or AWS regions such as eu-central-1, not "${wrong}".`);
  if (new Set(regions).size !== regions.length)
    throw new Error('--regions lists a region twice. Remove one.');
  return regions;
}
