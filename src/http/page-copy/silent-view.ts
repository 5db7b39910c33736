// Owns what of a page may still be claimed when the coordinator is silent: nothing that is operational. Pure.
import type { PageState } from '../../status-pages/page-state.ts';
import type { ComponentView, PageView } from '../status-page/page-view.ts';

/** An outage counts until it is known to be over, as on the page itself. Everything else is not known. */
const silentState = (state: PageState): PageState =>
  state === 'major_outage' || state === 'partial_outage' ? state : 'no_data';

const silentComponent = (component: ComponentView): ComponentView => ({
  ...component,
  state: silentState(component.state),
  // A pause is a decision of yesterday as well.
  monitor: component.monitor === null ? null : { ...component.monitor, condition: 'stopped' },
});

/** For the forms that programs read. */
export const silentView = (view: PageView): PageView => ({
  ...view,
  stale: true,
  state: silentState(view.state),
  groups: view.groups.map((group) => ({
    ...group,
    state: silentState(group.state),
    components: group.components.map(silentComponent),
  })),
});
