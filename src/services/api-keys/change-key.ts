// Owns how a stored API key changes: the version, the entry of the audit log, and what two changes at once give.
// Does not know which change it is.
import type { Caller } from '../../access/caller.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError, type VersionError } from '../../result.ts';
import * as store from '../../store/api-keys.ts';
import { runAudited } from '../../store/audit.ts';
import { useToken } from '../../store/used-tokens.ts';
import { changedMeanwhile, versionError } from '../expected-version.ts';
import { keyTarget, unknownKey } from './api-key.ts';
import { BOOTSTRAP_KEY } from './find-key.ts';

export type KeyError = ValidationError;

export interface KeyChange {
  readonly action: string;
  readonly values: Partial<store.NewApiKeyRow>;
  readonly before: unknown;
  readonly after: unknown;
  /** The current secret must never be stored as the bootstrap key again. */
  readonly retires?: boolean;
}

/** `draft` decides the change of the row that is stored then. Null changes nothing, and leaves no entry. */
export async function changeKey<E>(
  config: Config,
  caller: Caller,
  id: string,
  expectedVersion: number | undefined,
  draft: (row: store.ApiKeyRow) => Promise<Result<KeyChange | null, KeyError | E>>,
): Promise<Result<store.ApiKeyRow, KeyError | VersionError | E>> {
  const { db } = config;
  let unchanged: store.ApiKeyRow | null = null;
  let expected = 0;
  const written = await runAudited<KeyError | VersionError | E | 'unchanged'>(
    db,
    config,
    caller,
    async () => {
      const row = await store.findApiKey(db, id);
      if (row === null) return err(unknownKey(id));
      const outdated = versionError(`The API key "${row.name}"`, row, expectedVersion);
      if (outdated) return err(outdated);
      const drafted = await draft(row);
      if (!drafted.ok) return drafted;
      if (drafted.value === null) {
        unchanged = row;
        return err('unchanged' as const);
      }
      const { action, values, before, after, retires = false } = drafted.value;
      expected = row.version + 1;
      const retired =
        retires && id === BOOTSTRAP_KEY ? [useToken(db, row.hash, 'bootstrap', caller.now, null)] : [];
      const update = store.updateApiKey(db, row, { ...values, updatedAt: caller.now });
      return ok({
        statements: [update],
        record: { action, target: keyTarget({ id, name: values.name ?? row.name }), before, after },
        // Behind the entry: a change that came before takes the place of the entry, and this one is tried again.
        following: retired,
      });
    },
  );
  if (unchanged !== null) return ok(unchanged);
  if (!written.ok) return written as Result<never, KeyError | VersionError | E>;
  const row = await store.findApiKey(db, id);
  if (row !== null && row.version >= expected) return ok(row);
  return err(changedMeanwhile('the API key'));
}
