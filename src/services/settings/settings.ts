// Owns the settings of the whole mesh as people read and write them: the default channels.
import type { Caller } from '../../access/caller.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError, type VersionError } from '../../result.ts';
import { runAudited } from '../../store/audit.ts';
import { readDefaultChannels, writeDefaultChannels } from '../../store/settings.ts';
import { listTagged } from '../../store/tagged.ts';
import { insideIds, shownIds, unknownReference, writeReferences } from '../access/references.ts';
import { changedMeanwhile, versionError } from '../expected-version.ts';

/** The settings as a caller reads them. */
export interface Settings {
  readonly defaultChannels: readonly string[];
  readonly version: number;
}

export interface SettingsUpdate {
  readonly defaultChannels?: readonly string[] | undefined;
}

/** A restricted caller sees the default channels inside. */
export async function readSettings(
  { db }: Pick<Config, 'db'>,
  { restriction }: Pick<Caller, 'restriction'>,
): Promise<Settings> {
  const [{ ids, version }, { channels }] = await Promise.all([readDefaultChannels(db), listTagged(db)]);
  const defaultChannels = shownIds(restriction, ids, insideIds(restriction, channels));
  return { defaultChannels, version: version + 1 };
}

export async function updateSettings(
  config: Config,
  { defaultChannels }: SettingsUpdate,
  caller: Caller,
  expectedVersion?: number,
): Promise<Result<Settings, ValidationError | VersionError>> {
  const { db } = config;
  const [before, { channels }] = await Promise.all([readDefaultChannels(db), listTagged(db)]);
  const outdated = versionError('The settings', { version: before.version + 1 }, expectedVersion);
  if (outdated) return err(outdated);
  if (defaultChannels === undefined) return ok(await readSettings(config, caller));
  const { restriction } = caller;
  const list = { kind: 'channel', path: ['defaultChannels'] } as const;
  const inside = insideIds(restriction, channels);
  const written = writeReferences(caller, list, defaultChannels, before.ids, inside);
  if ('error' in written) return err(written.error);
  const wanted = written.list;
  if (JSON.stringify(wanted) === JSON.stringify(before.ids)) return ok(await readSettings(config, caller));
  const unknown = wanted.findIndex((id) => !before.ids.includes(id) && !inside.has(id));
  if (unknown >= 0) {
    const message = unknownReference('channel', wanted[unknown]!);
    return err({ kind: 'not_found', path: ['defaultChannels', unknown], message });
  }
  await runAudited<never>(db, config, caller, async () =>
    ok({
      statements: [writeDefaultChannels(db, wanted, before.version, caller.now)],
      record: {
        action: 'settings.updated',
        target: { type: 'settings', id: 'settings', name: 'Settings' },
        before: { defaultChannels: before.ids },
        after: { defaultChannels: wanted },
      },
      options: { ifChanged: true },
    }),
  );
  const after = await readSettings(config, caller);
  return after.version === before.version + 1 ? err(changedMeanwhile('the settings')) : ok(after);
}
