// Owns the filters of the list of monitors as they are in the address: reading them, with the mistake of each, and links to
// the same list with another filter. Does not read monitors.
import type { Restriction } from '../../../access/restriction.ts';
import { MONITOR_TYPES } from '../../../heartbeats/check.ts';
import { LIST_STATES, type ListState, type MonitorListQuery } from '../../../store/monitor-list.ts';
import { tagSelectorSchema } from '../../api/tags.ts';
import type { FormErrors } from '../form.tsx';

export const LIST_PATH = '/dashboard/monitors';
export const PAGE_SIZE = 50;

const SORTS = ['state', 'name', 'since', 'group', 'type'] as const;
export type Sort = (typeof SORTS)[number];

/** What the address says. Texts that are not valid are kept, so that the page can show them. */
export interface ListFilters {
  readonly states: readonly string[];
  readonly tags: readonly string[];
  readonly group: string;
  readonly type: string;
  readonly location: string;
  readonly channel: string;
  readonly q: string;
  readonly sort: string;
  readonly descending: boolean;
  readonly page: string;
}

const MAX_TEXT = 200;
const MAX_TAGS = 10;

export function readFilters(params: URLSearchParams): ListFilters {
  const text = (name: string): string => (params.get(name) ?? '').trim();
  const texts = (name: string): string[] => [
    ...new Set(
      params
        .getAll(name)
        .map((value) => value.trim())
        .filter((value) => value !== ''),
    ),
  ];
  const sort = text('sort');
  return {
    states: texts('state').flatMap((value) => value.split(',')),
    ...{ tags: texts('tag'), group: text('group'), type: text('type'), location: text('location') },
    ...{ channel: text('channel'), q: text('q'), page: text('page') || '1' },
    ...{ sort: sort.replace(/^-/, '') || 'state', descending: sort.startsWith('-') },
  };
}

/** Ids that a filter may have, beside texts. */
interface Known {
  readonly locations: readonly string[];
  readonly channels: readonly { readonly id: string }[];
}

/** What is wrong with each filter, by its name in the address. */
export function filterErrors(filters: ListFilters, { locations, channels }: Known): FormErrors {
  const { states, tags, type, location, channel, q, group, sort, page } = filters;
  const oneOf = (words: readonly string[]): string => `Must be one of ${words.join(', ')}.`;
  const unknownState = states.find((state) => !(LIST_STATES as readonly string[]).includes(state));
  const wrongTag = tags
    .map((tag) => tagSelectorSchema.safeParse(tag).error?.issues[0]?.message)
    .find(Boolean);
  const errors: Record<string, string | undefined> = {
    state: unknownState === undefined ? undefined : oneOf(LIST_STATES),
    tag: tags.length > MAX_TAGS ? `Must have at most ${MAX_TAGS} tags.` : wrongTag,
    type: type === '' || MONITOR_TYPES.includes(type) ? undefined : oneOf(MONITOR_TYPES),
    location: location === '' || locations.includes(location) ? undefined : oneOf(locations),
    channel:
      channel === '' || channels.some(({ id }) => id === channel)
        ? undefined
        : 'No channel has this id. Choose one from the list.',
    q: q.length > MAX_TEXT ? `Must have at most ${MAX_TEXT} characters.` : undefined,
    group: group.length > MAX_TEXT ? `Must have at most ${MAX_TEXT} characters.` : undefined,
    sort: (SORTS as readonly string[]).includes(sort) ? undefined : oneOf(SORTS),
    page: /^[1-9]\d{0,5}$/.test(page) ? undefined : 'Must be the number of a page, from 1.',
  };
  return Object.fromEntries(Object.entries(errors).filter(([, message]) => message !== undefined));
}

/** Only of filters without errors. */
export const toQuery = (filters: ListFilters, restriction: Restriction): MonitorListQuery => ({
  ...(filters.states.length === 0 ? {} : { states: filters.states as ListState[] }),
  ...(filters.tags.length === 0 ? {} : { tags: filters.tags }),
  ...(filters.group === '' ? {} : { group: filters.group }),
  ...(filters.type === '' ? {} : { types: [filters.type] }),
  ...(filters.location === '' ? {} : { failingAt: filters.location }),
  ...(filters.q === '' ? {} : { q: filters.q }),
  ...(filters.channel === '' ? {} : { channel: filters.channel }),
  ...{ sort: filters.sort as Sort, descending: filters.descending },
  ...{ page: Number(filters.page), pageSize: PAGE_SIZE, restriction },
});

/** The parameters of these filters, in one order, without defaults. */
export function paramsOf(filters: ListFilters): URLSearchParams {
  const { states, tags, group, type, location, channel, q, sort, descending, page } = filters;
  const sorted = sort === 'state' && !descending ? '' : `${descending ? '-' : ''}${sort}`;
  const pairs: [string, string][] = [
    ['state', states.join(',')],
    ...tags.map((tag): [string, string] => ['tag', tag]),
    ...([
      ['group', group],
      ['type', type],
      ['location', location],
      ['channel', channel],
      ['q', q],
      ['sort', sorted],
      ['page', page === '1' ? '' : page],
    ] as [string, string][]),
  ];
  return new URLSearchParams(pairs.filter(([, value]) => value !== ''));
}

/** The list with other filters. A page other than the first is lost, unless it is the change. */
export const listHref = (filters: ListFilters, change: Partial<ListFilters> = {}): string => {
  const query = paramsOf({ ...filters, page: '1', ...change }).toString();
  return query === '' ? LIST_PATH : `${LIST_PATH}?${query}`;
};

/** Whether it is the list of all monitors, in whichever order. */
export const isUnfiltered = ({ states, tags, group, type, location, channel, q }: ListFilters): boolean =>
  states.length + tags.length === 0 && [group, type, location, channel, q].every((text) => text === '');
