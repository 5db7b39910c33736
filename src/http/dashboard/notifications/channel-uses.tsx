// Owns what uses a channel, as far as the person sees it: the default channels, routes, schedules by their people, monitors.
import { isInside, type Restriction } from '../../../access/restriction.ts';
import type { AlertingSetup } from '../../../store/alerting-setup.ts';
import type { ListedChannel } from '../../../store/channel-list.ts';
import { pathOf, ROUTES } from './section.tsx';

export interface ChannelUse {
  readonly isDefault: boolean;
  readonly routes: readonly { readonly id: string; readonly name: string }[];
  /** Names of people whom it reaches while they are on call. Empty for a restricted person. */
  readonly people: readonly string[];
  readonly monitors: number;
}

export const useOf = (
  { id, monitors }: Pick<ListedChannel, 'id' | 'monitors'>,
  setup: AlertingSetup,
  restriction: Restriction,
): ChannelUse => ({
  isDefault: setup.defaults.ids.includes(id),
  routes: setup.routes.filter(
    (route) => isInside(restriction, route) && route.steps.some(({ channels }) => channels.includes(id)),
  ),
  people:
    restriction === null
      ? setup.people.filter(({ channels }) => channels.includes(id)).map(({ name }) => name)
      : [],
  monitors,
});

const MAX_NAMED = 3;

export const Uses = ({ use, id }: { use: ChannelUse; id: string }) => {
  const { isDefault, routes, people, monitors } = use;
  if (!isDefault && routes.length + people.length + monitors === 0) return <>Nothing uses it yet.</>;
  return (
    <ul class="uses">
      {isDefault ? <li>Default channel of the mesh</li> : null}
      {routes.slice(0, MAX_NAMED).map((route) => (
        <li>
          Route <a href={pathOf(ROUTES, route.id)}>{route.name}</a>
        </li>
      ))}
      {routes.length > MAX_NAMED ? <li>{routes.length - MAX_NAMED} more routes</li> : null}
      {monitors === 0 ? null : (
        <li>
          <a href={`/dashboard/monitors?channel=${encodeURIComponent(id)}`}>
            {monitors.toLocaleString('en')} {monitors === 1 ? 'monitor' : 'monitors'}
          </a>{' '}
          by name
        </li>
      )}
      {people.length === 0 ? null : (
        <li>
          On call: <bdi>{people.slice(0, MAX_NAMED).join(', ')}</bdi>
          {people.length > MAX_NAMED ? ` and ${people.length - MAX_NAMED} more` : ''}
        </li>
      )}
    </ul>
  );
};
