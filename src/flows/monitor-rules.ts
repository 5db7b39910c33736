// What makes a monitor wrong that its schema cannot know: the mesh's locations, the channels, forbidden targets.
import { forbiddenReason } from '../../probes/checks/address-guard.ts';
import { portRefusal } from '../../probes/checks/ports.ts';
import type { State } from '../core/state.ts';
import type { Config } from '../env.ts';
import type { MonitorRow } from './notice-body.ts';
import type { Refusal } from './result.ts';

/** A monitor as a person wrote it, defaults applied. */
export type MonitorDefinition = Omit<MonitorRow, 'number' | 'id' | 'createdAt' | 'updatedAt'> & {
  readonly id?: string | undefined;
};

export interface Surroundings {
  readonly config: Pick<Config, 'allowLoopback' | 'locations'>;
  readonly state: State;
  readonly channelIds: ReadonlySet<string>;
}

/** The first rule that the monitor breaks, with the path of the field; null when it breaks none. */
export function refusalOf(
  monitor: MonitorDefinition,
  { config, state, channelIds }: Surroundings,
): Refusal | null {
  const invalid = (path: (string | number)[], message: string): Refusal => ({
    kind: 'invalid',
    path,
    message,
  });
  const enabled = [...state.locations.values()].filter((location) => location.enabled).map(({ id }) => id);
  const wanted = monitor.locations === 'all' ? enabled : monitor.locations;

  for (const [index, id] of wanted.entries()) {
    if (!enabled.includes(id)) {
      return invalid(['locations', index], `There is no location "${id}". There are: ${enabled.join(', ')}.`);
    }
  }
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
  const port = Number(monitor.check.port);
  for (const location of wanted) {
    const refusal = portRefusal(location, port);
    if (refusal !== null) return invalid(['check', 'port'], refusal);
  }
  const forbidden = forbiddenReason(String(monitor.check.host), { loopback: config.allowLoopback });
  return forbidden === null ? null : invalid(['check', 'host'], forbidden);
}
