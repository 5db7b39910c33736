// Owns the page of the list of monitors: the table, and what an empty list says. Does not read anything.
import type { Context } from 'hono';
import { isHeartbeat } from '../../../heartbeats/check.ts';
import type { SavedView } from '../../../services/saved-views/saved-views.ts';
import { type LocationNames, locationName } from '../../../status-pages/location-names.ts';
import type { ListedMonitor, MonitorList } from '../../../store/monitor-list.ts';
import type { Strip } from '../../../store/monitor-strips.ts';
import type { HttpEnv } from '../../context.ts';
import { Breakable } from '../../ui/breakable.tsx';
import { RelativeTime } from '../../ui/times.tsx';
import { mayUse } from '../dashboard-layout.tsx';
import type { FormErrors } from '../form.tsx';
import { Notice } from '../notice.tsx';
import { Empty, Pager } from '../parts/parts.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { typeText } from '../parts/type-text.ts';
import { BulkBar } from './bulk-bar.tsx';
import { Filters, StateFilter } from './list-filters.tsx';
import { isUnfiltered, LIST_PATH, type ListFilters, listHref, PAGE_SIZE, type Sort } from './list-query.ts';
import { HeartbeatStrip } from './strip.tsx';
import { ViewForm, ViewTabs } from './views.tsx';

export interface ListPageProps {
  readonly c: Context<HttpEnv>;
  readonly filters: ListFilters;
  readonly errors: FormErrors;
  readonly list: MonitorList;
  readonly strips: ReadonlyMap<number, Strip>;
  readonly stripFrom: number;
  readonly names: LocationNames;
  readonly channels: readonly { readonly id: string; readonly name: string }[];
  /** Ids of the locations of the mesh. */
  readonly locations: readonly string[];
  readonly stopped: boolean;
  /** Saved views that the person sees. */
  readonly views: readonly SavedView[];
}

export const ListContent = (props: ListPageProps) => {
  const { list, filters, errors, stopped } = props;
  const all = Object.values(list.counts).reduce((sum, count) => sum + count, 0);
  if (all === 0 && isUnfiltered(filters) && Object.keys(errors).length === 0)
    return <NoMonitors c={props.c} />;
  return (
    <>
      {stopped ? (
        <Notice tone="warn" title="Checks have stopped, so the present state of the monitors is not known." />
      ) : null}
      <ViewTabs {...props} />
      <Filters {...props} />
      {Object.keys(errors).length > 0 ? null : <ViewForm {...props} />}
      <div data-live="monitors">
        <StateFilter filters={filters} counts={list.counts} all={all} />
        {list.rows.length === 0 ? <NothingMatches {...props} /> : <Table {...props} />}
      </div>
    </>
  );
};

/** The first monitor needs an address and nothing else. */
const NoMonitors = ({ c }: { c: Context<HttpEnv> }) => (
  <Empty title="No monitor yet">
    {mayUse(c, 'POST /api/v1/monitors') ? (
      <>
        <p>Type the address of what to watch: a URL, or a host and a port. probemesh suggests the check.</p>
        <form action={`${LIST_PATH}/_new`} class="first-monitor">
          <label for="target" class="hidden">
            Address
          </label>
          <input
            id="target"
            name="target"
            placeholder="https://shop.example.com or db.example.com:5432"
            required
            maxlength={2000}
            autocomplete="off"
            spellcheck={false}
          />
          <button type="submit" class="primary">
            Add a monitor
          </button>
        </form>
      </>
    ) : (
      <p>Monitors that your access includes are listed here. An editor adds them.</p>
    )}
  </Empty>
);

const NothingMatches = ({ filters, errors }: ListPageProps) => {
  if (Object.keys(errors).length > 0)
    return (
      <Empty title="Nothing is listed, because a filter is not valid">
        <p>Correct the filter above, or list all monitors.</p>
        <a class="button" href={LIST_PATH}>
          List all monitors
        </a>
      </Empty>
    );
  return (
    <Empty title="No monitor matches these filters">
      <p>
        {filters.page === '1'
          ? 'Remove a filter, or list all monitors.'
          : 'The list has fewer pages than that.'}
      </p>
      {filters.page === '1' ? null : (
        <a class="button" href={listHref(filters)}>
          Go to the first page
        </a>
      )}{' '}
      <a class="button" href={LIST_PATH}>
        List all monitors
      </a>
    </Empty>
  );
};

const Table = (props: ListPageProps) => {
  const { c, list, filters } = props;
  const mayBulk = mayUse(c, 'POST /dashboard/monitors/_bulk');
  const mayClone = mayUse(c, 'POST /api/v1/monitors');
  const table = (
    <section class="scroll card" tabindex={0} aria-label="List of monitors">
      <table class="grid stacks monitors">
        <thead>
          <tr>
            {mayBulk ? (
              <th scope="col" class="tick">
                <span class="hidden">Choose</span>
              </th>
            ) : null}
            <Sortable filters={filters} sort="state" label="State" />
            <Sortable filters={filters} sort="name" label="Monitor" />
            <Sortable filters={filters} sort="type" label="Check" />
            <Sortable filters={filters} sort="group" label="Group and tags" />
            <Sortable filters={filters} sort="since" label="Since" />
            <th scope="col">Last 3 h by location</th>
            {mayClone ? (
              <th scope="col">
                <span class="hidden">Actions</span>
              </th>
            ) : null}
          </tr>
        </thead>
        <tbody>
          {list.rows.map((row) => (
            <Row {...props} row={row} mayBulk={mayBulk} mayClone={mayClone} />
          ))}
        </tbody>
      </table>
    </section>
  );
  return (
    <>
      {mayBulk ? (
        <form action={`${LIST_PATH}/_bulk`} data-bulk>
          {table}
          <BulkBar filters={filters} total={list.total} />
        </form>
      ) : (
        table
      )}
      <Pager
        page={Number(filters.page)}
        pageSize={PAGE_SIZE}
        total={list.total}
        hrefOf={(page) => listHref(filters, { page: String(page) })}
      />
    </>
  );
};

const Sortable = ({ filters, sort, label }: { filters: ListFilters; sort: Sort; label: string }) => {
  const isSorted = filters.sort === sort;
  const next = { sort, descending: isSorted && !filters.descending };
  return (
    <th scope="col" {...(isSorted ? { 'aria-sort': filters.descending ? 'descending' : 'ascending' } : {})}>
      <a href={listHref(filters, next)}>
        {label}
        {isSorted ? <span aria-hidden="true">{filters.descending ? ' ↓' : ' ↑'}</span> : null}
      </a>
    </th>
  );
};

interface RowProps extends ListPageProps {
  readonly row: ListedMonitor;
  readonly mayBulk: boolean;
  readonly mayClone: boolean;
}

const Row = ({ c, row, filters, strips, stripFrom, names, mayBulk, mayClone }: RowProps) => {
  const strip = strips.get(row.number);
  const path = `${LIST_PATH}/${encodeURIComponent(row.id)}`;
  return (
    <tr data-row>
      {mayBulk ? (
        <td class="tick">
          <input type="checkbox" name="monitor" value={row.id} aria-label={`Choose ${row.name}`} />
        </td>
      ) : null}
      <td>
        <StateBadge state={row.state} />
        <Where row={row} names={names} />
      </td>
      <th scope="row">
        <a href={path}>
          <bdi>{row.name}</bdi>
        </a>
        <small class="target">
          <bdi>
            <Breakable text={row.target} />
          </bdi>
        </small>
      </th>
      <td>{typeText(row.type)}</td>
      <td class="labels">
        {row.group === null ? null : (
          <a class="pill group-pill" href={listHref(filters, { group: row.group })}>
            <bdi>{row.group}</bdi>
          </a>
        )}
        {Object.entries(row.tags).map(([name, value]) => {
          const tag = value === '' ? name : `${name}:${value}`;
          return (
            <a class="pill" href={listHref(filters, { tags: [...new Set([...filters.tags, tag])] })}>
              <bdi>{tag}</bdi>
            </a>
          );
        })}
      </td>
      <td class="number" data-label="Since">
        <RelativeTime since={row.since} now={c.var.now} />
      </td>
      <td>{strip ? <HeartbeatStrip strip={strip} names={names} from={stripFrom} to={c.var.now} /> : null}</td>
      {mayClone ? (
        <td>
          <a
            class="small"
            href={`${LIST_PATH}/_new?clone=${encodeURIComponent(row.id)}`}
            aria-label={`Clone ${row.name}`}
          >
            Clone
          </a>
        </td>
      ) : null}
    </tr>
  );
};

const MAX_NAMED = 2;

/** `São Paulo, 2 of 6` */
const Where = ({ row, names }: { row: ListedMonitor; names: LocationNames }) => {
  const notes = [
    ...(row.state === 'partial' ? [whereText(row, names)] : []),
    ...(row.state === 'down' && !isHeartbeat(row)
      ? [`${row.failing} of ${row.passing + row.failing + row.abstaining} locations`]
      : []),
    ...(row.state === 'degraded' ? [row.warnings.join(', ').replaceAll('_', ' ')] : []),
    ...(row.maintenance && row.state !== 'maintenance' ? ['in maintenance'] : []),
    ...(row.flapping ? ['flapping'] : []),
  ];
  return notes.length === 0 ? null : <small class="where">{notes.join(' · ')}</small>;
};

function whereText({ failingAt, failing, passing, abstaining }: ListedMonitor, names: LocationNames): string {
  const named = failingAt.slice(0, MAX_NAMED).map((id) => locationName(id, names));
  const more = failingAt.length > MAX_NAMED ? ` and ${failingAt.length - MAX_NAMED} more` : '';
  const count = `${failing} of ${passing + failing + abstaining}`;
  return named.length === 0 ? `${count} locations` : `${named.join(' and ')}${more}, ${count}`;
}
