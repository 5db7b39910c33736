// What makes a monitor wrong that its schema cannot know: the mesh's locations, the channels, forbidden targets.

import { type CheckInput, targetOf } from '../../../probes/checks/check-input.ts';
import { forbiddenReason } from '../../../probes/checks/shared/address-guard.ts';
import { blockedPort } from '../../../probes/checks/shared/blocked-ports.ts';
import type { MonitorRow } from '../../channels/webhook-body.ts';
import type { State } from '../../engine/model/state.ts';
import type { Config } from '../../env.ts';
import type { ValidationError } from '../../result.ts';

/** A monitor as a person wrote it, defaults applied. */
export type MonitorDefinition = Omit<
  MonitorRow,
  'number' | 'id' | 'secrets' | 'version' | 'createdAt' | 'updatedAt'
> & {
  readonly id?: string | undefined;
};

export interface ValidationContext {
  readonly config: Pick<Config, 'allowLoopback' | 'locations'>;
  readonly state: State;
  readonly channelIds: ReadonlySet<string>;
  /** What every monitor depends on that there is, or is about to be. */
  readonly dependencies: ReadonlyMap<string, readonly string[]>;
}

const invalid = (path: (string | number)[], message: string): ValidationError => ({
  kind: 'invalid',
  path,
  message,
});

/** The first rule that the monitor breaks, with the path of the field; null when it breaks none. */
export function validateMonitor(
  monitor: MonitorDefinition & { readonly id: string },
  surroundings: ValidationContext,
): ValidationError | null {
  const { config, state, channelIds } = surroundings;
  const enabled = [...state.locations.values()].filter((location) => location.enabled).map(({ id }) => id);
  const wanted = monitor.locations === 'all' ? enabled : monitor.locations;

  const nowhere = validateLocations(wanted, enabled);
  if (nowhere) return nowhere;
  const { quorum } = monitor.alert;
  if (typeof quorum === 'number' && quorum > wanted.length) {
    const message = `A quorum of ${quorum} can never be reached by ${wanted.length} location(s). Write at most ${wanted.length}.`;
    return invalid(['alert', 'quorum'], message);
  }
  if (monitor.channels !== 'all') {
    for (const [index, id] of monitor.channels.entries()) {
      if (!channelIds.has(id))
        return invalid(['channels', index], `There is no channel "${id}". Create it first.`);
    }
  }
  return (
    validateDependencies(monitor, surroundings.dependencies) ?? validateTarget(monitor.check, wanted, config)
  );
}

/** Every location that is asked for is there. */
export function validateLocations(
  wanted: readonly string[],
  enabled: readonly string[],
): ValidationError | null {
  for (const [index, id] of wanted.entries()) {
    if (!enabled.includes(id))
      return invalid(['locations', index], `There is no location "${id}". There are: ${enabled.join(', ')}.`);
  }
  return null;
}

/** Where a check goes has to be reachable and permitted; one that goes to no target of its own breaks no rule. */
export function validateTarget(
  check: CheckInput,
  locations: readonly string[],
  { allowLoopback }: Pick<Config, 'allowLoopback'>,
): ValidationError | null {
  const target = targetOf(check);
  if (!target) return null;
  for (const location of locations) {
    const refusal = blockedPort(location, target);
    if (refusal !== null) return invalid(['check', target.fields.port], refusal);
  }
  // A URL writes an IPv6 address in brackets.
  const host = target.host.replace(/^\[(.*)\]$/, '$1');
  const forbidden = forbiddenReason(host, { loopback: allowLoopback });
  return forbidden === null ? null : invalid(['check', target.fields.host], forbidden);
}

/** A monitor depends on others that exist, and never on itself, over however many others. */
function validateDependencies(
  { id, dependsOn }: MonitorDefinition & { readonly id: string },
  dependencies: ValidationContext['dependencies'],
): ValidationError | null {
  const graph = new Map(dependencies).set(id, dependsOn);
  for (const [index, parent] of dependsOn.entries()) {
    const refused = (message: string): ValidationError => invalid(['dependsOn', index], message);
    if (!graph.has(parent)) return refused(`There is no monitor "${parent}". Create it first.`);
    const way = findPath(graph, parent, id, new Set());
    if (way) return refused(`It would depend on itself: ${[id, ...way].join(' → ')}. Leave one of them out.`);
  }
  return null;
}

function findPath(
  graph: ReadonlyMap<string, readonly string[]>,
  from: string,
  to: string,
  observation: Set<string>,
): string[] | null {
  if (from === to) return [to];
  if (observation.has(from)) return null;
  observation.add(from);
  for (const next of graph.get(from) ?? []) {
    const way = findPath(graph, next, to, observation);
    if (way) return [from, ...way];
  }
  return null;
}
