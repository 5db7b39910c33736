// Owns the list of status pages. Does not read it.

import type { Context } from 'hono';
import type { PageProblem } from '../../../status-pages/model.ts';
import type { StatusPageRow } from '../../../store/status-pages.ts';
import type { HttpEnv } from '../../context.ts';
import { Breakable } from '../../ui/breakable.tsx';
import { mayUse } from '../dashboard-layout.tsx';
import { ListTable } from '../parts/parts.tsx';
import { pathOf, STATUS_PAGES, SUBSCRIBERS } from './section-tabs.tsx';

export interface ListedPage {
  readonly row: StatusPageRow;
  readonly url: string;
  readonly problems: readonly PageProblem[];
  readonly subscribers: number;
}

const ACCESS = {
  public: 'Everyone',
  password: 'With a password',
  email: 'Mail addresses of a domain',
  sign_in: 'People who signed in',
} as const;

const LEAD = { probes: 'Probes', people: 'People', draft: 'Draft', delayed: 'Delayed' } as const;

export const PageList = ({ c, pages }: { c: Context<HttpEnv>; pages: readonly ListedPage[] }) => (
  <ListTable label="Status pages" heads={['Page', 'Address', 'Readers', 'Outages', 'Shows', 'Subscribers']}>
    {pages.map((page) => (
      <Row c={c} page={page} />
    ))}
  </ListTable>
);

const Row = ({ c, page: { row, url, problems, subscribers } }: { c: Context<HttpEnv>; page: ListedPage }) => {
  const { access, config } = row;
  return (
    <tr data-row>
      <th scope="row">
        <a href={pathOf(STATUS_PAGES, row.id)}>
          <bdi>{row.title}</bdi>
        </a>
        {problems.map(({ message }) => (
          <p class="error small">{message}</p>
        ))}
      </th>
      <td>
        <a href={url}>
          <Breakable text={url.replace(/^https?:\/\//, '')} />
        </a>
      </td>
      <td data-label="Readers">{ACCESS[access.type] ?? access.type}</td>
      <td data-label="Outages">
        {LEAD[config.lead]}
        {config.lead === 'delayed' ? `, after ${config.publishAfterMinutes} min` : ''}
      </td>
      <td data-label="Shows">{shownText(config.components)}</td>
      <td>
        {config.subscriptions ? (
          mayUse(c, `GET ${SUBSCRIBERS}`) ? (
            <a href={`${SUBSCRIBERS}?page=${encodeURIComponent(row.id)}`}>{countText(subscribers)}</a>
          ) : (
            countText(subscribers)
          )
        ) : (
          'Off'
        )}
      </td>
    </tr>
  );
};

const countText = (count: number): string =>
  count === 1 ? '1 subscriber' : `${count.toLocaleString('en')} subscribers`;

const plural = (count: number, one: string): string => (count === 1 ? `1 ${one}` : `${count} ${one}s`);

function shownText({
  monitors,
  groups,
  tags,
  static: statics,
}: StatusPageRow['config']['components']): string {
  const parts = [
    ...(monitors === 'all'
      ? ['all monitors']
      : monitors.length > 0
        ? [plural(monitors.length, 'monitor')]
        : []),
    ...(groups.length > 0 ? [plural(groups.length, 'group')] : []),
    ...(tags.length > 0 ? [`monitors of ${plural(tags.length, 'tag')}`] : []),
    ...(statics.length > 0 ? [`${statics.length} without a probe`] : []),
  ];
  const text = parts.join(', ') || 'nothing';
  return text[0]!.toUpperCase() + text.slice(1);
}
