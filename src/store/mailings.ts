// Owns the rows of mailings: what subscribers get, and how far each is on its way.
import { asc, eq, isNotNull, type SQL, sql } from 'drizzle-orm';
import type { Mailing } from '../status-pages/mailing.ts';
import type { SubscriptionScope } from '../status-pages/model.ts';
import { database, isListed, runBatch, type Statement } from './database.ts';
import { incidents, mailingDeliveries, mailings, settings, subscribers } from './schema.ts';
import type { SubscriberRow } from './subscribers.ts';

/** For the transaction of what the mailing tells of. A repeat adds nothing. */
export const insertMailing = (db: D1Database, mailing: Mailing): Statement =>
  mailing.measured === undefined
    ? database(db)
        .insert(mailings)
        .values({ id: mailing.id, kind: mailing.kind, body: mailing, createdAt: mailing.at, cursor: 0 })
        .onConflictDoNothing()
    : database(db)
        .insert(mailings)
        .select(
          sql`select ${mailing.id}, ${mailing.kind}, json_set(${JSON.stringify(mailing)}, '$.components',
            json(${componentsOf(mailing.measured)})), ${mailing.at}, 0 where true`,
        )
        .onConflictDoNothing();

/** Never an empty list, which would be for the readers of every page: an incident that is gone names no monitor. */
const componentsOf = (measured: readonly string[]): SQL => sql`(select json_group_array(json_object(
    'component', 'monitor:' || coalesce(i.monitor_id, ''),
    'impact', case when i.id is null or i.resolved_at is not null then 'operational'
      when i.verdict = 'down' then 'major' else 'partial' end))
  from json_each(${JSON.stringify(measured)}) n left join ${incidents} i on i.id = n.value)`;

/** The same, if anybody subscribed: for what happens often. */
export const insertMailingIfWanted = (db: D1Database, mailing: Mailing): Statement =>
  database(db)
    .insert(mailings)
    .select(
      sql`select ${mailing.id}, ${mailing.kind}, ${JSON.stringify(mailing)}, ${mailing.at}, 0
        where exists (select 1 from ${subscribers})`,
    )
    .onConflictDoNothing();

export interface OpenMailing {
  readonly mailing: Mailing;
  /** Subscribers up to this rowid have their delivery. */
  readonly cursor: number;
}

/** Oldest first: some subscribers have no delivery of it yet. */
export async function openMailings(db: D1Database, limit: number): Promise<OpenMailing[]> {
  const rows = await database(db)
    .select({ body: mailings.body, cursor: mailings.cursor })
    .from(mailings)
    .where(isNotNull(mailings.cursor))
    .orderBy(asc(mailings.createdAt))
    .limit(limit);
  return rows.map(({ body, cursor }) => ({ mailing: body as Mailing, cursor: cursor ?? 0 }));
}

export interface Candidate {
  readonly rowid: number;
  readonly id: string;
  readonly pageId: string;
  readonly scope: SubscriptionScope;
}

/** Active subscribers of the pages after the cursor, who confirmed before the mailing was written. */
export async function nextCandidates(
  db: D1Database,
  { mailing, cursor }: OpenMailing,
  limit: number,
): Promise<Candidate[]> {
  const { pages, at } = mailing;
  const ofPage = pages === 'all' ? sql`true` : isListed(subscribers.pageId, pages);
  const rows = await database(db).all<Omit<Candidate, 'scope'> & { readonly scope: string }>(sql`
    select rowid as "rowid", id as "id", page_id as "pageId", scope as "scope" from ${subscribers}
    where rowid > ${cursor} and state = 'active' and confirmed_at <= ${at} and ${ofPage}
    order by rowid limit ${limit}`);
  return rows.map((row) => ({ ...row, scope: JSON.parse(row.scope) as SubscriptionScope }));
}

/**
 * Adds the deliveries, and moves the cursor. Nothing if another run moved it: the cursor is the lock. Null: every subscriber
 * has its delivery.
 */
export async function saveFanOut(
  db: D1Database,
  { mailing, cursor }: OpenMailing,
  subscriberIds: readonly string[],
  next: number | null,
  now: number,
): Promise<void> {
  const orm = database(db);
  const isMine = sql`exists (select 1 from ${mailings} m where m.id = ${mailing.id} and m.cursor = ${cursor})`;
  await runBatch(db, [
    ...(subscriberIds.length === 0
      ? []
      : [
          orm
            .insert(mailingDeliveries)
            .select(
              sql`select ${mailing.id}, n.value, 'pending', 0, ${now}, null, null, ${now}, null
                from json_each(${JSON.stringify(subscriberIds)}) n where ${isMine}`,
            )
            .onConflictDoNothing(),
        ]),
    orm
      .update(mailings)
      .set({ cursor: next })
      .where(sql`${mailings.id} = ${mailing.id} and ${mailings.cursor} = ${cursor}`),
  ]);
}

/** A delivery that this run may attempt. */
export interface ClaimedDelivery {
  readonly mailingId: string;
  readonly subscriberId: string;
  /** This one included. It is the lock of the outcome. */
  readonly attempts: number;
  readonly createdAt: number;
}

/** The oldest that are due. Until `leaseMs` has passed, no other run claims them. */
export async function claimDeliveries(
  db: D1Database,
  { now, leaseMs, limit }: { readonly now: number; readonly leaseMs: number; readonly limit: number },
): Promise<ClaimedDelivery[]> {
  const { mailingId, subscriberId, attempts, createdAt, nextAttemptAt } = mailingDeliveries;
  const due = sql`${mailingDeliveries}.rowid in (select d.rowid from mailing_deliveries d
    where d.state = 'pending' and d.next_attempt_at <= ${now} order by d.next_attempt_at, d.rowid limit ${limit})`;
  return database(db)
    .update(mailingDeliveries)
    .set({ nextAttemptAt: now + leaseMs, attempts: sql`${attempts} + 1` })
    .where(due)
    .returning({ mailingId, subscriberId, attempts, createdAt, nextAttemptAt });
}

/** Subscribers and mailings of what was claimed, in one transaction. */
export async function readClaimed(
  db: D1Database,
  claimed: readonly ClaimedDelivery[],
): Promise<{
  readonly subscribers: ReadonlyMap<string, SubscriberRow>;
  readonly mailings: ReadonlyMap<string, Mailing>;
}> {
  const orm = database(db);
  const ids = <T>(values: readonly T[]): T[] => [...new Set(values)];
  const [people, texts] = await orm.batch([
    orm
      .select()
      .from(subscribers)
      .where(isListed(subscribers.id, ids(claimed.map((one) => one.subscriberId)))),
    orm
      .select({ id: mailings.id, body: mailings.body })
      .from(mailings)
      .where(isListed(mailings.id, ids(claimed.map((one) => one.mailingId)))),
  ]);
  return {
    subscribers: new Map(people.map((row) => [row.id, row])),
    mailings: new Map(texts.map(({ id, body }) => [id, body as Mailing])),
  };
}

/** What an attempt changes. */
export interface DeliveryOutcome extends Pick<ClaimedDelivery, 'mailingId' | 'subscriberId' | 'attempts'> {
  readonly state: 'pending' | 'delivered' | 'failed';
  /** Of a pending one. */
  readonly nextAttemptAt: number;
  /** Whether the attempt counts: one that was not made does not. */
  readonly counts: boolean;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
  /** The subscriber's new state. Null: it stays. */
  readonly subscriber:
    | { readonly state: 'active' }
    | { readonly state: 'disabled'; readonly reason: string }
    | null;
}

/** Only for the run that holds the lease. At most three statements, in one transaction. */
export async function saveOutcomes(
  db: D1Database,
  outcomes: readonly DeliveryOutcome[],
  now: number,
): Promise<void> {
  if (outcomes.length === 0) return;
  const orm = database(db);
  const at = (name: string) => sql`n.value ->> ${sql.raw(`'${name}'`)}`;
  const list = JSON.stringify(outcomes.map((one) => ({ ...one, counts: one.counts ? 1 : 0 })));
  const ofState = (state: string) =>
    outcomes.flatMap((one) =>
      one.subscriber?.state === state ? [{ id: one.subscriberId, ...one.subscriber }] : [],
    );
  const confirmed = ofState('active').map(({ id }) => id);
  const disabled = ofState('disabled');
  await runBatch(db, [
    orm
      .update(mailingDeliveries)
      .set({
        state: sql`${at('state')}`,
        nextAttemptAt: sql`${at('nextAttemptAt')}`,
        attempts: sql`${mailingDeliveries.attempts} - 1 + ${at('counts')}`,
        lastStatus: sql`${at('lastStatus')}`,
        lastError: sql`${at('lastError')}`,
        finishedAt: sql`case when ${at('state')} = 'pending' then null else ${now} end`,
      })
      .from(sql`json_each(${list}) n`)
      .where(
        sql`${mailingDeliveries.mailingId} = ${at('mailingId')} and ${mailingDeliveries.subscriberId} = ${at('subscriberId')}
          and ${mailingDeliveries.state} = 'pending' and ${mailingDeliveries.attempts} = ${at('attempts')}`,
      ),
    ...(confirmed.length === 0
      ? []
      : [
          orm
            .update(subscribers)
            .set({ state: 'active', confirmedAt: now, updatedAt: now })
            .where(sql`${isListed(subscribers.id, confirmed)} and ${subscribers.state} = 'pending'`),
        ]),
    ...(disabled.length === 0
      ? []
      : [
          orm
            .update(subscribers)
            .set({ state: 'disabled', disabledReason: sql`${at('reason')}`, updatedAt: now })
            .from(sql`json_each(${JSON.stringify(disabled)}) n`)
            .where(eq(subscribers.id, sql`${at('id')}`)),
        ]),
  ]);
}

/** When the next delivery is due. Null: none waits. Now, if a mailing is open. */
export async function nextMailingAt(db: D1Database): Promise<number | null> {
  const [row] = await database(db).all<{ readonly at: number | null }>(sql`select case
    when exists (select 1 from mailings where cursor is not null) then 0
    else (select next_attempt_at from mailing_deliveries where state = 'pending' order by next_attempt_at limit 1)
    end as "at"`);
  return row?.at ?? null;
}

const RUN = 'mailings_run';

/** One run at a time sends, so that a vendor gets few requests at once. False: another one does. */
export async function claimRun(
  db: D1Database,
  token: string,
  now: number,
  leaseMs: number,
): Promise<boolean> {
  const value = { token, until: now + leaseMs };
  const { meta } = await database(db)
    .insert(settings)
    .values({ name: RUN, value, sealed: null, updatedAt: now })
    .onConflictDoUpdate({
      target: settings.name,
      set: { value, updatedAt: now },
      setWhere: sql`${settings.value} ->> 'until' <= ${now} or ${settings.value} ->> 'until' > ${now + 2 * leaseMs}`,
    });
  return meta.changes > 0;
}

export async function releaseRun(db: D1Database, token: string): Promise<void> {
  await database(db)
    .update(settings)
    .set({ value: { token, until: 0 } })
    .where(sql`${settings.name} = ${RUN} and ${settings.value} ->> 'token' = ${token}`);
}

/** Mailings that all have got, with their deliveries, and what is too old to be sent. Returns the number of deliveries. */
export async function deleteOldMailings(db: D1Database, before: number, limit: number): Promise<number> {
  const orm = database(db);
  const old = sql`created_at < ${before}`;
  const deleted = await orm.run(sql`delete from mailing_deliveries where rowid in (
    select rowid from mailing_deliveries where state <> 'pending' and ${old} limit ${limit})`);
  await orm.run(sql`delete from mailings where id in (
    select id from mailings m where m.cursor is null and m.created_at < ${before}
      and not exists (select 1 from mailing_deliveries d where d.mailing_id = m.id) limit ${limit})`);
  return deleted.meta.changes;
}
