// Owns how components and groups of a page look in the Statuspage API. Pure.
import type { Impact } from '../../status-pages/model.ts';
import type { PageState } from '../../status-pages/page-state.ts';
import { groupRef } from '../../status-pages/shown-on.ts';
import { iso } from '../api/common.ts';
import type { ComponentGroup, ComponentView, PageView } from '../status-page/page-view.ts';
import type { ComponentStatus, StatuspageComponent } from './shapes.ts';

/**
 * Statuspage has no word for "no data". A component that is not measured must not look operational, and it is no outage:
 * `degraded_performance` is the mildest status of which a client takes notice.
 */
export const STATUSES: Readonly<Record<PageState, ComponentStatus>> = {
  operational: 'operational',
  maintenance: 'under_maintenance',
  no_data: 'degraded_performance',
  degraded: 'degraded_performance',
  partial_outage: 'partial_outage',
  major_outage: 'major_outage',
};

export const STATUS_OF_IMPACT: Readonly<Record<Impact, ComponentStatus>> = {
  operational: 'operational',
  degraded: 'degraded_performance',
  partial: 'partial_outage',
  major: 'major_outage',
};

/** Pausing is a decision of the team, like a maintenance. */
const statusOf = ({ monitor, state }: ComponentView): ComponentStatus =>
  monitor?.condition === 'paused' && state === 'no_data' ? 'under_maintenance' : STATUSES[state];

/** Groups and their components, in the order of the page. */
export function toComponents(view: PageView): StatuspageComponent[] {
  let position = 0;
  return view.groups.flatMap((group) =>
    group.name === null
      ? group.components.map((one) => toComponent(view, one, null, ++position))
      : toGroup(view, group, group.name, ++position),
  );
}

function toGroup(
  view: PageView,
  { components, state }: ComponentGroup,
  name: string,
  position: number,
): StatuspageComponent[] {
  const id = groupRef(name);
  const children = components.map((one, index) => toComponent(view, one, id, index + 1));
  const dates = children.map(({ created_at, updated_at }) => ({ created_at, updated_at }));
  const group: StatuspageComponent = {
    ...{ id, name, status: STATUSES[state] },
    created_at: dates.map((one) => one.created_at).toSorted()[0] ?? iso(view.now),
    updated_at:
      dates
        .map((one) => one.updated_at)
        .toSorted()
        .at(-1) ?? iso(view.now),
    ...{ position, description: null, showcase: false, start_date: null, group_id: null },
    ...{ page_id: view.page.id, group: true, only_show_if_degraded: false },
    components: children.map((child) => child.id),
  };
  return [group, ...children];
}

const DAY_MS = 86_400_000;

function toComponent(
  { now, page }: PageView,
  component: ComponentView,
  groupId: string | null,
  position: number,
): StatuspageComponent {
  const { ref, name, description, monitor, bars } = component;
  const firstDay = bars[0]?.day;
  const since = monitor?.since ?? null;
  // A page knows since when a component has a history, not when a person added it.
  const createdAt = firstDay === undefined ? (since ?? now) : firstDay * DAY_MS;
  return {
    ...{ id: ref, name, status: statusOf(component), position, description },
    created_at: iso(Math.min(createdAt, since ?? createdAt)),
    updated_at: iso(since ?? createdAt),
    ...{ showcase: false, start_date: firstDay === undefined ? null : iso(firstDay * DAY_MS).slice(0, 10) },
    ...{ group_id: groupId, page_id: page.id, group: false, only_show_if_degraded: false },
  };
}
