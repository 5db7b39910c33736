// Owns the subscribers table: who gets the mailings of a page, and whether they confirmed it. Addresses pass sealed.
import { and, asc, eq, gt, ne, type SQL, sql } from 'drizzle-orm';
import { DEFAULT_PAGE, type SubscriptionScope } from '../status-pages/model.ts';
import { database, type Statement } from './database.ts';
import { fieldsOf, inParts, insertFrom } from './json-rows.ts';
import { mailingDeliveries, subscribers } from './schema.ts';

export type SubscriberRow = typeof subscribers.$inferSelect;
export type SubscriberKind = SubscriberRow['kind'];
export const SUBSCRIBER_KINDS = ['email', 'webhook', 'slack'] as const satisfies readonly SubscriberKind[];

export async function findSubscriber(db: D1Database, id: string): Promise<SubscriberRow | null> {
  const rows = await database(db).select().from(subscribers).where(eq(subscribers.id, id));
  return rows[0] ?? null;
}

/**
 * Mailings without a row in `mailings`, which one subscriber gets: the question whether the sign-up was meant, or, for an
 * address that is subscribed already, the link that changes it.
 */
export const CONFIRM_MAILING = 'confirm';
export const MANAGE_MAILING = 'manage';

/**
 * A sign-up: a new subscriber, or a new question to one who did not answer, or who signed up before `accessSince`: the access
 * to the page changed then. Another active one stays as it is. Each gets one message, unless it is waiting already. In one
 * transaction.
 */
export async function signUp(db: D1Database, row: SubscriberRow, accessSince: number): Promise<void> {
  const orm = database(db);
  const { pageId, kind, addressHash, scope, language, createdAt } = row;
  const isThis = and(
    eq(subscribers.pageId, pageId),
    eq(subscribers.kind, kind),
    eq(subscribers.addressHash, addressHash),
  );
  const message = sql`case when ${subscribers.state} = 'active' then ${MANAGE_MAILING} else ${CONFIRM_MAILING} end`;
  await orm.batch([
    orm
      .insert(subscribers)
      .values(row)
      .onConflictDoUpdate({
        target: [subscribers.pageId, subscribers.kind, subscribers.addressHash],
        set: { scope, language, createdAt, state: 'pending', disabledReason: null, updatedAt: createdAt },
        setWhere: sql`${subscribers.state} <> 'active' or ${subscribers.createdAt} < ${accessSince}`,
      }),
    orm
      .insert(mailingDeliveries)
      .select(
        sql`select ${message}, ${subscribers.id}, 'pending', 0, ${createdAt}, null, null, ${createdAt}, null
          from ${subscribers} where ${isThis}`,
      )
      .onConflictDoUpdate({
        target: [mailingDeliveries.mailingId, mailingDeliveries.subscriberId],
        set: {
          state: 'pending',
          attempts: 0,
          nextAttemptAt: createdAt,
          createdAt,
          finishedAt: null,
          lastError: null,
        },
        setWhere: ne(mailingDeliveries.state, 'pending'),
      }),
  ]);
}

/** False if it was confirmed before, or is gone. */
export async function confirmSubscriber(db: D1Database, id: string, now: number): Promise<boolean> {
  const { meta } = await database(db)
    .update(subscribers)
    .set({ state: 'active', confirmedAt: now, updatedAt: now, disabledReason: null })
    .where(and(eq(subscribers.id, id), eq(subscribers.state, 'pending')));
  return meta.changes > 0;
}

export async function changePreferences(
  db: D1Database,
  id: string,
  { scope, language }: { readonly scope: SubscriptionScope; readonly language: string },
  now: number,
): Promise<void> {
  await database(db)
    .update(subscribers)
    .set({ scope, language, updatedAt: now })
    .where(eq(subscribers.id, id));
}

/** Deletes the subscriber and what is on the way: nothing of the address stays. */
export const removeSubscriber = (db: D1Database, id: string): Statement[] => [
  database(db).delete(subscribers).where(eq(subscribers.id, id)),
  database(db).delete(mailingDeliveries).where(eq(mailingDeliveries.subscriberId, id)),
];

export interface SubscriberFilter {
  readonly pageId?: string | undefined;
  readonly kind?: SubscriberKind | undefined;
  readonly state?: SubscriberRow['state'] | undefined;
  readonly addressHash?: string | undefined;
}

/** By id. `after` is the id of the last row of the part before. */
export const listSubscribers = (
  db: D1Database,
  { pageId, kind, state, addressHash }: SubscriberFilter,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<SubscriberRow[]> =>
  database(db)
    .select()
    .from(subscribers)
    .where(
      and(
        pageId === undefined ? undefined : eq(subscribers.pageId, pageId),
        kind === undefined ? undefined : eq(subscribers.kind, kind),
        state === undefined ? undefined : eq(subscribers.state, state),
        addressHash === undefined ? undefined : eq(subscribers.addressHash, addressHash),
        after === null ? undefined : gt(subscribers.id, after),
      ),
    )
    .orderBy(asc(subscribers.id))
    .limit(limit);

/** Adds confirmed subscribers. One that exists becomes active and gets the scope and the language of the row. */
export const importSubscribers = (db: D1Database, rows: readonly SubscriberRow[]): Statement[] =>
  inParts(rows).map((json) => {
    const excluded = (name: string): SQL => sql`excluded.${sql.identifier(name)}`;
    return insertFrom(
      db,
      subscribers,
      { ...fieldsOf(subscribers), scope: sql`n.value -> 'scope'` },
      sql`from json_each(${json}) n where true`,
    ).onConflictDoUpdate({
      target: [subscribers.pageId, subscribers.kind, subscribers.addressHash],
      set: {
        scope: excluded('scope'),
        language: excluded('language'),
        state: excluded('state'),
        // The import is a new permission: see isSignUpValid.
        createdAt: excluded('created_at'),
        disabledReason: sql`null`,
        confirmedAt: sql`coalesce(${subscribers.confirmedAt}, ${excluded('confirmed_at')})`,
        updatedAt: excluded('updated_at'),
      },
    });
  });

/** Sign-ups that no person confirmed. Returns their number. */
export async function deleteUnconfirmed(db: D1Database, before: number, limit: number): Promise<number> {
  const { meta } = await database(db)
    .delete(subscribers)
    .where(
      sql`${subscribers.id} in (select id from subscribers where state = 'pending' and created_at < ${before}
        order by created_at limit ${limit})`,
    );
  return meta.changes;
}

/** Of pages that were deleted. The page at `/` exists without a row. */
export async function deleteWithoutPage(db: D1Database, limit: number): Promise<void> {
  await database(db).run(sql`delete from ${subscribers} where rowid in (
    select rowid from subscribers where page_id <> ${DEFAULT_PAGE.id}
      and page_id not in (select id from status_pages) limit ${limit})`);
}
