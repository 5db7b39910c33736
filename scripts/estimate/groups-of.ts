// Owns how the monitors of a configuration become groups of an estimate. Pure. Monitors that are paused cost nothing.
import type { CheckKind } from './measured.ts';
import type { Group } from './workload.ts';

interface ConfiguredMonitor {
  readonly check?: Readonly<Record<string, unknown>>;
  readonly intervalSeconds?: unknown;
  readonly locations?: unknown;
  readonly paused?: unknown;
}

const DEFAULT_INTERVAL_SECONDS = 60;

/** Throws an error that says what the document lacks. `regions`: how many locations a monitor has without a list of its own. */
export function groupsOf(configuration: unknown, regions: number): Group[] {
  const { monitors } = (configuration ?? {}) as { monitors?: unknown };
  if (!Array.isArray(monitors)) throw new Error('The configuration has no list `monitors`.');
  const groups = new Map<string, Group>();
  for (const monitor of monitors as ConfiguredMonitor[]) {
    if (monitor.paused === true) continue;
    const check = kindOf(monitor.check ?? {});
    if (check === null) continue;
    const intervalSeconds = Number(monitor.intervalSeconds ?? DEFAULT_INTERVAL_SECONDS);
    const locations = Array.isArray(monitor.locations) ? monitor.locations.length : regions;
    const key = `${check}/${intervalSeconds}/${locations}`;
    const known = groups.get(key) ?? { monitors: 0, intervalSeconds, check, locations };
    groups.set(key, { ...known, monitors: known.monitors + 1 });
  }
  return [...groups.values()];
}

/** Null: no probe runs it, such as a heartbeat. */
function kindOf(check: Readonly<Record<string, unknown>>): CheckKind | null {
  switch (check.type) {
    case 'http':
      return /^http:/i.test(String(check.url)) ? 'plain-http' : 'http';
    case 'dns':
      return check.transport === 'tcp' ? 'dns-tcp' : 'dns';
    case 'script':
      return check.tls === true || usesStartTls(check.steps) ? 'script-tls' : 'script';
    case 'tcp':
    case 'tls':
    case 'udp':
      return check.type;
    default:
      return null;
  }
}

const usesStartTls = (steps: unknown): boolean =>
  Array.isArray(steps) && steps.some((step: { startTls?: unknown } | null) => step?.startTls === true);
