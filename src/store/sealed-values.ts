// Owns every encrypted column as one list: which key encrypted which value, and replacing a value by another form of it.
// Does not encrypt. A new encrypted column is one entry of COLUMNS.
import { getTableName, type SQL, sql } from 'drizzle-orm';
import { database } from './database.ts';
import {
  channelPlace,
  heartbeatPlace,
  type KeyIds,
  monitorPlace,
  providerPlace,
  type SealedPlace,
  sessionPlace,
  settingPlace,
  statusPagePlace,
  subscriberPlace,
  totpPlace,
} from './encryption.ts';
import {
  channels,
  heartbeats,
  identityProviders,
  monitors,
  people,
  sessions,
  settings,
  statusPages,
  subscribers,
} from './schema.ts';

/** A value and where it is stored. `key` is the primary key of its row. */
export interface SealedValue {
  readonly column: keyof typeof COLUMNS;
  readonly key: string | number;
  readonly place: SealedPlace;
  readonly sealed: string;
}

const COLUMNS = {
  channels: {
    table: channels,
    key: channels.id,
    sealed: channels.sealedConfig,
    placeOf: (key: string | number): SealedPlace => channelPlace(String(key)),
  },
  monitors: {
    table: monitors,
    key: monitors.number,
    sealed: monitors.secrets,
    placeOf: (key: string | number): SealedPlace => monitorPlace(Number(key)),
  },
  heartbeats: {
    table: heartbeats,
    key: heartbeats.number,
    sealed: heartbeats.sealedKey,
    placeOf: (key: string | number): SealedPlace => heartbeatPlace(Number(key)),
  },
  identityProviders: {
    table: identityProviders,
    key: identityProviders.id,
    sealed: identityProviders.sealedSecret,
    placeOf: (key: string | number): SealedPlace => providerPlace(String(key)),
  },
  sessions: {
    table: sessions,
    key: sessions.hash,
    sealed: sessions.idToken,
    placeOf: (key: string | number): SealedPlace => sessionPlace(String(key)),
  },
  people: {
    table: people,
    key: people.id,
    sealed: people.totpSecret,
    placeOf: (key: string | number): SealedPlace => totpPlace(String(key)),
  },
  statusPages: {
    table: statusPages,
    key: statusPages.id,
    sealed: statusPages.sealed,
    placeOf: (key: string | number): SealedPlace => statusPagePlace(String(key)),
  },
  settings: {
    table: settings,
    key: settings.name,
    sealed: settings.sealed,
    placeOf: (key: string | number): SealedPlace => settingPlace(String(key)),
  },
  subscribers: {
    table: subscribers,
    key: subscribers.id,
    sealed: subscribers.sealedAddress,
    placeOf: (key: string | number): SealedPlace => subscriberPlace(String(key)),
  },
} as const;

/** Where the encrypted value of a table is, by the names of the database. Null: the table has none. */
export function sealedColumnOf(tableName: string): {
  readonly column: string;
  readonly key: string;
  placeOf(key: string | number): SealedPlace;
} | null {
  const found = Object.values(COLUMNS).find(({ table }) => getTableName(table) === tableName);
  return found ? { column: found.sealed.name, key: found.key.name, placeOf: found.placeOf } : null;
}

const names = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[];

/** The id of the key within an encrypted value. */
const keyIdOf = (column: (typeof COLUMNS)[keyof typeof COLUMNS]['sealed']): SQL<string> =>
  sql<string>`substr(${column}, 4, 8)`;

/**
 * At most `limit` values of each column that the key with this id encrypted, in any order: a value that does not decrypt
 * must not keep the others waiting.
 */
export async function valuesSealedWith(db: D1Database, keyId: string, limit: number): Promise<SealedValue[]> {
  const rows = await fromAll<Pick<SealedValue, 'column' | 'key' | 'sealed'>>(
    db,
    ({ table, key, sealed }, column) => sql`
      select ${column} as "column", ${key} as "key", ${sealed} as "sealed" from ${table}
      where ${sealed} is not null and ${keyIdOf(sealed)} = ${keyId} order by random() limit ${limit}`,
  );
  return rows.map((row) => ({ ...row, place: COLUMNS[row.column].placeOf(row.key) }));
}

/** D1 refuses a compound of more than five queries. */
const MAX_COMPOUND = 5;

/** One query of any number of them: compounds inside a compound. */
function unionOf(queries: readonly SQL[]): SQL {
  const parts = queries.length > MAX_COMPOUND ? inCompounds(queries) : queries;
  return sql.join(
    parts.map((query) => sql`select * from (${query})`),
    sql` union all `,
  );
}

const inCompounds = (queries: readonly SQL[]): SQL[] => {
  const first = queries.slice(0, MAX_COMPOUND);
  const rest = queries.slice(MAX_COMPOUND);
  return [unionOf(first), ...(rest.length === 0 ? [] : [unionOf(rest)])];
};

/** One statement for all columns: a tick has few. */
const fromAll = <Row>(
  db: D1Database,
  select: (one: (typeof COLUMNS)[keyof typeof COLUMNS], column: keyof typeof COLUMNS) => SQL,
): Promise<Row[]> => database(db).all<Row>(unionOf(names.map((column) => select(COLUMNS[column], column))));

/**
 * Replaces values that are still stored as they were read. The version of a row stays: what it holds has not changed.
 * Returns how many were replaced.
 */
export async function replaceSealed(
  db: D1Database,
  replacements: readonly (Pick<SealedValue, 'column' | 'key' | 'sealed'> & { readonly next: string })[],
): Promise<number> {
  let replaced = 0;
  for (const column of names) {
    const rows = replacements.filter((one) => one.column === column);
    if (rows.length === 0) continue;
    const { table, key, sealed } = COLUMNS[column];
    const list = JSON.stringify(rows.map((one) => [one.key, one.sealed, one.next]));
    const value = (index: number): SQL => sql`json_extract(given.value, ${sql.raw(`'$[${index}]'`)})`;
    const { meta } = await database(db).run(sql`
      update ${table} set ${sql.identifier(sealed.name)} = ${value(2)} from json_each(${list}) as given
      where ${key} = ${value(0)} and ${sealed} = ${value(1)}`);
    replaced += meta.changes;
  }
  return replaced;
}

/** Number of encrypted values by the key that encrypted them. */
export interface SealedCounts {
  readonly current: number;
  readonly previous: number;
  /** No configured key opens them: they must be written again, or their key restored. */
  readonly unknown: number;
}

export async function countSealed(db: D1Database, ids: KeyIds): Promise<SealedCounts> {
  const counts = { current: 0, previous: 0, unknown: 0 };
  const rows = await fromAll<{ readonly keyId: string; readonly count: number }>(
    db,
    ({ table, sealed }) => sql`
      select ${keyIdOf(sealed)} as "keyId", count(*) as "count" from ${table}
      where ${sealed} is not null group by ${keyIdOf(sealed)}`,
  );
  for (const { keyId, count } of rows) {
    const key = keyId === ids.current ? 'current' : keyId === ids.previous ? 'previous' : 'unknown';
    counts[key] += count;
  }
  return counts;
}
