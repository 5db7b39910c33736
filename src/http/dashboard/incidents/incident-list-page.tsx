// Owns the list of incidents: filters, one row each, and its pages. Does not read it: src/store/incident-list.ts does.
import type { Context } from 'hono';
import { type LocationNames, locationName } from '../../../status-pages/location-names.ts';
import type { IncidentList, ListedIncident } from '../../../store/incident-list.ts';
import type { HttpEnv } from '../../context.ts';
import { Breakable } from '../../ui/breakable.tsx';
import { RelativeTime, Timestamp } from '../../ui/times.tsx';
import { mayUse } from '../dashboard-layout.tsx';
import { Field, type FormErrors, Select } from '../form.tsx';
import { Action, Empty, Tabs } from '../parts/parts.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import {
  INCIDENTS_PATH,
  type IncidentFilters,
  incidentPath,
  incidentsHref,
  VERDICTS,
} from './incident-filters.ts';
import { lastingText, STATUS_WORDS, scopeText, VERDICT_WORDS } from './incident-words.ts';

interface ListProps {
  readonly c: Context<HttpEnv>;
  readonly list: IncidentList;
  readonly filters: IncidentFilters;
  readonly errors: FormErrors;
  readonly page: number;
  readonly names: LocationNames;
}

export const Incidents = ({ c, list, filters, errors, page, names }: ListProps) => (
  <>
    <StateTabs filters={filters} counts={list.counts} />
    <Filters c={c} filters={filters} errors={errors} names={names} />
    <div data-live="incidents">
      {list.rows.length === 0 ? (
        <NoIncidents filters={filters} />
      ) : (
        <Table c={c} rows={list.rows} filters={filters} names={names} />
      )}
      <Pages filters={filters} page={page} hasMore={list.hasMore} count={list.rows.length} />
    </div>
  </>
);

const StateTabs = ({ filters, counts }: { filters: IncidentFilters; counts: IncidentList['counts'] }) => {
  const tabs = [
    { path: incidentsHref(filters, { state: '' }), label: 'All' },
    { path: incidentsHref(filters, { state: 'open' }), label: 'Open', count: counts.open },
    {
      path: incidentsHref(filters, { state: 'acknowledged' }),
      label: 'Acknowledged',
      count: counts.acknowledged,
    },
    { path: incidentsHref(filters, { state: 'resolved' }), label: 'Resolved' },
  ];
  return <Tabs tabs={tabs} current={incidentsHref(filters)} label="State of the incidents" />;
};

const Filters = ({ c, filters, errors, names }: Pick<ListProps, 'c' | 'filters' | 'errors' | 'names'>) => {
  const { verdict = '', monitor = '', tag = '', location = '', from = '', to = '', q = '' } = filters;
  const places = [...new Set([...c.var.config.locations, ...(location === '' ? [] : [location])])];
  const rare = [monitor, tag, location, from, to].some((value) => value !== '');
  const isFiltered = rare || verdict !== '' || q !== '';
  return (
    <form method="get" action={INCIDENTS_PATH} class="incident-filters">
      {filters.state === undefined ? null : <input type="hidden" name="state" value={filters.state} />}
      <div class="filters">
        <div class="field search">
          <label for="q">Search</label>
          <input
            id="q"
            name="q"
            type="search"
            value={q}
            maxlength={200}
            data-search
            placeholder="Monitor, location or id"
          />
        </div>
        <Select
          name="verdict"
          label="Verdict"
          value={verdict}
          error={errors.verdict}
          options={[
            { value: '', label: 'Any' },
            ...VERDICTS.map((value) => ({ value, label: VERDICT_WORDS[value] })),
          ]}
        />
        <button type="submit">Filter</button>
        {isFiltered ? (
          <a href={incidentsHref({ ...(filters.state ? { state: filters.state } : {}) })}>Show all</a>
        ) : null}
      </div>
      <details class="more" open={rare || errors.from !== undefined || errors.to !== undefined}>
        <summary>More filters</summary>
        <div class="filters">
          <Field name="monitor" label="Monitor id" value={monitor} maxlength={200} />
          <Field name="tag" label="Tag of the monitor" value={tag} maxlength={200} />
          <Select
            name="location"
            label="Location"
            value={location}
            options={[
              { value: '', label: 'Any' },
              ...places.map((id) => ({ value: id, label: locationName(id, names) })),
            ]}
          />
          <Field name="from" label="Started from (UTC)" type="date" value={from} error={errors.from} />
          <Field name="to" label="Started to (UTC)" type="date" value={to} error={errors.to} />
        </div>
      </details>
    </form>
  );
};

const NoIncidents = ({ filters }: { filters: IncidentFilters }) => {
  const others = Object.keys(filters).filter((name) => name !== 'state' && name !== 'page');
  if (others.length > 0 || filters.page !== undefined)
    return (
      <Empty title="No incident matches">
        <p>
          <a href={INCIDENTS_PATH}>Show all incidents</a>
        </p>
      </Empty>
    );
  if (filters.state === 'open' || filters.state === 'acknowledged')
    return (
      <Empty title={filters.state === 'open' ? 'No incident is open' : 'No incident is acknowledged'}>
        <p>
          <a href={incidentsHref({}, { state: 'resolved' })}>See what was resolved</a>
        </p>
      </Empty>
    );
  return (
    <Empty title="No incident yet">
      <p>
        An incident opens when enough locations see a monitor fail several times in a row. To rehearse what
        happens then, open a monitor and start a drill.
      </p>
      <p>
        <a href="/dashboard/monitors">Go to the monitors</a>
      </p>
    </Empty>
  );
};

const Table = ({
  c,
  rows,
  filters,
  names,
}: Pick<ListProps, 'c' | 'filters' | 'names'> & { rows: readonly ListedIncident[] }) => (
  <section class="card scroll" tabindex={0} aria-label="Incidents, newest first">
    <table class="grid stacks">
      <thead>
        <tr>
          <th scope="col">Incident</th>
          <th scope="col">State</th>
          <th scope="col">Where</th>
          <th scope="col">Since</th>
          <th scope="col" class="number">
            Duration
          </th>
          <th scope="col">Readers</th>
          <th scope="col">
            <span class="hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row c={c} row={row} filters={filters} names={names} />
        ))}
      </tbody>
    </table>
  </section>
);

const Row = ({
  c,
  row,
  filters,
  names,
}: Pick<ListProps, 'c' | 'filters' | 'names'> & { row: ListedIncident }) => {
  const path = incidentPath(row.id);
  const name = row.location === null ? row.monitorName : locationName(row.location, names);
  return (
    <tr data-row>
      <th scope="row">
        <a href={path}>
          <bdi>
            <Breakable text={name} />
          </bdi>
        </a>
        <br />
        <small>{VERDICT_WORDS[row.verdict]}</small>
      </th>
      <td>
        <StateBadge state={row.state} />
        {row.acknowledgedBy === null ? null : (
          <>
            <br />
            <small>
              by <bdi>{row.acknowledgedBy}</bdi>
            </small>
          </>
        )}
        {row.state === 'open' && row.snoozedUntil !== null && row.snoozedUntil > c.var.now ? (
          <>
            <br />
            <small>
              snoozed until <Timestamp at={row.snoozedUntil} />
            </small>
          </>
        ) : null}
      </td>
      <td>{scopeText(row, names)}</td>
      <td data-label="Since">
        <Timestamp at={row.startedAt} />
      </td>
      <td class="number" data-label="Duration">
        {row.resolvedAt === null ? (
          <RelativeTime since={row.startedAt} now={c.var.now} />
        ) : (
          lastingText(row, c.var.now)
        )}
      </td>
      <td data-label="Readers">
        <ForReaders words={row.told} />
      </td>
      <td class="row-actions">
        {row.state === 'open' && mayUse(c, 'POST /dashboard/incidents/:id/acknowledge') ? (
          <Action
            c={c}
            action={`${path}/acknowledge`}
            label="Acknowledge"
            describe={`Acknowledge the incident of ${name}`}
            fields={{ back: incidentsHref(filters, filters.page ? { page: filters.page } : {}) }}
          />
        ) : null}
      </td>
    </tr>
  );
};

/** What people wrote for readers of status pages. */
const ForReaders = ({ words }: { words: ListedIncident['told'] }) =>
  words === null ? (
    <span class="small">No update</span>
  ) : (
    <span>{words.isPublished ? STATUS_WORDS[words.status] : 'Draft'}</span>
  );

const Pages = ({
  filters,
  page,
  hasMore,
  count,
}: {
  filters: IncidentFilters;
  page: number;
  hasMore: boolean;
  count: number;
}) =>
  page === 1 && !hasMore ? null : (
    <nav class="pager" aria-label="Pages of the list">
      {page > 1 ? (
        <a class="button quiet" href={incidentsHref(filters, { page: String(page - 1) })} rel="prev">
          Newer
        </a>
      ) : null}
      <span>
        Page {page.toLocaleString('en')}, {count} {count === 1 ? 'incident' : 'incidents'}
      </span>
      {hasMore ? (
        <a class="button quiet" href={incidentsHref(filters, { page: String(page + 1) })} rel="next">
          Older
        </a>
      ) : null}
    </nav>
  );
