// Owns the rules for a monitor that its schema cannot know: locations, channels, dependencies, forbidden targets.
// Does not read the database.
import { type CheckInput, targetOfParsed } from '../../../probes/checks/check-input.ts';
import { forbiddenReason } from '../../../probes/checks/shared/address-guard.ts';
import { blockedPort } from '../../../probes/checks/shared/blocked-ports.ts';
import { asciiHost } from '../../../probes/checks/shared/international-name.ts';
import { HEARTBEAT_LOCATION, isHeartbeatLocation } from '../../engine/model/heartbeat.ts';
import type { State } from '../../engine/model/state.ts';
import type { Config } from '../../env.ts';
import { isHeartbeat } from '../../heartbeats/check.ts';
import type { ValidationError } from '../../result.ts';
import type { MonitorRow } from '../../store/monitors.ts';
import type { Inside } from '../access/inside.ts';
import { unknownReference } from '../access/references.ts';

/** A monitor as a person writes it, parsed by its schema: defaults are applied. */
export type MonitorDefinition = Omit<
  MonitorRow,
  'number' | 'id' | 'public' | 'secrets' | 'sloTarget' | 'version' | 'createdAt' | 'updatedAt'
> & {
  readonly id?: string | undefined;
  /** Without it, the mesh's default applies. */
  readonly public?: boolean | undefined;
  /** In percent. Without it, or null: none. */
  readonly sloTarget?: number | null | undefined;
};

export interface ValidationContext {
  readonly config: Pick<Config, 'allowLoopback' | 'allowCidrs' | 'locations'>;
  readonly state: State;
  readonly channelIds: ReadonlySet<string>;
  /** The dependencies of every monitor that exists, or is about to. */
  readonly dependencies: ReadonlyMap<string, readonly string[]>;
  /** What an update changes. Its lists stay valid, so that a location that is gone blocks no other change. */
  readonly stored?: Pick<MonitorRow, 'locations'> | null;
  /** The monitors that a message may name. */
  readonly inside: Pick<Inside, 'restriction' | 'monitors'>;
}

const invalid = (path: (string | number)[], message: string): ValidationError => ({
  kind: 'invalid',
  path,
  message,
});

/** The first rule that the monitor breaks, with the path of the field. Null if the monitor is valid. */
export function validateMonitor(
  monitor: MonitorDefinition & { readonly id: string },
  context: ValidationContext,
): ValidationError | null {
  const { config, state, channelIds } = context;
  const enabled = [...state.locations.values()]
    .filter((location) => location.enabled && !isHeartbeatLocation(location))
    .map(({ id }) => id);
  const wanted = monitor.locations === 'all' ? enabled : monitor.locations;

  const kept =
    context.stored && context.stored.locations !== 'all'
      ? context.stored.locations.filter((id) => id !== HEARTBEAT_LOCATION)
      : [];
  if (!isHeartbeat(monitor.check)) {
    const unknownLocation = validateLocations(wanted, enabled, kept);
    if (unknownLocation) return unknownLocation;
  }
  const { quorum } = monitor.alert;
  if (typeof quorum === 'number' && quorum > wanted.length) {
    const message = `A quorum of ${quorum} cannot be reached by ${wanted.length} location(s): it must be at most ${wanted.length}.`;
    return invalid(['alert', 'quorum'], message);
  }
  if (monitor.channels !== 'default') {
    for (const [index, id] of monitor.channels.entries()) {
      if (!channelIds.has(id)) return invalid(['channels', index], unknownReference('channel', id));
    }
  }
  return validateDependencies(monitor, context) ?? validateTarget(monitor.check, wanted, config);
}

/** Rejects a location that does not exist or is disabled. `kept` passes all the same: it was valid when it was stored. */
export function validateLocations(
  wanted: readonly string[],
  enabled: readonly string[],
  kept: readonly string[] = [],
): ValidationError | null {
  for (const [index, id] of wanted.entries()) {
    if (!enabled.includes(id) && !kept.includes(id))
      return invalid(
        ['locations', index],
        `Location "${id}" does not exist. Use one of: ${enabled.join(', ')}.`,
      );
  }
  return null;
}

/** Rejects a target that probes cannot reach or must not connect to. Expects a parsed check. */
export function validateTarget(
  check: CheckInput,
  locations: readonly string[],
  { allowLoopback, allowCidrs }: Pick<Config, 'allowLoopback' | 'allowCidrs'>,
): ValidationError | null {
  const target = targetOfParsed(check);
  if (!target) return null;
  for (const location of locations) {
    const blocked = blockedPort(location, target);
    if (blocked !== null) return invalid(['check', target.fields.port], blocked);
  }
  // A URL writes an IPv6 address in brackets.
  const host = asciiHost(target.host.replace(/^\[(.*)\]$/, '$1'));
  const forbidden = forbiddenReason(host, { loopback: allowLoopback, cidrs: allowCidrs });
  return forbidden === null ? null : invalid(['check', target.fields.host], forbidden);
}

/** Rejects a dependency that does not exist, and a cycle of dependencies. */
function validateDependencies(
  { id, dependsOn }: MonitorDefinition & { readonly id: string },
  { dependencies, inside }: Pick<ValidationContext, 'dependencies' | 'inside'>,
): ValidationError | null {
  const graph = new Map(dependencies).set(id, dependsOn);
  const isShown = (one: string): boolean =>
    one === id || inside.restriction === null || inside.monitors.has(one);
  for (const [index, parent] of dependsOn.entries()) {
    const path = ['dependsOn', index];
    if (!graph.has(parent)) return invalid(path, unknownReference('monitor', parent));
    const cycle = findPath(graph, parent, id, new Set());
    if (cycle) {
      const shown = [id, ...cycle].map((one) => (isShown(one) ? one : '…'));
      const message = `The monitor would depend on itself: ${shown.join(' → ')}. Remove one of these dependencies.`;
      return invalid(path, message);
    }
  }
  return null;
}

function findPath(
  graph: ReadonlyMap<string, readonly string[]>,
  from: string,
  to: string,
  visited: Set<string>,
): string[] | null {
  if (from === to) return [to];
  if (visited.has(from)) return null;
  visited.add(from);
  for (const next of graph.get(from) ?? []) {
    const path = findPath(graph, next, to, visited);
    if (path) return [from, ...path];
  }
  return null;
}
