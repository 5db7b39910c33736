// Owns the last 14 days of a page: incidents by the day on which they began, and quiet days by name, several in a row as one.
import { IncidentCards, type UnknownSince } from './incident-card.tsx';
import type { PageIncident, PageView } from './page-view.ts';
import type { Rendering } from './rendering.tsx';

export const PAST_DAYS = 14;

interface Day {
  /** A moment of the day. */
  readonly at: number;
  readonly key: string;
}

interface Entry {
  readonly from: Day;
  readonly to: Day;
  readonly incidents: readonly PageIncident[];
  /** An open incident lasts on the day, and is listed elsewhere. */
  readonly hasOpen: boolean;
}

/** The newest day first. Days of the page's time zone: each has its noon 24 h apart, up to an hour of daylight saving. */
function lastDays({ now, formats }: Rendering): Day[] {
  const days: Day[] = [];
  for (let hours = 0; days.length < PAST_DAYS; hours += 12) {
    const at = now - hours * 3_600_000;
    const key = formats.dateKey(at);
    if (days.at(-1)?.key !== key) days.push({ at, key });
  }
  return days;
}

/** An incident that began before the days is on that of its end. */
function entriesOf(incidents: readonly PageIncident[], of: Rendering): Entry[] {
  const days = lastDays(of);
  const keys = new Set(days.map(({ key }) => key));
  const keyOf = ({ startedAt, resolvedAt }: PageIncident): string => {
    const start = of.formats.dateKey(startedAt);
    return keys.has(start) ? start : of.formats.dateKey(resolvedAt ?? of.now);
  };
  const open = incidents.filter(({ resolvedAt }) => resolvedAt === null);
  const past = incidents.filter(({ resolvedAt }) => resolvedAt !== null);
  const entries: Entry[] = [];
  for (const day of days) {
    const own = past.filter((incident) => keyOf(incident) === day.key);
    const hasOpen = open.some(({ startedAt }) => of.formats.dateKey(startedAt) <= day.key);
    const last = entries.at(-1);
    const continues = own.length === 0 && last?.incidents.length === 0 && last.hasOpen === hasOpen;
    if (continues) entries[entries.length - 1] = { ...last, to: day };
    else entries.push({ from: day, to: day, incidents: own, hasOpen });
  }
  return entries;
}

interface PastDaysProps {
  readonly view: Pick<PageView, 'incidents'>;
  readonly unknownSince: UnknownSince;
  readonly of: Rendering;
}

export const PastDays = ({ view, unknownSince, of }: PastDaysProps) => {
  const { incidents } = of.texts;
  return (
    <section aria-labelledby="past">
      <h2 id="past">{incidents.past(PAST_DAYS)}</h2>
      <div class="past">
        {entriesOf(view.incidents, of).map((entry) => (
          <section>
            <h3>
              <DayTitle entry={entry} of={of} />
            </h3>
            {entry.incidents.length === 0 ? (
              <p class="note">{entry.hasOpen ? incidents.noOthers : incidents.none}</p>
            ) : (
              <IncidentCards incidents={entry.incidents} unknownSince={unknownSince} of={of} below={3} />
            )}
          </section>
        ))}
      </div>
    </section>
  );
};

/** `24 Nov 2026`, or `20–23 Nov 2026` for quiet days in a row. */
const DayTitle = ({ entry: { from, to }, of: { formats } }: { entry: Entry; of: Rendering }) => (
  <>{from === to ? formats.date(from.at) : formats.dates(to.at, from.at)}</>
);
