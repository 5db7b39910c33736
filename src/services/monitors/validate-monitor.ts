// What makes a monitor wrong that its schema cannot know: the mesh's locations, the channels, forbidden targets.

import { aimOf, type WrittenCheck } from '../../../probes/checks/check-input.ts';
import { forbiddenReason } from '../../../probes/checks/shared/address-guard.ts';
import { portRefusal } from '../../../probes/checks/shared/blocked-ports.ts';
import type { MonitorRow } from '../../channels/webhook-body.ts';
import type { State } from '../../engine/model/state.ts';
import type { Config } from '../../env.ts';
import type { Refusal } from '../../result.ts';

/** A monitor as a person wrote it, defaults applied. */
export type MonitorDefinition = Omit<MonitorRow, 'number' | 'id' | 'secrets' | 'createdAt' | 'updatedAt'> & {
  readonly id?: string | undefined;
};

export interface Surroundings {
  readonly config: Pick<Config, 'allowLoopback' | 'locations'>;
  readonly state: State;
  readonly channelIds: ReadonlySet<string>;
  /** What every monitor depends on that there is, or is about to be. */
  readonly dependencies: ReadonlyMap<string, readonly string[]>;
}

const invalid = (path: (string | number)[], message: string): Refusal => ({ kind: 'invalid', path, message });

/** The first rule that the monitor breaks, with the path of the field; null when it breaks none. */
export function refusalOf(
  monitor: MonitorDefinition & { readonly id: string },
  surroundings: Surroundings,
): Refusal | null {
  const { config, state, channelIds } = surroundings;
  const enabled = [...state.locations.values()].filter((location) => location.enabled).map(({ id }) => id);
  const wanted = monitor.locations === 'all' ? enabled : monitor.locations;

  const nowhere = locationRefusal(wanted, enabled);
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
  return dependencyRefusal(monitor, surroundings.dependencies) ?? aimRefusal(monitor.check, wanted, config);
}

/** Every location that is asked for is there. */
export function locationRefusal(wanted: readonly string[], enabled: readonly string[]): Refusal | null {
  for (const [index, id] of wanted.entries()) {
    if (!enabled.includes(id))
      return invalid(['locations', index], `There is no location "${id}". There are: ${enabled.join(', ')}.`);
  }
  return null;
}

/** Where a check goes has to be reachable and permitted; one that goes to no target of its own breaks no rule. */
export function aimRefusal(
  check: WrittenCheck,
  locations: readonly string[],
  { allowLoopback }: Pick<Config, 'allowLoopback'>,
): Refusal | null {
  const aim = aimOf(check);
  if (!aim) return null;
  for (const location of locations) {
    const refusal = portRefusal(location, aim);
    if (refusal !== null) return invalid(['check', aim.fields.port], refusal);
  }
  // A URL writes an IPv6 address in brackets.
  const host = aim.host.replace(/^\[(.*)\]$/, '$1');
  const forbidden = forbiddenReason(host, { loopback: allowLoopback });
  return forbidden === null ? null : invalid(['check', aim.fields.host], forbidden);
}

/** A monitor depends on others that exist, and never on itself, over however many others. */
function dependencyRefusal(
  { id, dependsOn }: MonitorDefinition & { readonly id: string },
  dependencies: Surroundings['dependencies'],
): Refusal | null {
  const graph = new Map(dependencies).set(id, dependsOn);
  for (const [index, parent] of dependsOn.entries()) {
    const refused = (message: string): Refusal => invalid(['dependsOn', index], message);
    if (!graph.has(parent)) return refused(`There is no monitor "${parent}". Create it first.`);
    const way = wayTo(graph, parent, id, new Set());
    if (way) return refused(`It would depend on itself: ${[id, ...way].join(' → ')}. Leave one of them out.`);
  }
  return null;
}

function wayTo(
  graph: ReadonlyMap<string, readonly string[]>,
  from: string,
  to: string,
  seen: Set<string>,
): string[] | null {
  if (from === to) return [to];
  if (seen.has(from)) return null;
  seen.add(from);
  for (const next of graph.get(from) ?? []) {
    const way = wayTo(graph, next, to, seen);
    if (way) return [from, ...way];
  }
  return null;
}
