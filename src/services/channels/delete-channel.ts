// Deletes a channel, with its references if asked: the row and the monitors that list it, in one commit. A monitor that
// is written at the same time conflicts with that commit, so that no monitor lists a channel that is gone.
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError, type VersionError } from '../../result.ts';
import * as store from '../../store/channels.ts';
import { commitIfValid } from '../../store/commit.ts';
import { loadState } from '../../store/shard.ts';
import { apiContext } from '../api-context.ts';
import { versionError } from '../expected-version.ts';
import {
  channelReference,
  type Reference,
  type ReferencedError,
  referencedError,
} from '../references/reference.ts';
import { unknownChannel } from './channels.ts';

export interface DeleteChannelOptions {
  readonly expectedVersion?: number | undefined;
  /** Removes the channel from the monitors that list it, instead of a refusal. */
  readonly detach?: boolean;
}

/** Returns the references that it removed. Without `detach`, a reference is a refusal, and nothing changes. */
export async function deleteChannel(
  config: Config,
  id: string,
  now: number,
  { expectedVersion, detach = false }: DeleteChannelOptions = {},
): Promise<Result<readonly Reference[], ValidationError | VersionError | ReferencedError>> {
  let references: readonly Reference[] = [];
  const committed = await commitIfValid<ValidationError | VersionError | ReferencedError>(
    apiContext(config, now),
    await loadState(config.db),
    async () => {
      const [row, users] = await Promise.all([
        store.findChannel(config.db, id),
        store.monitorsUsing(config.db, id),
      ]);
      if (!row) return err(unknownChannel(id));
      const outdated = versionError(`The channel "${id}"`, row, expectedVersion);
      if (outdated) return err(outdated);
      // Monitors with "all" do not name it.
      references = users.map((user) => channelReference(user, user.channels.length - 1));
      if (references.length > 0 && !detach) return err(referencedError(`The channel "${id}"`, references));
      // The engine knows no channel, so the entry is empty: it is the lock.
      return ok({
        entry: { kind: 'change', changes: [] },
        statements: store.removeChannel(config.db, row, users),
      });
    },
  );
  if (!committed.ok) return committed;
  if (!(await store.findChannel(config.db, id))) return ok(references);
  const message = `Another request changed the channel "${id}" at the same time. Read it again and repeat the change.`;
  return err(
    expectedVersion === undefined
      ? { kind: 'conflict', path: [], message }
      : { kind: 'precondition_failed', message },
  );
}
