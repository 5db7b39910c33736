// Owns the list of services of a page: those without a group, then a group each with its rolled-up state.
import { Icon } from '../ui/icons.tsx';
import { type BarDays, barDays } from './bars.ts';
import { stateWords, TONES } from './headline.ts';
import type { ComponentGroup, PageView } from './page-view.ts';
import type { Rendering } from './rendering.tsx';
import { ServiceRow } from './service-row.tsx';

export const ServiceList = ({ view, of }: { view: PageView; of: Rendering }) => {
  const days = barDays(view.now, of.formats);
  return (
    <section aria-labelledby="services">
      <h2 id="services">{of.texts.row.heading}</h2>
      {view.groups.map((group) =>
        group.name === null ? (
          <Rows group={group} view={view} of={of} days={days} />
        ) : (
          <details class={`group ${TONES[group.state]}`} open={!group.collapsed}>
            <summary>
              <Icon tone={TONES[group.state]} />
              <h3>{group.name}</h3>
              <span class="note">{of.texts.row.inGroup(group.components.length)}</span>
              <span class="state">{stateWords(group.state, of.texts)}</span>
            </summary>
            <Rows group={group} view={view} of={of} days={days} />
          </details>
        ),
      )}
      <p class="note rule">{of.texts.bars.rule}</p>
    </section>
  );
};

interface RowsProps {
  readonly group: ComponentGroup;
  readonly view: PageView;
  readonly of: Rendering;
  readonly days: BarDays;
}

const Rows = ({ group, view, of, days }: RowsProps) => (
  <ul class="rows">
    {group.components.map((component) => (
      <ServiceRow {...{ component, of, days }} stale={view.stale} grouped={group.name !== null} />
    ))}
  </ul>
);
