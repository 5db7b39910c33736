// Owns the headline of a status page: of everything that it shows, the worse of what probes measure and what people say.
// Does not word it: status-text.ts does.

import type { Texts } from '../../status-pages/languages/texts.ts';
import type { Impact } from '../../status-pages/model.ts';
import type { PageState } from '../../status-pages/page-state.ts';
import type { Tone } from '../ui/icons.tsx';
import { type Condition, isDown, isOutage, isUnknownOutage } from './condition.ts';
import type { ComponentView, PageView } from './page-view.ts';
import { type Counted, type Headline, overallText } from './status-text.ts';

export const componentsOf = (view: Pick<PageView, 'groups'>): readonly ComponentView[] =>
  view.groups.flatMap(({ components }) => components);

type Shown = Pick<PageView, 'groups' | 'state' | 'stale' | 'hidden'>;

export const headlineOf = (view: Shown, texts: Texts): Headline =>
  overallText(
    {
      monitors: componentsOf(view).map(toCounted),
      ...{ state: view.state, stale: view.stale, hidden: view.hidden },
    },
    texts,
  );

const SAID: Readonly<Record<Impact, Condition>> = {
  operational: 'up',
  degraded: 'degraded',
  partial: 'partial',
  major: 'down',
};

function toCounted({ name, monitor, said }: ComponentView): Counted {
  const measured = monitor ?? { condition: 'up' as const, since: 0, neverChecked: false };
  const { since, neverChecked } = measured;
  const condition = said === null ? measured.condition : worse(measured.condition, SAID[said]);
  return { name, since, neverChecked, condition, ...(monitor?.isHeartbeat ? { isHeartbeat: true } : {}) };
}

const rank = (condition: Condition): number =>
  isDown(condition) ? 3 : isOutage(condition) ? 2 : condition === 'degraded' ? 1 : 0;

/** What probes measure, unless people say worse of it, or know that an outage without data continues. */
const worse = (measured: Condition, said: Condition): Condition =>
  rank(said) > rank(measured) || (isUnknownOutage(measured) && rank(said) === rank(measured))
    ? said
    : measured;

export const TONES: Readonly<Record<PageState, Tone>> = {
  operational: 'good',
  maintenance: 'calm',
  no_data: 'no_data',
  degraded: 'warn',
  partial_outage: 'warn',
  major_outage: 'bad',
};

/** The state of a group, or of a component that no probe checks, in a word. */
export const stateWords = (state: PageState, { states }: Texts): string =>
  ({
    operational: states.operational,
    maintenance: states.maintenance,
    no_data: states.noData,
    degraded: states.degraded,
    partial_outage: states.partial,
    major_outage: states.down,
  })[state];
