// Owns the rows that D1 reports for one read of the outbox by a tick and for one delivered message, on the database that a
// storm left. Does not run the storm.
import { join } from 'node:path';
import type { D1PreparedStatement, D1Result } from '@cloudflare/workers-types';
import { PROJECT_ROOT, wranglerEnv } from '../../scripts/start/wrangler.ts';
import { deliver } from '../../src/delivery/consumer.ts';
import { enqueueOverdue } from '../../src/delivery/queue.ts';
import type { Config } from '../../src/env.ts';

export interface OutboxRows {
  readonly pending: number;
  /** Rows read when a tick asks which channels have due deliveries. */
  readonly readByTick: number;
  /** Rows read by one run that sends, for each message. */
  readonly readByMessage: number;
}

export async function measureOutboxRows(
  state: string,
  encryptionKey: string,
  channelId: string,
): Promise<OutboxRows> {
  Object.assign(process.env, wranglerEnv({ wrangler: join(state, '..', 'wrangler') }), {
    WRANGLER_LOG: 'none',
  });
  const { getPlatformProxy } = await import('wrangler');
  const proxy = await getPlatformProxy<{ DB: D1Database }>({
    configPath: join(PROJECT_ROOT, 'wrangler.toml'),
    persist: { path: join(state, 'v3') },
  });
  try {
    const { DB } = proxy.env;
    const pending = await DB.prepare(
      `select count(*) as n from deliveries where state = 'pending'`,
    ).first<number>('n');
    await DB.prepare('update channels set lease = null, leased_until = 0').run();
    let rows = 0;
    const db = counted(DB, (read) => {
      rows += read;
    });
    const config = {
      ...{ db, encryptionKey, allowLoopback: true },
      deliveries: { send: async () => {} },
    } as unknown as Config;
    await enqueueOverdue(config, Date.now());
    const readByTick = rows;
    rows = 0;
    let sent = 0;
    const fetch = async () => {
      sent += 1;
      return new Response();
    };
    await deliver(config, channelId, { now: Date.now, fetch: fetch as typeof globalThis.fetch });
    return { pending: pending ?? 0, readByTick, readByMessage: Math.round(rows / Math.max(1, sent)) };
  } finally {
    await proxy.dispose();
  }
}

/** Queries of drizzle outside a batch use raw(), which reports nothing, so they run twice. */
function counted(inner: D1Database, add: (rowsRead: number) => void): D1Database {
  const originals = new WeakMap<object, D1PreparedStatement>();
  const wrap = (statement: D1PreparedStatement, sql: string): D1PreparedStatement => {
    const count = <T extends D1Result>(result: T): T => {
      add(result.meta.rows_read);
      return result;
    };
    const made = {
      bind: (...values: unknown[]) => wrap(statement.bind(...values), sql),
      run: async () => count(await statement.run()),
      all: async () => count(await statement.all()),
      raw: async () => {
        if (/^\s*(select|with)\b/i.test(sql)) count(await statement.all());
        return statement.raw();
      },
    } as unknown as D1PreparedStatement;
    originals.set(made, statement);
    return made;
  };
  return {
    prepare: (sql: string) => wrap(inner.prepare(sql), sql),
    batch: async (list: D1PreparedStatement[]) => {
      const results = await inner.batch(list.map((one) => originals.get(one)!));
      for (const result of results) add(result.meta.rows_read);
      return results;
    },
  } as unknown as D1Database;
}
