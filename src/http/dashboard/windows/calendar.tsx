// Owns the calendar of a month as a table, which is a list on a phone. Does not compute it: month.ts does.
import { hrefWith, type KindOfPage, windowPath } from './kinds.ts';
import type { CalendarDay, CalendarMonth } from './month.ts';

interface CalendarProps {
  readonly of: KindOfPage;
  readonly calendar: CalendarMonth;
  readonly query: Readonly<Record<string, string>>;
  readonly timeZone: string;
}

const WEEKDAYS = [
  ['Mon', 'Monday'],
  ['Tue', 'Tuesday'],
  ['Wed', 'Wednesday'],
  ['Thu', 'Thursday'],
  ['Fri', 'Friday'],
  ['Sat', 'Saturday'],
  ['Sun', 'Sunday'],
] as const;

export const Calendar = ({ of, calendar, query, timeZone }: CalendarProps) => (
  <section class="month" aria-labelledby="calendar">
    <div class="head">
      <h2 id="calendar">{calendar.title}</h2>
      <nav class="actions" aria-label="Months">
        <a
          class="button quiet"
          href={`${hrefWith(of.list, { ...query, month: calendar.previous })}#calendar`}
          rel="prev"
        >
          Previous month
        </a>
        <a
          class="button quiet"
          href={`${hrefWith(of.list, { ...query, month: calendar.next })}#calendar`}
          rel="next"
        >
          Next month
        </a>
      </nav>
    </div>
    <section class="card scroll" tabindex={0} aria-label={`Calendar of ${calendar.title}`}>
      <table class="calendar">
        <caption class="hidden">
          Maintenances and silences of {calendar.title}, in {timeZone}
        </caption>
        <thead>
          <tr>
            {WEEKDAYS.map(([short, long]) => (
              <th scope="col" abbr={long}>
                {short}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {calendar.weeks.map((week) => (
            <tr>
              {week.map((day) => (
                <Day day={day} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
    {calendar.weeks.some((week) => week.some((day) => day !== null && day.entries.length > 0)) ? null : (
      <p class="small">Nothing is planned in {calendar.title}.</p>
    )}
    {calendar.isCut ? <p class="small">There is more than the calendar shows.</p> : null}
  </section>
);

const MAX_ENTRIES = 4;

const Day = ({ day }: { day: CalendarDay | null }) => {
  if (day === null) return <td class="blank" />;
  const { date, isToday, entries } = day;
  const style = [isToday ? 'today' : '', entries.length === 0 ? 'free' : ''].filter((one) => one !== '');
  return (
    <td
      {...(style.length === 0 ? {} : { class: style.join(' ') })}
      {...(isToday ? { 'aria-current': 'date' } : {})}
    >
      <time class="day" datetime={date} data-local="">
        {Number(date.slice(8))}
      </time>
      {entries.length === 0 ? null : (
        <ul>
          {entries.slice(0, MAX_ENTRIES).map(({ window, from }) => (
            <li class={window.kind}>
              <a href={windowPath(window.kind, window.id)}>
                {from === null ? <span class="hidden">goes on: </span> : <span class="clock">{from} </span>}
                {window.kind === 'silence' ? <span class="hidden">silence </span> : null}
                <bdi>{window.name}</bdi>
              </a>
            </li>
          ))}
          {entries.length > MAX_ENTRIES ? <li>{entries.length - MAX_ENTRIES} more</li> : null}
        </ul>
      )}
    </td>
  );
};
