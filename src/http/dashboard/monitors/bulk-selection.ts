// Owns which monitors a change is for, as the address or a form says it: the ticked ones, or all that a filter matches.
import type { Context } from 'hono';
import { readMatchingIds } from '../../../store/monitor-list.ts';
import { MAX_CHANGES } from '../../api/monitors/bulk-schema.ts';
import type { HttpEnv } from '../../context.ts';
import type { PostedValues } from '../schema-form/form-input.ts';
import { filterErrors, type ListFilters, readFilters, toQuery } from './list-query.ts';

export const FILTER_PREFIX = 'f.';

export interface Selection {
  /** All that the filters match. Otherwise the ticked ones. */
  readonly isAll: boolean;
  readonly ticked: readonly string[];
  /** Of the list that the person comes from, and goes back to. */
  readonly filters: ListFilters;
}

export function readSelection(params: URLSearchParams): Selection {
  const filters = [...params].flatMap(([name, value]): [string, string][] =>
    name.startsWith(FILTER_PREFIX) ? [[name.slice(FILTER_PREFIX.length), value]] : [],
  );
  return {
    isAll: params.get('scope') === 'all',
    ticked: [...new Set(params.getAll('monitor'))].filter((id) => /^[a-z0-9][a-z0-9-]{0,62}$/.test(id)),
    filters: readFilters(new URLSearchParams(filters)),
  };
}

/** A posted form as the parameters of an address. */
export const toParams = (posted: PostedValues): URLSearchParams =>
  new URLSearchParams(
    Object.entries(posted).flatMap(([name, values]) =>
      (values ?? []).map((value): [string, string] => [name, value]),
    ),
  );

interface Known {
  readonly channels: readonly { readonly id: string }[];
  /** Ticks have stopped, so states are not known. */
  readonly stopped: boolean;
}

/** The ids, or why there are none. */
export async function findSelected(
  c: Context<HttpEnv>,
  { isAll, ticked, filters }: Selection,
  { channels, stopped }: Known,
): Promise<{ readonly ids: readonly string[] } | { readonly problem: string }> {
  const { config, caller, now } = c.var;
  if (!isAll && ticked.length === 0)
    return { problem: 'No monitor is ticked. Tick some in the list, or choose all of the list.' };
  const errors = filterErrors(filters, { locations: config.locations, channels });
  if (isAll && Object.keys(errors).length > 0) return { problem: 'A filter of the list is not valid.' };
  if (isAll && stopped && filters.states.length > 0)
    return {
      problem: 'Checks have stopped, so the states of monitors are not known. Filter by something else.',
    };
  const ids = isAll
    ? await readMatchingIds(config.db, toQuery(filters, caller.restriction), now, MAX_CHANGES + 1)
    : ticked;
  if (ids.length > MAX_CHANGES)
    return {
      problem: `At most ${MAX_CHANGES.toLocaleString('en')} monitors can be changed at once. Filter the list further.`,
    };
  return ids.length === 0 ? { problem: 'No monitor matches the filters any more.' } : { ids };
}
