// Owns what the form of a monitor offers: channels, the default ones, names of locations, and whether a monitor exists.
// One statement. Does not know restrictions.
import { sql } from 'drizzle-orm';
import type { LocationNames } from '../status-pages/location-names.ts';
import { channels, monitors, settings } from './schema.ts';
import { LOCATION_NAMES, NOTIFICATIONS, type NotificationSettings } from './settings.ts';
import { readUnion } from './union.ts';

export interface EditorChoices {
  /** By name. */
  readonly channels: readonly {
    readonly id: string;
    readonly name: string;
    readonly tags: Readonly<Record<string, string>>;
  }[];
  readonly defaultChannels: readonly string[];
  readonly locationNames: LocationNames;
  readonly hasMonitors: boolean;
}

export async function readEditorChoices(db: D1Database): Promise<EditorChoices> {
  const { rows } = await readUnion(
    db,
    ['id', 'name', 'json'],
    [
      {
        kind: 'channel',
        columns: { id: sql`${channels.id}`, name: sql`${channels.name}`, json: sql`${channels.tags}` },
        rest: sql`from ${channels}`,
      },
      {
        kind: 'setting',
        columns: { id: sql`${settings.name}`, json: sql`${settings.value}` },
        rest: sql`from ${settings} where ${settings.name} in (${LOCATION_NAMES}, ${NOTIFICATIONS})`,
      },
      { kind: 'monitor', columns: { id: sql`${monitors.id}` }, rest: sql`from ${monitors} limit 1` },
    ],
  );
  const json = (row: { readonly json: unknown }): unknown => JSON.parse(row.json as string);
  const setting = (name: string): unknown => {
    const row = rows.find(({ kind, id }) => kind === 'setting' && id === name);
    return row === undefined ? undefined : json(row);
  };
  const names = rows.filter(({ kind }) => kind === 'channel');
  return {
    channels: names
      .map((row) => ({
        id: row.id as string,
        name: row.name as string,
        tags: json(row) as Record<string, string>,
      }))
      .toSorted((a, b) => a.name.localeCompare(b.name, 'en')),
    defaultChannels: (setting(NOTIFICATIONS) as NotificationSettings | undefined)?.defaultChannels ?? [],
    locationNames: (setting(LOCATION_NAMES) as LocationNames | undefined) ?? {},
    hasMonitors: rows.some(({ kind }) => kind === 'monitor'),
  };
}
