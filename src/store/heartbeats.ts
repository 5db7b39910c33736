// Owns the heartbeats table: the key of each heartbeat, and what is known of it between evaluations.
import { and, eq, sql } from 'drizzle-orm';
import type { HeartbeatMemory } from '../heartbeats/memory.ts';
import { database, isListed, type Statement } from './database.ts';
import { field, fieldsOf, inParts, insertFrom } from './json-rows.ts';
import { heartbeats, monitors, settings } from './schema.ts';

export type HeartbeatRow = typeof heartbeats.$inferSelect;

/** A heartbeat with its monitor's check. */
export type HeartbeatToEvaluate = Pick<HeartbeatRow, 'number' | 'armedAt' | 'memory'> & {
  readonly check: { readonly type: string } & Record<string, unknown>;
};

/** All heartbeats, and the newest span in which pings were refused because they could not be stored. One transaction. */
export async function readHeartbeats(
  db: D1Database,
): Promise<{ heartbeats: HeartbeatToEvaluate[]; lost: LostPings | null }> {
  const { number, armedAt, memory } = heartbeats;
  const orm = database(db);
  const [rows, [lost]] = await orm.batch([
    orm
      .select({ number, armedAt, memory, check: monitors.check })
      .from(heartbeats)
      .innerJoin(monitors, eq(monitors.number, heartbeats.number)),
    orm.select({ value: settings.value }).from(settings).where(eq(settings.name, LOST_PINGS)),
  ]);
  return { heartbeats: rows, lost: (lost?.value as LostPings | undefined) ?? null };
}

/** Name of the setting. */
const LOST_PINGS = 'pings.lost';

/** From the first ping that was refused to the next one that was stored. */
export interface LostPings {
  readonly from: number;
  readonly to: number;
}

export const recordLostPings = (db: D1Database, span: LostPings): Statement => {
  const row = { value: span, updatedAt: span.to };
  return database(db)
    .insert(settings)
    .values({ name: LOST_PINGS, ...row })
    .onConflictDoUpdate({ target: settings.name, set: row });
};

export async function findHeartbeat(db: D1Database, number: number): Promise<HeartbeatRow | null> {
  const rows = await database(db).select().from(heartbeats).where(eq(heartbeats.number, number));
  return rows[0] ?? null;
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

/** What an evaluation found. A memory that has moved on is left alone. */
export const writeMemories = (
  db: D1Database,
  changes: readonly { readonly number: number; readonly memory: HeartbeatMemory }[],
): Statement[] =>
  inParts(
    changes.map(({ number, memory }) => ({ number, seq: memory.seq, memory: JSON.stringify(memory) })),
  ).map((json) =>
    database(db)
      .update(heartbeats)
      .set({ memory: field('memory') })
      .from(sql`json_each(${json}) n`)
      .where(
        sql`${heartbeats.number} = ${field('number')}
          and coalesce(${heartbeats.memory} ->> '$.seq', 0) <= ${field('seq')}`,
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
