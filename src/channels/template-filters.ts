// Owns the filters of templates. They replace those of the library: each is bounded, and none reads a clock. Pure.
import type { Context, FilterImplOptions } from 'liquidjs';
import type { TemplateFormat } from './channel.ts';
import { shortened } from './plain-text.ts';
import { jsonOf } from './template-escape.ts';
import { countWork } from './template-work.ts';
import { duration, timeText } from './time-text.ts';

/** Characters that a filter may return, so that no text doubles itself many times. */
const MAX_FILTERED = 10_000;

type Filter = (value: unknown, ...args: readonly unknown[]) => unknown;

const text = (value: unknown): string =>
  value === null || value === undefined
    ? ''
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);

const isEmpty = (value: unknown): boolean =>
  [undefined, null, false, ''].includes(value as null) || (Array.isArray(value) && value.length === 0);

/** `2026-11-24T09:30:12.000Z` as `24 Nov 2026, 09:30:12 UTC`. What is not a time stays. */
function date(value: unknown): unknown {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? value : timeText(ms, true);
}

const lastOf = (value: unknown): unknown =>
  Array.isArray(value) ? value.at(-1) : typeof value === 'string' ? [...value].at(-1) : undefined;

const FILTERS: Readonly<Record<string, Filter>> = {
  default: (value, other) => (isEmpty(value) ? other : value),
  upcase: (value) => text(value).toUpperCase(),
  downcase: (value) => text(value).toLowerCase(),
  strip: (value) => text(value).trim(),
  append: (value, end) => text(value) + text(end),
  prepend: (value, start) => text(start) + text(value),
  truncate: (value, length) => shortened(text(value), Number.isInteger(length) ? (length as number) : 50),
  join: (value, separator) =>
    Array.isArray(value) ? value.map(text).join(separator === undefined ? ', ' : text(separator)) : value,
  first: (value) => (Array.isArray(value) ? value[0] : typeof value === 'string' ? [...value][0] : undefined),
  last: lastOf,
  size: (value) => (Array.isArray(value) || typeof value === 'string' ? value.length : 0),
  date,
  duration: (seconds) => (typeof seconds === 'number' ? duration(seconds * 1_000) : seconds),
  url_encode: (value) => encodeURIComponent(text(value).toWellFormed()),
};

type Handler = (this: { readonly context: Context }, value: unknown, ...args: readonly unknown[]) => unknown;

const limited = (filter: Filter): Handler =>
  function (value, ...args) {
    countWork(this.context, value, ...args);
    const result = filter(value, ...args);
    countWork(this.context, result);
    if (typeof result === 'string' && result.length > MAX_FILTERED)
      throw new Error(`A filter returns more than ${MAX_FILTERED} characters. Shorten its text`);
    return result;
  };

/** In a JSON body, `json` writes the value with its quotes. Elsewhere its text is escaped like any other. */
export function filtersOf(format: TemplateFormat): Record<string, FilterImplOptions> {
  const filters = Object.entries(FILTERS).map(([name, filter]) => [name, limited(filter)] as const);
  return {
    ...Object.fromEntries(filters),
    json: format === 'json' ? { raw: true, handler: limited(jsonOf) } : limited(jsonOf),
  };
}

export const FILTER_NAMES: readonly string[] = [...Object.keys(FILTERS), 'json'];
