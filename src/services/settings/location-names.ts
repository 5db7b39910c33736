// Reads and replaces the names of locations that status pages show. Does not know the names of AWS's regions.
import type { Caller } from '../../access/caller.ts';
import type { Config } from '../../env.ts';
import { ok } from '../../result.ts';
import type { LocationNames } from '../../status-pages/location-names.ts';
import { runAudited } from '../../store/audit.ts';
import { findSetting, LOCATION_NAMES, writeLocationNames } from '../../store/settings.ts';

export async function readLocationNames({ db }: Pick<Config, 'db'>): Promise<LocationNames> {
  return ((await findSetting(db, LOCATION_NAMES))?.value as LocationNames | undefined) ?? {};
}

/** The names that are not given are those of the regions again. */
export async function replaceLocationNames(
  config: Config,
  names: LocationNames,
  caller: Caller,
): Promise<LocationNames> {
  const { db } = config;
  await runAudited<never>(db, config, caller, async () =>
    ok({
      statements: [writeLocationNames(db, names, caller.now)],
      record: {
        action: 'location_names.updated',
        target: { type: 'setting', id: 'location_names', name: 'Names of locations' },
        before: { locationNames: await readLocationNames(config) },
        after: { locationNames: names },
      },
    }),
  );
  return names;
}
