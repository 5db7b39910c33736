// Owns the list of public incidents, drafts included. Does not read it.
import { worstImpact } from '../../../status-pages/page-state.ts';
import type { PublicIncident } from '../../../store/public-incidents.ts';
import { Breakable } from '../../ui/breakable.tsx';
import { Timestamp } from '../../ui/times.tsx';
import { Empty, ListTable, Tabs } from '../parts/parts.tsx';
import { PUBLIC_INCIDENTS, pathOf } from './section-tabs.tsx';
import { ImpactWords, StatusWords } from './status-words.tsx';

interface IncidentListProps {
  readonly rows: readonly PublicIncident[];
  readonly filter: {
    readonly state: string | undefined;
    readonly open: boolean | undefined;
    readonly isPaged: boolean;
  };
  /** Position of the next part. Null: this is the last. */
  readonly next: string | null;
  /** The first step, while there is none. False: the viewer may not write one. */
  readonly create: { readonly href: string; readonly label: string } | false;
}

const FILTERS = [
  { path: PUBLIC_INCIDENTS, label: 'All' },
  { path: `${PUBLIC_INCIDENTS}?state=draft`, label: 'Drafts' },
  { path: `${PUBLIC_INCIDENTS}?open=true&state=published`, label: 'Open' },
];

export const IncidentList = ({ rows, filter: { state, open, isPaged }, next, create }: IncidentListProps) => {
  const query = new URLSearchParams({ ...(open ? { open: 'true' } : {}), ...(state ? { state } : {}) });
  const current = query.size === 0 ? PUBLIC_INCIDENTS : `${PUBLIC_INCIDENTS}?${query}`;
  return (
    <>
      <Tabs tabs={FILTERS} current={current} label="Which public incidents" />
      {rows.length === 0 ? (
        <Empty
          title={isPaged || query.size > 0 ? 'No public incident matches' : 'No public incident yet'}
          next={isPaged || query.size > 0 ? false : create}
        >
          <p>
            When something is wrong, write one: readers learn what you know, and subscribers get it if you
            choose so.
          </p>
        </Empty>
      ) : (
        <ListTable
          label="Public incidents"
          heads={['Incident', 'Status', 'Impact', 'Began', { number: 'Updates' }]}
        >
          {rows.map((row) => (
            <Row row={row} />
          ))}
        </ListTable>
      )}
      {next === null ? null : (
        <nav class="pager" aria-label="Pages of the list">
          <a
            class="button quiet"
            rel="next"
            href={`${PUBLIC_INCIDENTS}?${new URLSearchParams([...query, ['after', next]])}`}
          >
            Older
          </a>
        </nav>
      )}
    </>
  );
};

const Row = ({ row }: { row: PublicIncident }) => (
  <tr data-row>
    <th scope="row">
      <a href={pathOf(PUBLIC_INCIDENTS, row.id)}>
        <bdi>
          <Breakable text={row.title} />
        </bdi>
      </a>{' '}
      {row.state === 'draft' ? <span class="pill">Draft</span> : null}
    </th>
    <td>
      <StatusWords status={row.status} />
    </td>
    <td data-label="Impact">
      {row.components.length === 0 ? (
        'No component'
      ) : (
        <ImpactWords impact={worstImpact(row.components.map(({ impact }) => impact))} />
      )}
    </td>
    <td data-label="Began">
      <Timestamp at={row.startedAt} />
    </td>
    <td class="number" data-label="Updates">
      {row.updates.length}
    </td>
  </tr>
);
