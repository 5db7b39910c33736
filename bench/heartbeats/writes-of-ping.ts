// Owns the rows that D1 reports as written for a ping, and its statements: as probemesh stores it, and as a naive version does,
// with a row of its own key, an index by time, a separate read of the key and an update of the heartbeat.
import { storePing } from '../../src/store/pings.ts';
import { openLocalD1 } from '../coordinator/local-d1.ts';
import { meter } from '../coordinator/metered-d1.ts';

interface Writes {
  readonly rows: number;
  readonly statements: number;
}

const PINGS = 200;

const NAIVE = [
  'create table naive_heartbeats (id text primary key, ping_key text not null, last_ping_at integer)',
  'create unique index naive_by_key on naive_heartbeats (ping_key)',
  'create table naive_pings (id text primary key, heartbeat text not null, at integer not null, kind text not null)',
  'create index naive_by_time on naive_pings (heartbeat, at)',
  "insert into naive_heartbeats values ('job', 'key', null)",
];

export async function measureWritesOfPing(
  scratch: string,
): Promise<{ readonly probemesh: Writes; readonly naive: Writes }> {
  const local = await openLocalD1(scratch);
  try {
    await local.db.batch(NAIVE.map((sql) => local.db.prepare(sql)));
    await local.db
      .prepare("insert into heartbeats (number, key_hash, sealed_key, armed_at) values (1, 'hash', '', 0)")
      .run();
    const probemesh = await measure(local.db, (db, at) =>
      storePing(db, 'hash', {
        ...{ at, kind: 'success', runId: null, exitCode: null, body: null, bodyBytes: 0 },
      }),
    );
    const naive = await measure(local.db, async (db, at) => {
      const { results } = await db
        .prepare('select id from naive_heartbeats where ping_key = ?')
        .bind('key')
        .all<{ id: string }>();
      const { id } = results[0]!;
      await db
        .prepare("insert into naive_pings values (?, ?, ?, 'success')")
        .bind(crypto.randomUUID(), id, at)
        .run();
      await db.prepare('update naive_heartbeats set last_ping_at = ? where id = ?').bind(at, id).run();
    });
    return { probemesh, naive };
  } finally {
    await local.dispose();
  }
}

async function measure(
  inner: D1Database,
  ping: (db: D1Database, at: number) => Promise<unknown>,
): Promise<Writes> {
  let statements = 0;
  const { db, rowsWritten } = meter({
    prepare: (sql: string) => {
      statements += 1;
      return inner.prepare(sql);
    },
    batch: inner.batch.bind(inner),
  } as unknown as D1Database);
  for (let at = 1; at <= PINGS; at += 1) await ping(db, at * 1_000);
  return { rows: rowsWritten() / PINGS, statements: statements / PINGS };
}
