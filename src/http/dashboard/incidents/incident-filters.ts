// Owns the filters of the list of incidents as the address has them. Pure.
import { INCIDENT_STATES, type IncidentListQuery } from '../../../store/incident-list.ts';
import type { FormErrors } from '../form.tsx';

export const INCIDENTS_PATH = '/dashboard/incidents';

export const incidentPath = (id: string): string => `${INCIDENTS_PATH}/${encodeURIComponent(id)}`;

export const VERDICTS = ['down', 'partial', 'quarantined', 'lost'] as const;
const FIELDS = ['state', 'verdict', 'monitor', 'tag', 'location', 'from', 'to', 'q', 'page'] as const;

export type IncidentFilters = Readonly<Partial<Record<(typeof FIELDS)[number], string>>>;

const DAY_MS = 86_400_000;
const MAX_LENGTH = 200;
const PAGE_SIZE = 50;
const MAX_PAGE = 10_000;

/** Empty fields filter nothing. */
export const filtersOf = (query: (name: string) => string | undefined): IncidentFilters =>
  Object.fromEntries(
    FIELDS.flatMap((name) => {
      const value = query(name)?.trim().slice(0, MAX_LENGTH);
      return value ? [[name, value]] : [];
    }),
  );

/** The address of the list with these filters. A change of a filter begins at the first page. */
export function incidentsHref(filters: IncidentFilters, changes: IncidentFilters = {}): string {
  const { page: _page, ...kept } = filters;
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...kept, ...changes })) if (value) query.set(name, value);
  return query.size === 0 ? INCIDENTS_PATH : `${INCIDENTS_PATH}?${query}`;
}

const isOneOf = <T extends string>(words: readonly T[], text: string | undefined): text is T | undefined =>
  text === undefined || (words as readonly string[]).includes(text);

export function readFilters(filters: IncidentFilters): {
  readonly query: Omit<IncidentListQuery, 'restriction'>;
  readonly errors: FormErrors;
} {
  const { state, verdict, monitor, tag, location, q, page } = filters;
  const since = dayOf(filters.from);
  const until = dayOf(filters.to);
  const message = 'Must be a day such as 2026-11-24.';
  const number = /^\d{1,5}$/.test(page ?? '') ? Math.min(Math.max(Number(page), 1), MAX_PAGE) : 1;
  return {
    query: {
      state: isOneOf(INCIDENT_STATES, state) ? state : undefined,
      verdict: isOneOf(VERDICTS, verdict) ? verdict : undefined,
      ...{ monitor, tag, location, q, page: number, pageSize: PAGE_SIZE },
      since: Number.isNaN(since) ? undefined : since,
      until: until === undefined || Number.isNaN(until) ? undefined : until + DAY_MS,
    },
    errors: {
      ...(isOneOf(INCIDENT_STATES, state) ? {} : { state: 'Choose a state of the list.' }),
      ...(isOneOf(VERDICTS, verdict) ? {} : { verdict: 'Choose a verdict of the list.' }),
      ...(Number.isNaN(since) ? { from: message } : {}),
      ...(Number.isNaN(until) ? { to: message } : {}),
    },
  };
}

/** The start of a day, UTC. NaN if it is none. */
function dayOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return Number.NaN;
  const at = Date.parse(`${text}T00:00:00Z`);
  // 30 February is the 2nd of March for some parsers.
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text) ? at : Number.NaN;
}
