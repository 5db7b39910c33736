// Owns the heartbeats table: the key of each heartbeat, and what is known of it between evaluations.
import { and, eq, sql } from 'drizzle-orm';
import { type HeartbeatMemory, readMemory } from '../heartbeats/memory.ts';
import { database, isListed, type Statement } from './database.ts';
import { field, fieldsOf, inParts, insertFrom } from './json-rows.ts';
import { heartbeats, monitors, settings } from './schema.ts';

export type HeartbeatRow = Omit<typeof heartbeats.$inferSelect, 'memory'> & {
  /** Null: it was not evaluated yet, or what is stored cannot be read. */
  readonly memory: HeartbeatMemory | null;
};

/** A heartbeat with its monitor's check. */
export interface HeartbeatToEvaluate {
  readonly number: number;
  readonly armedAt: number;
  /** As it is stored: one that nobody can read must not stop the others. */
  readonly memory: string | null;
  /** As JSON. */
  readonly check: string;
}

/** All heartbeats, and the newest span in which pings were refused because they could not be stored. One transaction. */
export async function readHeartbeats(
  db: D1Database,
): Promise<{ heartbeats: HeartbeatToEvaluate[]; lost: LostPings | null }> {
  const { number, armedAt, memory } = heartbeats;
  const orm = database(db);
  const [rows, [lost]] = await orm.batch([
    orm
      .select({ number, armedAt, memory, check: sql<string>`${monitors.check}` })
      .from(heartbeats)
      .innerJoin(monitors, eq(monitors.number, heartbeats.number)),
    orm
      .select({ from: sql<number>`value ->> 'from'`, to: sql<number>`value ->> 'to'` })
      .from(settings)
      .where(and(eq(settings.name, LOST_PINGS), sql`json_valid(value)`)),
  ]);
  return { heartbeats: rows, lost: lost ?? null };
}

/** Name of the setting. */
const LOST_PINGS = 'pings.lost';

/** From the first ping that was refused to the last one. */
export interface LostPings {
  readonly from: number;
  readonly to: number;
}

/** Spans of several isolates that are near each other are one. */
const NEAR_MS = 180_000;

export const recordLostPings = (db: D1Database, span: LostPings): Statement => {
  const near = sql`json_valid(${settings.value}) and ${settings.value} ->> 'to' >= ${span.from - NEAR_MS}`;
  return database(db)
    .insert(settings)
    .values({ name: LOST_PINGS, value: span, updatedAt: span.to })
    .onConflictDoUpdate({
      target: settings.name,
      set: {
        value: sql`case when ${near} then json_object('from', min(${settings.value} ->> 'from', ${span.from}),
          'to', max(${settings.value} ->> 'to', ${span.to})) else ${JSON.stringify(span)} end`,
        updatedAt: span.to,
      },
    });
};

export async function findHeartbeat(db: D1Database, number: number): Promise<HeartbeatRow | null> {
  const rows = await database(db).select().from(heartbeats).where(eq(heartbeats.number, number));
  const [row] = rows;
  return row === undefined ? null : { ...row, memory: row.memory === null ? null : readMemory(row.memory) };
}

export const insertHeartbeats = (
  db: D1Database,
  rows: readonly Pick<HeartbeatRow, 'number' | 'keyHash' | 'sealedKey' | 'armedAt'>[],
): Statement[] =>
  inParts(
    rows.map(({ number, keyHash, sealedKey, armedAt }) => ({ number, keyHash, sealedKey, armedAt })),
  ).map((json) => insertFrom(db, heartbeats, fieldsOf(heartbeats), sql`from json_each(${json}) n`));

/** Pings are expected anew. */
export const armHeartbeats = (db: D1Database, numbers: readonly number[], armedAt: number): Statement =>
  database(db).update(heartbeats).set({ armedAt }).where(isListed(heartbeats.number, numbers));

export const removeHeartbeats = (db: D1Database, numbers: readonly number[]): Statement =>
  database(db).delete(heartbeats).where(isListed(heartbeats.number, numbers));

/** What an evaluation found. */
export interface MemoryChange {
  readonly number: number;
  /** Of the row that was evaluated. */
  readonly armedAt: number;
  /** As it was stored. */
  readonly before: string | null;
  readonly memory: HeartbeatMemory;
}

/** A memory that has moved on is left alone: another tick was faster, or pings are expected anew. */
export const writeMemories = (db: D1Database, changes: readonly MemoryChange[]): Statement[] =>
  inParts(changes.map(({ memory, ...row }) => ({ ...row, memory: JSON.stringify(memory) }))).map((json) =>
    database(db)
      .update(heartbeats)
      .set({ memory: field('memory') })
      .from(sql`json_each(${json}) n`)
      .where(
        sql`${heartbeats.number} = ${field('number')} and ${heartbeats.armedAt} = ${field('armedAt')}
          and ${heartbeats.memory} is ${field('before')}`,
      ),
  );

type KeyColumns = Pick<HeartbeatRow, 'keyHash' | 'sealedKey' | 'previousKeyHash' | 'previousKeyUntil'>;

/** Replaces the key that was read. The one before works until `previousKeyUntil`. Nothing if another one is stored now. */
export const rotateKey = (
  db: D1Database,
  { number, keyHash }: Pick<HeartbeatRow, 'number' | 'keyHash'>,
  key: KeyColumns,
): Statement =>
  database(db)
    .update(heartbeats)
    .set(key)
    .where(and(eq(heartbeats.number, number), eq(heartbeats.keyHash, keyHash)));
