// Owns the filters of the list of monitors: the form, each mistake at its input, and the states with their numbers.
// Does not read the address.

import { MONITOR_TYPES } from '../../../heartbeats/check.ts';
import { type LocationNames, locationName } from '../../../status-pages/location-names.ts';
import { LIST_STATES, type MonitorList } from '../../../store/monitor-list.ts';
import type { FormErrors } from '../form.tsx';
import { STATE_WORDS } from '../parts/state-badge.tsx';
import { typeText } from '../parts/type-text.ts';
import { LIST_PATH, type ListFilters, listHref } from './list-query.ts';

interface FiltersProps {
  readonly filters: ListFilters;
  readonly errors: FormErrors;
  readonly list: Pick<MonitorList, 'groups' | 'tagNames'>;
  readonly names: LocationNames;
  readonly channels: readonly { readonly id: string; readonly name: string }[];
  readonly locations: readonly string[];
}

export const StateFilter = ({
  filters,
  counts,
  all,
}: {
  filters: ListFilters;
  counts: MonitorList['counts'];
  all: number;
}) => {
  const shown = LIST_STATES.filter((state) => counts[state] > 0 || filters.states.includes(state));
  const links = [
    {
      href: listHref(filters, { states: [] }),
      label: 'All',
      count: all,
      isCurrent: filters.states.length === 0,
    },
    ...shown.map((state) => ({
      href: listHref(filters, { states: [state] }),
      label: STATE_WORDS[state].label,
      count: counts[state],
      isCurrent: filters.states.includes(state),
    })),
  ];
  return (
    <nav class="state-filter" aria-label="State">
      <ul>
        {links.map(({ href, label, count, isCurrent }) => (
          <li>
            <a href={href} {...(isCurrent ? { 'aria-current': 'true' } : {})}>
              {label}
              <span class="count">{count.toLocaleString('en')}</span>
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
};

export const Filters = ({ filters, errors, list, channels, locations, names }: FiltersProps) => {
  const hasMore =
    [filters.group, filters.type, filters.location, filters.channel].some((text) => text !== '') ||
    filters.tags.length > 0;
  return (
    <search>
      <form class="filters monitor-filters" action={LIST_PATH}>
        {filters.states.length === 0 ? null : (
          <input type="hidden" name="state" value={filters.states.join(',')} />
        )}
        {filters.sort === 'state' && !filters.descending ? null : (
          <input type="hidden" name="sort" value={`${filters.descending ? '-' : ''}${filters.sort}`} />
        )}
        <Control name="q" label="Search" class="search" error={errors.q}>
          <input
            id="f-q"
            name="q"
            type="search"
            value={filters.q}
            placeholder="Name, id or address"
            data-search
            {...described('q', errors)}
          />
        </Control>
        <Control name="tag" label="Tag" error={errors.tag}>
          <input
            id="f-tag"
            name="tag"
            value={filters.tags.at(-1) ?? ''}
            placeholder="team:shop"
            list="tag-names"
            autocomplete="off"
            {...described('tag', errors)}
          />
          <datalist id="tag-names">
            {list.tagNames.slice(0, MAX_OPTIONS).map((name) => (
              <option value={name} />
            ))}
          </datalist>
        </Control>
        {filters.tags.slice(0, -1).map((tag) => (
          <input type="hidden" name="tag" value={tag} />
        ))}
        <Choice
          name="group"
          label="Group"
          value={filters.group}
          error={errors.group}
          options={withValue(list.groups.slice(0, MAX_OPTIONS), filters.group).map((group) => [group, group])}
        />
        <Choice
          name="type"
          label="Check"
          value={filters.type}
          error={errors.type}
          options={withValue(MONITOR_TYPES, filters.type).map((type) => [type, typeText(type)])}
        />
        <Choice
          name="location"
          label="Failing at"
          value={filters.location}
          error={errors.location}
          options={withValue(locations, filters.location).map((id) => [id, locationName(id, names)])}
        />
        {channels.length === 0 && filters.channel === '' ? null : (
          <Choice
            name="channel"
            label="Channel"
            value={filters.channel}
            error={errors.channel}
            options={[
              ...channels.map(({ id, name }): [string, string] => [id, name]),
              ...(filters.channel === '' || channels.some(({ id }) => id === filters.channel)
                ? []
                : [[filters.channel, filters.channel] as [string, string]]),
            ]}
          />
        )}
        <button type="submit">Filter</button>
        {hasMore || filters.q !== '' ? (
          <a
            class="button quiet"
            href={listHref({ ...filters, tags: [], group: '', type: '', location: '', channel: '', q: '' })}
          >
            Clear
          </a>
        ) : null}
      </form>
      {errors.state === undefined && errors.sort === undefined && errors.page === undefined ? null : (
        <ul class="error">
          {(['state', 'sort', 'page'] as const).map((name) =>
            errors[name] === undefined ? null : (
              <li>
                {WORDS[name]}: {errors[name]}
              </li>
            ),
          )}
        </ul>
      )}
    </search>
  );
};

const WORDS = { state: 'State', sort: 'Order', page: 'Page' } as const;
const MAX_OPTIONS = 200;

const withValue = (values: readonly string[], value: string): string[] =>
  value === '' || values.includes(value) ? [...values] : [...values, value];

const described = (name: string, errors: FormErrors): Readonly<Record<string, string>> =>
  errors[name] === undefined ? {} : { 'aria-invalid': 'true', 'aria-describedby': `f-${name}-error` };

interface ControlProps {
  readonly name: string;
  readonly label: string;
  readonly class?: string;
  readonly error: string | undefined;
  readonly children?: unknown;
}

const Control = ({ name, label, class: style = '', error, children }: ControlProps) => (
  <div class={`field ${style}`.trim()}>
    <label for={`f-${name}`}>{label}</label>
    {children as never}
    {error === undefined ? null : (
      <p class="error" id={`f-${name}-error`}>
        {error}
      </p>
    )}
  </div>
);

interface ChoiceProps {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly error: string | undefined;
  readonly options: readonly (readonly [value: string, label: string])[];
}

const Choice = ({ name, label, value, error, options }: ChoiceProps) => (
  <Control name={name} label={label} error={error}>
    <select id={`f-${name}`} name={name} {...described(name, { [name]: error })}>
      <option value="">Any</option>
      {options.map(([option, text]) => (
        <option value={option} selected={option === value}>
          {text}
        </option>
      ))}
    </select>
  </Control>
);
