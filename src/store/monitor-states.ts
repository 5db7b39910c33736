// Owns the writes of the tables that lists read: what they show of monitors, and the maintenances. Each is a copy of the
// state, made in the transaction of the commit. Also whether that copy is complete: a Worker that does not know the tables
// may have committed in between. Does not read the copy.
import { getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { State, Window } from '../engine/model/state.ts';
import { database, type Statement } from './database.ts';
import { fieldsOf, inParts, insertFrom } from './json-rows.ts';
import { allViews, changedViews, type MonitorView } from './monitor-views.ts';
import { certificates, maintenanceSpans, monitorStates } from './schema.ts';

/** States whose copy is in the tables: that of a journal row with the mark, and each that is committed after it. */
const kept = new WeakSet<State>();

export const markKept = (state: State): void => {
  kept.add(state);
};

/** Columns of JSON are text in it. */
const jsonOf = (view: MonitorView, at: number) => ({
  ...view,
  ...{ neverChecked: Number(view.neverChecked), flapping: Number(view.flapping), updatedAt: at },
  ...{ warnings: JSON.stringify(view.warnings), votes: JSON.stringify(view.votes) },
});

/** Only what differs. If it is not known what the tables contain, they are compared with the whole state. */
export function keptStatements(db: D1Database, before: State, after: State, corrected: boolean): Statement[] {
  const isKept = kept.has(before);
  const views = isKept ? changedViews(before, after, corrected) : allViews(after);
  const windows = isKept ? changedMaintenances(before, after) : maintenancesOf(after);
  return [
    ...upsert(
      db,
      monitorStates,
      monitorStates.number,
      views.map((view) => jsonOf(view, after.at)),
      monitorStates.updatedAt,
    ),
    ...upsert(
      db,
      maintenanceSpans,
      maintenanceSpans.id,
      windows.map(([id, { monitors, spans }]) => ({
        ...{ id, monitors: JSON.stringify(monitors), spans: JSON.stringify(spans) },
      })),
    ),
    ...(isKept
      ? [
          ...removeListed(db, monitorStates, monitorStates.number, missing(before.monitors, after.monitors)),
          ...removeListed(db, certificates, certificates.number, missing(before.monitors, after.monitors)),
          ...removeListed(db, maintenanceSpans, maintenanceSpans.id, endedMaintenances(before, after)),
        ]
      : [
          removeOthers(db, monitorStates, monitorStates.number, [...after.monitors.keys()]),
          removeOthers(db, certificates, certificates.number, [...after.monitors.keys()]),
          removeOthers(
            db,
            maintenanceSpans,
            maintenanceSpans.id,
            windows.map(([id]) => id),
          ),
        ]),
  ];
}

const missing = <K>(before: ReadonlyMap<K, unknown>, after: ReadonlyMap<K, unknown>): K[] =>
  before === after ? [] : [...before.keys()].filter((key) => !after.has(key));

const maintenancesOf = ({ windows }: State): [string, Window][] =>
  [...windows].filter(([, { kind }]) => kind === 'maintenance');

const changedMaintenances = (before: State, after: State): [string, Window][] =>
  before.windows === after.windows
    ? []
    : maintenancesOf(after).filter(([id, window]) => before.windows.get(id) !== window);

const endedMaintenances = (before: State, after: State): string[] =>
  before.windows === after.windows
    ? []
    : maintenancesOf(before).flatMap(([id, { kind }]) => (after.windows.get(id)?.kind === kind ? [] : [id]));

/** A row that is the same is not written. */
function upsert(
  db: D1Database,
  table: SQLiteTable,
  key: SQLiteColumn,
  rows: readonly object[],
  ignored?: SQLiteColumn,
): Statement[] {
  const others = Object.entries(getTableColumns(table)).filter(([, column]) => column !== key);
  const written = (column: SQLiteColumn): SQL => sql`excluded.${sql.identifier(column.name)}`;
  const differs = others
    .filter(([, column]) => column !== ignored)
    .map(([, column]) => sql`${column} is not ${written(column)}`);
  return inParts(rows).map((json) =>
    insertFrom(db, table, fieldsOf(table), sql`from json_each(${json}) n where true`).onConflictDoUpdate({
      target: key,
      set: Object.fromEntries(others.map(([name, column]) => [name, written(column)])),
      setWhere: sql.join(differs, sql` or `),
    }),
  );
}

const removeListed = (
  db: D1Database,
  table: SQLiteTable,
  key: SQLiteColumn,
  values: readonly (string | number)[],
): Statement[] =>
  values.length === 0
    ? []
    : [
        database(db)
          .delete(table)
          .where(sql`${key} in (select value from json_each(${JSON.stringify(values)}))`),
      ];

const removeOthers = (
  db: D1Database,
  table: SQLiteTable,
  key: SQLiteColumn,
  values: readonly (string | number)[],
): Statement =>
  database(db)
    .delete(table)
    .where(sql`${key} not in (select value from json_each(${JSON.stringify(values)}))`);
