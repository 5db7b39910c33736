// Owns how what probes see and what people say become one state: of a component, of a group and of a page. The worse of both
// counts, so neither hides the other. Pure. Does not know how a state is measured.
import type { ComponentImpact, ComponentRef, Impact } from './model.ts';
import { PAGE_STATES, type PageState, stateOfImpact, worstImpact, worstState } from './page-state.ts';
import { groupRef } from './shown-on.ts';

export interface MeasuredComponent {
  readonly ref: ComponentRef;
  readonly group: string | null;
  /** What probes see. Null: no probe checks it. */
  readonly measured: PageState | null;
  /** A paused component does not count, nor does a new one beside others. */
  readonly idle: 'paused' | 'pending' | null;
  /** Since when probes see that. Null if it is not known. */
  readonly since: number | null;
}

/** What people say of a component in an open incident. */
export interface Said extends ComponentImpact {
  /** When the incident started. */
  readonly since: number;
}

export interface MergedComponent extends MeasuredComponent {
  /** The worst that people say of it or of its group. Null if they say nothing. */
  readonly said: Impact | null;
  readonly saidSince: number | null;
  readonly state: PageState;
}

export function mergeComponent(component: MeasuredComponent, all: readonly Said[]): MergedComponent {
  const group = component.group === null ? null : groupRef(component.group);
  const about = all.filter((one) => one.component === component.ref || one.component === group);
  const said = about.length === 0 ? null : worstImpact(about.map(({ impact }) => impact));
  const worst = about.filter(({ impact }) => impact === said);
  return {
    ...component,
    said,
    saidSince: worst.length === 0 ? null : Math.min(...worst.map(({ since }) => since)),
    state: worstState([component.measured ?? 'operational', stateOfImpact(said ?? 'operational')]),
  };
}

/** Those that decide the state of the whole: what people say of an idle component counts. */
function counted<T extends Pick<MergedComponent, 'idle' | 'said'>>(components: readonly T[]): readonly T[] {
  const isSaid = ({ said }: T): boolean => said !== null && said !== 'operational';
  const active = components.filter((one) => one.idle !== 'paused' || isSaid(one));
  const known = active.filter((one) => one.idle !== 'pending' || isSaid(one));
  return known.length > 0 ? known : active;
}

/** The worst of its components. If all are paused, nothing is known. */
export function groupState(components: readonly MergedComponent[]): PageState {
  const active = counted(components);
  if (active.length === 0) return components.length > 0 ? 'no_data' : 'operational';
  return worstState(active.map(({ state }) => state));
}

/** Of the components of a page: at least this part has to be down for a major outage. */
const MAJOR_SHARE = 0.5;

/**
 * `measured` is what probes see of the whole page. What people say makes it worse, never better: a major outage if at least
 * half of the components have one, a partial outage if any has an outage, degraded if people say so of any.
 */
export function pageState(measured: PageState, components: readonly MergedComponent[]): PageState {
  const active = counted(components);
  const down = active.filter(({ state }) => state === 'major_outage').length;
  // An idle component of which people say less is no reason to call the outage smaller.
  const whole = active.filter(({ idle, state }) => idle === null || state === 'major_outage').length;
  const said = worstState(active.map((one) => stateOfImpact(one.said ?? 'operational')));
  if (said === 'operational') return measured;
  const merged =
    down > 0 && down >= MAJOR_SHARE * whole
      ? 'major_outage'
      : said === 'major_outage'
        ? 'partial_outage'
        : said;
  return worstState([measured, merged]);
}

/** Since when the page has its state. `endedAt`: when incidents of the page ended. Null if it is not known. */
export function pageSince(
  state: PageState,
  components: readonly MergedComponent[],
  endedAt: readonly number[],
): number | null {
  const active = counted(components);
  if (state === 'operational') {
    const starts = active.flatMap(({ measured, since }) =>
      measured === 'operational' && since !== null ? [since] : [],
    );
    return newest([...starts, ...endedAt]);
  }
  const starts = active.flatMap((one) => startOf(one, state) ?? []).sort((a, b) => a - b);
  // A major outage began with the component that made it half of them.
  const index = state === 'major_outage' ? Math.ceil(active.length * MAJOR_SHARE) - 1 : 0;
  return starts[Math.min(Math.max(0, index), starts.length - 1)] ?? null;
}

/** Since when the component is at least as bad as that. Null if it is not, or that is not known. */
function startOf(one: MergedComponent, state: PageState): number | null {
  const reaches = (found: PageState): boolean => PAGE_STATES.indexOf(found) >= PAGE_STATES.indexOf(state);
  const starts = [
    ...(one.measured !== null && reaches(one.measured) && one.since !== null ? [one.since] : []),
    ...(one.said !== null && reaches(stateOfImpact(one.said)) && one.saidSince !== null
      ? [one.saidSince]
      : []),
  ];
  return starts.length === 0 ? null : Math.min(...starts);
}

const newest = (times: readonly number[]): number | null => (times.length === 0 ? null : Math.max(...times));
