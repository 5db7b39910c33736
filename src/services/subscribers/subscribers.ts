// Lists, adds, removes, imports and exports subscribers for people who run the pages. Every change is in the audit log, with the
// masked address. Does not send.
import type { Caller } from '../../access/caller.ts';
import { requestMailings } from '../../delivery/mailings/mailing-queue.ts';
import { mayRead } from '../../delivery/mailings/may-read.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import type { StatusPage } from '../../status-pages/model.ts';
import { type NamedComponents, namedComponents } from '../../status-pages/page-components.ts';
import { addressHash } from '../../status-pages/subscription-link.ts';
import { runAudited } from '../../store/audit.ts';
import { readPagesAndMonitors } from '../../store/page-rows.ts';
import { loadSubscriberKey } from '../../store/subscriber-key.ts';
import {
  findSubscriber,
  importSubscribers,
  listSubscribers,
  removeSubscriber,
  type SubscriberFilter,
  type SubscriberKind,
  type SubscriberRow,
  signUp,
} from '../../store/subscribers.ts';
import { maskedAddress, readAddress } from './address.ts';
import { type RowError, readSubscriberList } from './subscriber-list.ts';
import { accessSince, newRow, openAddress, type SignUp } from './subscriptions.ts';

export interface ShownSubscriber {
  readonly row: SubscriberRow;
  /** Null: it does not decrypt with the configured keys. */
  readonly address: string | null;
}

const show = async (config: Config, row: SubscriberRow): Promise<ShownSubscriber> => ({
  row,
  address: await openAddress(config, row).catch(() => null),
});

export interface ListQuery extends Omit<SubscriberFilter, 'addressHash'> {
  /** With `pageId` and `kind`. */
  readonly address?: string | undefined;
  readonly after: string | null;
  readonly limit: number;
}

/** By id. An address is found by its hash: it is not readable in the database. */
export async function listShownSubscribers(
  config: Config,
  { address, after, limit, ...filter }: ListQuery,
  now: number,
): Promise<readonly ShownSubscriber[]> {
  const hash = address === undefined ? undefined : await hashOf(config, filter, address, now);
  if (hash === null) return [];
  const rows = await listSubscribers(config.db, { ...filter, addressHash: hash }, { after, limit });
  return Promise.all(rows.map((row) => show(config, row)));
}

async function hashOf(
  config: Config,
  { pageId = '', kind = 'email' }: SubscriberFilter,
  address: string,
  now: number,
): Promise<string | null> {
  const read = readAddress(kind, address, config);
  if (!read.ok) return null;
  const key = await loadSubscriberKey(config.db, config, now);
  return addressHash(key, `${kind} ${pageId}`, read.value.canonical);
}

export interface NewSubscriberInput extends SignUp {
  readonly pageId: string;
  /** The address agreed already: nothing is asked. */
  readonly confirmed: boolean;
}

interface Target {
  readonly page: StatusPage;
  readonly shown: NamedComponents;
}

async function findTarget({ db }: Config, pageId: string): Promise<Target | null> {
  const { pages, monitors } = await readPagesAndMonitors(db);
  const page = pages.get(pageId);
  return page === undefined ? null : { page, shown: namedComponents(page, monitors) };
}

const unknownPage = (id: string): ValidationError => ({
  kind: 'not_found',
  path: ['page'],
  message: `Status page "${id}" does not exist. GET /api/v1/status-pages lists all pages.`,
});

const domainError = (path: readonly string[]): ValidationError => ({
  kind: 'invalid',
  path,
  message: 'The page is open to other domains only. Use an address of one of them.',
});

export async function addSubscriber(
  config: Config,
  { pageId, kind, address: text, scope, language, confirmed }: NewSubscriberInput,
  caller: Caller,
): Promise<Result<ShownSubscriber, ValidationError>> {
  const { db } = config;
  const { now } = caller;
  const target = await findTarget(config, pageId);
  if (target === null) return err(unknownPage(pageId));
  const read = readAddress(kind, text, config);
  if (!read.ok) return err({ kind: 'invalid', path: ['address'], message: read.error.message });
  if (!mayRead(target.page, kind, read.value.address)) return err(domainError(['address']));
  const missing = scope === 'page' ? -1 : scope.findIndex((ref) => !target.shown.has(ref));
  if (scope !== 'page' && missing >= 0) {
    const message = `The page "${pageId}" has no component "${scope[missing]}". Use monitor:<id>, group:<name> or static:<id>.`;
    return err({ kind: 'not_found', path: ['scope', missing], message });
  }
  const key = await loadSubscriberKey(db, config, now);
  const pending = await newRow(config, key, { pageId, kind, ...read.value, scope, language }, now);
  const row: SubscriberRow = confirmed ? { ...pending, state: 'active', confirmedAt: now } : pending;
  const written = await runAudited<ValidationError>(db, config, caller, async () => {
    const { addressHash: hash } = row;
    const [known] = await listSubscribers(db, { pageId, kind, addressHash: hash }, { after: null, limit: 1 });
    if (known?.state === 'active' && known.createdAt >= accessSince(target.page)) {
      const message = 'This address is subscribed already. GET /api/v1/subscribers?address= finds it.';
      return err({ kind: 'conflict', path: ['address'], message });
    }
    return ok({
      statements: importSubscribers(db, [row]),
      record: {
        action: 'subscriber.created',
        target: { type: 'subscriber', id: row.id, name: maskedAddress(kind, read.value.address) },
        ...{ before: null, after: { page: pageId, kind, scope, language, confirmed } },
      },
    });
  });
  if (!written.ok) return written;
  if (!confirmed) {
    // The question, which a reader's own sign-up would send.
    await signUp(db, row, accessSince(target.page));
    await requestMailings(config);
  }
  const [stored] = await listSubscribers(
    db,
    { pageId, kind, addressHash: row.addressHash },
    { after: null, limit: 1 },
  );
  return ok(await show(config, stored ?? row));
}

export async function deleteSubscriber(
  config: Config,
  id: string,
  caller: Caller,
): Promise<Result<void, ValidationError>> {
  const { db } = config;
  const deleted = await runAudited<ValidationError>(db, config, caller, async () => {
    const row = await findSubscriber(db, id);
    if (row === null)
      return err({
        kind: 'not_found',
        message: `Unknown subscriber "${id}". GET /api/v1/subscribers lists all subscribers.`,
      });
    const { address } = await show(config, row);
    return ok({
      statements: removeSubscriber(db, id),
      record: {
        action: 'subscriber.deleted',
        target: { type: 'subscriber', id, name: maskedAddress(row.kind, address ?? '') },
        ...{ before: { page: row.pageId, kind: row.kind, state: row.state }, after: null },
      },
    });
  });
  return deleted.ok ? ok(undefined) : deleted;
}

/** The rows that are wrong, of a list that was not imported. */
export interface ListError {
  readonly kind: 'list';
  readonly errors: readonly RowError[];
}

/** Whoever imports a list answers for the consent of its addresses: they are active at once. All of it, or nothing. */
export async function importList(
  config: Config,
  pageId: string,
  text: string,
  caller: Caller,
): Promise<Result<{ readonly imported: number; readonly skipped: number }, ValidationError | ListError>> {
  const { db, allowLoopback } = config;
  const { now } = caller;
  const target = await findTarget(config, pageId);
  if (target === null) return err(unknownPage(pageId));
  const read = readSubscriberList(text, { ...target, allowLoopback });
  if (!read.ok) return err({ kind: 'list', errors: read.error });
  const { subscribers, skipped } = read.value;
  const refused = subscribers.find(({ kind, address }) => !mayRead(target.page, kind, address));
  if (refused) return err(domainError([refused.address]));
  if (subscribers.length === 0) return ok({ imported: 0, skipped });
  const key = await loadSubscriberKey(db, config, now);
  const rows = await Promise.all(
    subscribers.map(
      async (one): Promise<SubscriberRow> => ({
        ...(await newRow(config, key, one, now)),
        ...{ state: 'active', confirmedAt: now },
      }),
    ),
  );
  const counts = countsOf(rows);
  const written = await runAudited<never>(db, config, caller, async () =>
    ok({
      statements: importSubscribers(db, rows),
      record: {
        action: 'subscriber.imported',
        target: { type: 'status_page', id: pageId, name: target.page.title },
        ...{ before: null, after: { imported: rows.length, skipped, ...counts } },
      },
    }),
  );
  return written.ok ? ok({ imported: rows.length, skipped }) : written;
}

function countsOf(rows: readonly SubscriberRow[]): Partial<Record<SubscriberKind, number>> {
  const byKind = Map.groupBy(rows, ({ kind }) => kind);
  return Object.fromEntries([...byKind].map(([kind, own]) => [kind, own.length]));
}

const EXPORT_AT_ONCE = 200;

/** All, in parts: the list need not fit into memory. */
export async function* exportSubscribers(
  config: Config,
  pageId: string | undefined,
): AsyncGenerator<readonly ShownSubscriber[], undefined> {
  for (let after: string | null = null; ; ) {
    const rows: SubscriberRow[] = await listSubscribers(
      config.db,
      { pageId },
      { after, limit: EXPORT_AT_ONCE },
    );
    if (rows.length > 0) yield await Promise.all(rows.map((row) => show(config, row)));
    if (rows.length < EXPORT_AT_ONCE) return;
    after = rows.at(-1)!.id;
  }
}
