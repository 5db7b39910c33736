// Owns a service in the list of the page: its state, its last 90 days, its uptime, and where it fails.
import { raw } from 'hono/html';
import { Breakable } from '../ui/breakable.tsx';
import { Icon } from '../ui/icons.tsx';
import { BAR_DAYS, type BarDays, barsHtml } from './bars.ts';
import { isUnknownOutage } from './condition.ts';
import { stateWords, TONES } from './headline.ts';
import type { ComponentView } from './page-view.ts';
import { Ago, Phrase, pathOf, type Rendering, SLOT, Time } from './rendering.tsx';
import { monitorText } from './status-text.ts';
import type { MonitorView } from './status-view.ts';

interface RowProps {
  readonly component: ComponentView;
  readonly of: Rendering;
  readonly days: BarDays;
  /** Ticks or measurements have stopped. */
  readonly stale: boolean;
  /** A heading of a group is above it. */
  readonly grouped: boolean;
}

export const ServiceRow = (props: RowProps) =>
  props.component.monitor === null ? (
    <StaticRow {...props} />
  ) : (
    <MonitorRow {...props} monitor={props.component.monitor} />
  );

const MonitorRow = ({
  component,
  monitor,
  of,
  days,
  stale,
  grouped,
}: RowProps & { monitor: MonitorView }) => {
  const { texts, formats } = of;
  const places = component.failingLocations.map((id) => of.place(id));
  const text = monitorText(monitor, texts, places.length === 0 ? null : formats.list(places));
  const isPlanned = monitor.condition === 'maintenance';
  const unknown = isUnknownOutage(monitor.condition);
  // The worse of what probes see and what people say colours the row.
  const tone = component.said === null ? text.tone : TONES[component.state];
  const lasting = unknown ? texts.row.noDataFor : texts.row.lasting;
  return (
    <li class={unknown ? `${tone} unknown` : tone}>
      <Icon tone={tone} />
      <Name grouped={grouped}>
        <a href={pathOf(of, `/monitors/${encodeURIComponent(monitor.id)}`)}>
          <Breakable text={component.name} />
        </a>
      </Name>
      <span class="verdict">{text.words}</span>
      <p class="note">
        <Votes
          monitor={monitor}
          hidden={monitor.paused || isPlanned || stale || monitor.isHeartbeat === true}
        />
        {text.caveat ? <b>{text.caveat}</b> : null}
        {text.note}
        <Said component={component} of={of} />
        <Gap monitor={monitor} of={of} />
      </p>
      {isPlanned ? null : (
        <p class="note since">
          <Phrase text={lasting(SLOT)} slots={[<Ago since={monitor.since} of={of} />]} />
        </p>
      )}
      <History component={component} of={of} days={days} />
    </li>
  );
};

/** A component that no probe checks: its state is what people say of it. */
const StaticRow = ({ component, of, grouped }: RowProps) => {
  const tone = TONES[component.state];
  return (
    <li class={tone}>
      <Icon tone={tone} />
      <Name grouped={grouped}>
        <Breakable text={component.name} />
      </Name>
      <span class="verdict">{stateWords(component.state, of.texts)}</span>
      <p class="note">{component.description ?? of.texts.row.notMeasured}</p>
    </li>
  );
};

const Name = ({ grouped, children }: { grouped: boolean; children?: unknown }) =>
  grouped ? <h4>{children as never}</h4> : <h3>{children as never}</h3>;

/** What people say of it, beside what probes measure. */
const Said = ({ component: { said }, of: { texts } }: { component: ComponentView; of: Rendering }) =>
  said === null ? null : <span class="said">{texts.row.said(texts.incidents.impacts[said])}</span>;

const GAP_SHOWN_MS = 86_400_000;

/** The time without data that is part of the time since `since`, for a day. */
const Gap = ({ monitor: { lastGap, condition }, of }: { monitor: MonitorView; of: Rendering }) =>
  lastGap === null || condition === 'maintenance' || of.now - lastGap.to > GAP_SHOWN_MS ? null : (
    <span class="gap">
      <Phrase
        text={of.texts.row.gap(of.formats.duration(lastGap.to - lastGap.from), SLOT)}
        slots={[<Time at={lastGap.to} of={of} />]}
      />
    </span>
  );

const MAX_VOTES = 20;

/** One mark per location, where some fail: striped fails, solid passes, dashed abstains. The text has the same counts. */
const Votes = ({ monitor, hidden }: { monitor: MonitorView; hidden: boolean }) => {
  const { passing, failing, abstaining } = monitor;
  if (hidden || failing === 0 || passing + failing + abstaining > MAX_VOTES) return null;
  const marks = [...Array(failing).fill('f'), ...Array(passing).fill('p'), ...Array(abstaining).fill('a')];
  return (
    <span class="votes" aria-hidden="true">
      {marks.map((kind) => (
        <i class={kind} />
      ))}
    </span>
  );
};

interface HistoryProps {
  readonly component: ComponentView;
  readonly of: Rendering;
  readonly days: BarDays;
}

/** The disabled button keeps the Enter key from sending the form (HTML, "implicit submission"). */
export const History = ({ component, of, days }: HistoryProps) => {
  const { texts, formats } = of;
  const { bars } = texts;
  return (
    <form class="days">
      <button type="submit" disabled hidden />
      <fieldset>
        <legend class="hidden">{bars.label(component.name)}</legend>
        {raw(barsHtml(component.bars, days, texts, formats))}
      </fieldset>
      <p>
        <span class="wide">{bars.oldest(BAR_DAYS)}</span>
        <span class="phone">{bars.oldest(PHONE_DAYS)}</span>
        <b>
          {component.uptime === null
            ? bars.noUptime
            : bars.uptime(formats.uptime(component.uptime), component.bars.length)}
        </b>
        <span>{bars.today}</span>
      </p>
    </form>
  );
};

/** As many as the stylesheet leaves on a phone. */
const PHONE_DAYS = 30;
