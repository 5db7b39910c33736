// Owns the lists of maintenances and silences with the calendar of a month. Does not read them.
import type { Context } from 'hono';
import type { WindowList } from '../../../store/window-list.ts';
import type { HttpEnv } from '../../context.ts';
import { Breakable } from '../../ui/breakable.tsx';
import { Icon } from '../../ui/icons.tsx';
import { mayUse } from '../dashboard-layout.tsx';
import { Field, Form, type FormErrors, type FormValues } from '../form.tsx';
import { Action, Empty, Tabs } from '../parts/parts.tsx';
import { Calendar } from './calendar.tsx';
import { hrefWith, KINDS, type KindOfPage, windowPath } from './kinds.ts';
import type { CalendarMonth } from './month.ts';
import { Occurrences, ZonedTime } from './window-parts.tsx';
import { recurrenceText, type ShownWindow, STATE_TEXTS, scopeWords } from './window-words.ts';

export interface WindowsProps {
  readonly c: Context<HttpEnv>;
  readonly of: KindOfPage;
  /** Of this kind. */
  readonly windows: readonly ShownWindow[];
  readonly names: WindowList['names'];
  readonly calendar: CalendarMonth;
  readonly timeZone: string;
  /** Filters of the address, kept by its links. */
  readonly query: Readonly<Record<string, string>>;
  /** Of the zone that was asked for. */
  readonly zoneError: string | undefined;
  readonly asked: string;
  readonly quick: { readonly values: FormValues; readonly errors: FormErrors };
}

/** A past window is history: the newest ones are enough. */
const MAX_PAST = 20;
const MAX_SHOWN = 100;

export const Windows = (props: WindowsProps) => {
  const { c, of, windows, query, calendar } = props;
  const { month: _month, ...kept } = query;
  const tabs = Object.values(KINDS).map(({ list, plural }) => ({
    path: hrefWith(list, kept),
    label: plural,
  }));
  const byState = (state: ShownWindow['state']) => windows.filter((one) => one.state === state);
  const past = byState('past').toSorted((a, b) => b.row.updatedAt - a.row.updatedAt);
  return (
    <>
      <Tabs tabs={tabs} current={hrefWith(of.list, kept)} label="Maintenances and silences" />
      {of.kind === 'silence' && mayUse(c, 'POST /dashboard/maintenance/quick-silence') ? (
        <Quick {...props} />
      ) : null}
      <Zone {...props} />
      {windows.length === 0 ? <NoWindows {...props} /> : null}
      <Section {...props} title="Active" windows={byState('active')} />
      <Section
        {...props}
        title="Upcoming"
        windows={byState('upcoming').toSorted((a, b) => a.spans[0]![0] - b.spans[0]![0])}
      />
      <Calendar {...props} calendar={calendar} />
      <Section {...props} title="Past" windows={past.slice(0, MAX_PAST)} />
    </>
  );
};

const NoWindows = ({ c, of, query }: WindowsProps) => {
  const isFiltered = (query.monitor ?? query.tag ?? '') !== '';
  return (
    <Empty
      title={
        isFiltered
          ? `No ${of.kind} covers it`
          : of.kind === 'maintenance'
            ? 'No maintenance is planned'
            : 'Nothing is silenced'
      }
      next={
        mayUse(c, `POST ${of.new}`) && {
          href: hrefWith(of.new, scopeQuery(query)),
          label: of.kind === 'maintenance' ? 'Plan a maintenance' : 'Create a silence',
        }
      }
    >
      <p>
        {of.kind === 'maintenance'
          ? 'During a maintenance, notifications are suppressed, and the time does not count for uptime.'
          : 'A silence suppresses notifications. Checks go on, and the time counts for uptime.'}
      </p>
    </Empty>
  );
};

/** What a link to a form fills in. */
export const scopeQuery = ({ monitor = '', tag = '' }: Readonly<Record<string, string>>) => ({
  monitor,
  tag,
});

const Zone = ({ of, query, timeZone, zoneError, asked }: WindowsProps) => (
  <form method="get" action={of.list} class="filters">
    {Object.entries(query).map(([name, value]) =>
      name === 'timeZone' || value === '' ? null : <input type="hidden" name={name} value={value} />,
    )}
    <Field
      name="timeZone"
      label="Time zone of this page"
      value={zoneError === undefined ? timeZone : asked}
      error={zoneError}
      maxlength={64}
    />
    <button type="submit">Show</button>
    {(query.monitor ?? '') === '' && (query.tag ?? '') === '' ? null : (
      <span>
        Only what covers <bdi>{query.monitor || query.tag}</bdi>. <a href={of.list}>Show all</a>
      </span>
    )}
  </form>
);

export const QUICK = {
  '1h': { label: '1 hour', minutes: 60 },
  '4h': { label: '4 hours', minutes: 240 },
  tomorrow: { label: 'Until tomorrow 9:00', minutes: null },
} as const;

const Quick = ({ c, query, timeZone, quick: { values, errors } }: WindowsProps) => (
  <section class="card pad quick" aria-labelledby="quick">
    <h2 id="quick">Silence now</h2>
    <Form c={c} action="/dashboard/maintenance/quick-silence">
      <div class="filters">
        <Field
          name="monitors"
          label="Ids of monitors"
          value={values.monitors ?? query.monitor ?? ''}
          error={errors.monitors}
          maxlength={4_000}
        />
        <Field
          name="tags"
          label="Or tags"
          value={values.tags ?? query.tag ?? ''}
          error={errors.tags}
          maxlength={2_000}
        />
        <Field name="name" label="Reason" value={values.name ?? ''} error={errors.name} maxlength={120} />
      </div>
      <p class="actions">
        {Object.entries(QUICK).map(([value, { label }]) => (
          <button type="submit" name="for" value={value} class="quiet">
            {label}
          </button>
        ))}
        <span class="small">Tomorrow in {timeZone}.</span>
      </p>
      <input type="hidden" name="timeZone" value={timeZone} />
    </Form>
  </section>
);

const Section = ({
  c,
  of,
  title,
  windows,
  names,
  timeZone,
}: Omit<WindowsProps, 'windows'> & { title: string; windows: readonly ShownWindow[] }) =>
  windows.length === 0 ? null : (
    <section aria-labelledby={title.toLowerCase()} data-live={`windows-${title.toLowerCase()}`}>
      <h2 id={title.toLowerCase()}>
        {title} <span class="count">{windows.length}</span>
      </h2>
      <section class="card scroll" tabindex={0} aria-label={`${title} ${of.plural.toLowerCase()}`}>
        <table class="grid stacks">
          <thead>
            <tr>
              <th scope="col">{of.kind === 'maintenance' ? 'Planned work' : 'Reason'}</th>
              <th scope="col">State</th>
              <th scope="col">Covers</th>
              <th scope="col">When</th>
              <th scope="col">
                <span class="hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {windows.slice(0, MAX_SHOWN).map((one) => (
              <Row c={c} of={of} shown={one} names={names} timeZone={timeZone} />
            ))}
          </tbody>
        </table>
      </section>
      {windows.length > MAX_SHOWN ? <p class="small">The first {MAX_SHOWN} are shown.</p> : null}
    </section>
  );

const Row = ({
  c,
  of,
  shown: { row, state, spans },
  names,
  timeZone,
}: Pick<WindowsProps, 'c' | 'of' | 'names' | 'timeZone'> & { shown: ShownWindow }) => {
  const { label, tone } = STATE_TEXTS[state];
  const recurrence = recurrenceText(row);
  const path = windowPath(row.kind, row.id);
  return (
    <tr data-row>
      <th scope="row">
        <a href={path}>
          <bdi>
            <Breakable text={row.name} />
          </bdi>
        </a>
      </th>
      <td>
        <span class={`state ${tone}`}>
          <Icon tone={tone} />
          {label}
        </span>
      </td>
      <td>
        <bdi>
          <Breakable text={scopeWords(row, names)} />
        </bdi>
      </td>
      <td>
        {recurrence === null ? (
          'startsAt' in row.schedule ? (
            <>
              <ZonedTime at={row.schedule.startsAt} timeZone={timeZone} />
              <br />
              <span class="small">
                to <ZonedTime at={row.schedule.endsAt} timeZone={timeZone} />
              </span>
            </>
          ) : null
        ) : (
          <>
            {spans[0] === undefined ? null : <ZonedTime at={spans[0][0]} timeZone={timeZone} />}
            <br />
            <span class="small">{recurrence}</span>
            <details class="small">
              <summary>Next {spans.length} dates</summary>
              <Occurrences spans={spans} timeZone={timeZone} />
            </details>
          </>
        )}
      </td>
      <td class="row-actions">
        {state === 'active' && mayUse(c, `POST ${of.base}/:id/end`) ? (
          <Action c={c} action={`${path}/end`} label="End now" describe={`End now: ${row.name}`} />
        ) : null}
      </td>
    </tr>
  );
};
