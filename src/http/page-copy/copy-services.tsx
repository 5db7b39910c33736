// Owns the services in a copy: each state with the time at which it was known. Without bars: they are green, and end today.
import { stateWords, TONES } from '../status-page/headline.ts';
import type { ComponentGroup, ComponentView, PageView } from '../status-page/page-view.ts';
import { Phrase, pathOf, type Rendering, SLOT } from '../status-page/rendering.tsx';
import { monitorText } from '../status-page/status-text.ts';
import { Breakable } from '../ui/breakable.tsx';
import { Icon, type Tone } from '../ui/icons.tsx';
import { copyTone, LastKnown } from './copy-banner.tsx';
import { type CopyContext, SlotTime } from './copy-frame.tsx';

export const CopyServices = ({ view, context }: { view: PageView; context: CopyContext }) => (
  <section aria-labelledby="services">
    <h2 id="services">{context.of.texts.row.heading}</h2>
    {view.groups.map((group) =>
      group.name === null ? (
        <Rows group={group} context={context} />
      ) : (
        <details class={`group ${shown(TONES[group.state], context)}`} open>
          <summary>
            <Icon tone={iconOf(TONES[group.state], context)} />
            <h3>{group.name}</h3>
            <span class="note">{context.of.texts.row.inGroup(group.components.length)}</span>
            <span class="state">
              {context.silent ? context.of.texts.states.noData : stateWords(group.state, context.of.texts)}
            </span>
          </summary>
          <Rows group={group} context={context} />
        </details>
      ),
    )}
  </section>
);

const iconOf = (tone: Tone, { silent }: CopyContext): Tone => (silent ? 'no_data' : tone);
const shown = (tone: Tone, context: CopyContext): string => copyTone(iconOf(tone, context));

const Rows = ({ group, context }: { group: ComponentGroup; context: CopyContext }) => (
  <ul class="rows">
    {group.components.map((component) => (
      <Row component={component} context={context} grouped={group.name !== null} />
    ))}
  </ul>
);

interface Known {
  readonly tone: Tone;
  readonly words: string;
  readonly caveat?: string;
  readonly note: string;
}

function knownOf(component: ComponentView, of: Rendering): Known {
  const { texts, formats } = of;
  const { monitor, failingLocations, said, state, description } = component;
  if (monitor === null)
    return {
      ...{ tone: TONES[state], words: stateWords(state, texts) },
      note: description ?? texts.row.notMeasured,
    };
  const places = failingLocations.map((id) => of.place(id));
  const text = monitorText(monitor, texts, places.length === 0 ? null : formats.list(places));
  // The worse of what probes see and what people say colours the row.
  return said === null ? text : { ...text, tone: TONES[state] };
}

interface RowProps {
  readonly component: ComponentView;
  readonly context: CopyContext;
  /** A heading of a group is above it. */
  readonly grouped: boolean;
}

const Row = ({ component, context, grouped }: RowProps) => {
  const { of, silent } = context;
  const { texts } = of;
  const known = knownOf(component, of);
  const name =
    component.monitor === null ? (
      <Breakable text={component.name} />
    ) : (
      <a href={pathOf(of, `/monitors/${encodeURIComponent(component.monitor.id)}`)}>
        <Breakable text={component.name} />
      </a>
    );
  return (
    <li class={shown(known.tone, context)}>
      <Icon tone={iconOf(known.tone, context)} />
      {grouped ? <h4>{name}</h4> : <h3>{name}</h3>}
      <span class="verdict">{silent ? texts.states.noData : known.words}</span>
      <p class="note">
        {silent ? (
          <LastKnown words={known.words} texts={texts} context={context} />
        ) : (
          <>
            {known.caveat ? <b>{known.caveat}</b> : null}
            {known.note}
            {component.said === null ? null : (
              <span class="said">{texts.row.said(texts.incidents.impacts[component.said])}</span>
            )}
            <span class="asof">
              <Phrase
                text={texts.copy.asOf(SLOT)}
                slots={[<SlotTime name="taken" context={context} tag={texts.tag} />]}
              />
            </span>
          </>
        )}
      </p>
    </li>
  );
};
