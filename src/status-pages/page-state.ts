// Owns the states of a page, a group and a component, and which of two is worse. Pure. Does not word them.
import { IMPACTS, type Impact } from './model.ts';

/** In order: the last is the worst. What people say counts more than a lack of data, which counts more than planned work. */
export const PAGE_STATES = [
  'operational',
  'maintenance',
  'no_data',
  'degraded',
  'partial_outage',
  'major_outage',
] as const;
export type PageState = (typeof PAGE_STATES)[number];

const BY_IMPACT: Readonly<Record<Impact, PageState>> = {
  operational: 'operational',
  degraded: 'degraded',
  partial: 'partial_outage',
  major: 'major_outage',
};

/** What people say of a component, as a state of it. */
export const stateOfImpact = (impact: Impact): PageState => BY_IMPACT[impact];

/** The worst of them; operational without any. */
export const worstState = (states: readonly PageState[]): PageState => worstOf(PAGE_STATES, states);

/** The worst of them; operational without any. */
export const worstImpact = (impacts: readonly Impact[]): Impact => worstOf(IMPACTS, impacts);

const worstOf = <T>(order: readonly [T, ...T[]], found: readonly T[]): T =>
  found.reduce((worst, one) => (order.indexOf(one) > order.indexOf(worst) ? one : worst), order[0]);
