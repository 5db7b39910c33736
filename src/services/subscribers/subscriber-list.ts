// Reads the rows of an imported list of subscribers. All rows are right, or none is imported. Pure.
import { err, ok, type Result } from '../../result.ts';
import { LANGUAGE_TAGS } from '../../status-pages/languages/index.ts';
import type { StatusPage, SubscriptionScope } from '../../status-pages/model.ts';
import type { NamedComponents } from '../../status-pages/page-components.ts';
import { SUBSCRIBER_KINDS, type SubscriberKind } from '../../store/subscribers.ts';
import { readAddress } from './address.ts';
import { csvRecords } from './csv-records.ts';
import { MAX_COMPONENTS, type NewSubscriber } from './subscriptions.ts';

export interface RowError {
  /** Line of the file, from 1. */
  readonly line: number;
  readonly column: string;
  readonly message: string;
}

export interface SubscriberList {
  readonly subscribers: readonly NewSubscriber[];
  /** Rows whose `state` is not `active`. */
  readonly skipped: number;
}

/** More would take too long in one request. */
export const MAX_ROWS = 2_000;
const MAX_ERRORS = 20;
/** What an export writes besides. */
const IGNORED: ReadonlySet<string> = new Set(['id', 'page', 'createdAt', 'confirmedAt', 'disabledReason']);
const KNOWN: ReadonlySet<string> = new Set(['kind', 'address', 'scope', 'language', 'state']);

interface Target {
  readonly page: StatusPage;
  readonly shown: NamedComponents;
  readonly allowLoopback: boolean;
}

/** The columns `kind`, `address`, `scope`, `language` and `state`, in any order. Only `address` is needed. */
export function readSubscriberList(
  text: string,
  target: Target,
): Result<SubscriberList, readonly RowError[]> {
  const records = csvRecords(text);
  if (!records.ok) return err([{ line: records.error.line, column: '', message: records.error.message }]);
  const [header, ...rows] = records.value;
  const names = header?.cells.map((name) => name.trim()) ?? [];
  const headerError = errorOfHeader(names);
  if (headerError !== null) return err([{ line: 1, column: '', message: headerError }]);
  if (rows.length > MAX_ROWS)
    return err([
      {
        ...{ line: MAX_ROWS + 2, column: '' },
        message: `The list has ${rows.length} rows, but at most ${MAX_ROWS} are allowed. Split it.`,
      },
    ]);
  const subscribers = new Map<string, NewSubscriber>();
  const errors: RowError[] = [];
  let skipped = 0;
  for (const { line, cells } of rows) {
    if (cells.length > names.length)
      errors.push({ line, column: '', message: `Has ${cells.length} values for ${names.length} columns.` });
    const value = (name: string): string => withoutApostrophe(cells[names.indexOf(name)]?.trim() ?? '');
    const state = value('state');
    if (state !== '' && state !== 'active') skipped += 1;
    else {
      const read = readRow(value, target);
      if ('column' in read) errors.push({ line, ...read });
      else subscribers.set(`${read.kind} ${read.canonical}`, read);
    }
    if (errors.length >= MAX_ERRORS) break;
  }
  return errors.length > 0 ? err(errors) : ok({ subscribers: [...subscribers.values()], skipped });
}

function errorOfHeader(names: readonly string[]): string | null {
  if (!names.includes('address'))
    return 'The first line must name the columns: address, and if you want kind, scope, language and state.';
  const unknown = names.find((name) => !KNOWN.has(name) && !IGNORED.has(name));
  if (unknown !== undefined)
    return `Unknown column "${unknown}". Use address, kind, scope, language and state.`;
  return new Set(names).size === names.length ? null : 'A column is repeated. Remove one of the two.';
}

/** An export writes one before what a spreadsheet would take for a formula. */
const withoutApostrophe = (text: string): string => text.replace(/^'(?=[=+\-@])/, '');

function readRow(
  value: (name: string) => string,
  { page, shown, allowLoopback }: Target,
): NewSubscriber | Pick<RowError, 'column' | 'message'> {
  const kind = (value('kind') || 'email') as SubscriberKind;
  if (!SUBSCRIBER_KINDS.includes(kind))
    return { column: 'kind', message: `Unknown kind "${kind}". Use email, webhook or slack.` };
  const address = readAddress(kind, value('address'), { allowLoopback });
  if (!address.ok) return { column: 'address', message: address.error.message };
  const language = value('language') || (page.config.language === 'auto' ? 'en' : page.config.language);
  if (!LANGUAGE_TAGS.includes(language))
    return {
      column: 'language',
      message: `Unknown language "${language}". Use ${LANGUAGE_TAGS.join(' or ')}.`,
    };
  const scope = scopeOf(value('scope'));
  const missing = scope === 'page' ? undefined : scope.find((ref) => !shown.has(ref));
  if (missing !== undefined)
    return {
      column: 'scope',
      message: `The page "${page.id}" has no component "${missing}". Use page, or monitor:<id>, group:<name> and static:<id>, with ";" between them.`,
    };
  if (scope !== 'page' && scope.length > MAX_COMPONENTS)
    return {
      column: 'scope',
      message: `At most ${MAX_COMPONENTS} components are allowed. Use page for all.`,
    };
  return { pageId: page.id, kind, ...address.value, scope, language };
}

const scopeOf = (text: string): SubscriptionScope => {
  const refs = text.split(';').map((one) => one.trim());
  const named = [...new Set(refs.filter((ref) => ref !== ''))];
  return named.length === 0 || text === 'page' ? 'page' : named;
};
