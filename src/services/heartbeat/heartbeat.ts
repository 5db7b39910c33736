// Sets and removes the heartbeat: an address that the coordinator calls once a minute while it works, so that a service
// elsewhere notices when the calls stop. Does not call it: send-heartbeat.ts does.
import type { Caller } from '../../access/caller.ts';
import { validateReceiverUrl } from '../../channels/receiver-url.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { type AuditRecord, runAudited } from '../../store/audit.ts';
import { HEARTBEAT_PLACE, seal } from '../../store/encryption.ts';
import * as store from '../../store/heartbeat.ts';
import { changedMeanwhile } from '../expected-version.ts';

const record = (before: string | null, after: string | null): AuditRecord => ({
  action: after === null ? 'heartbeat.deleted' : 'heartbeat.updated',
  target: { type: 'setting', id: 'heartbeat', name: 'heartbeat' },
  // The rest of the address is often a password.
  before: before === null ? null : { host: before },
  after: after === null ? null : { host: after, url: '(replaced)' },
});

export async function setHeartbeat(
  config: Config,
  url: string,
  caller: Caller,
): Promise<Result<null, ValidationError>> {
  const { db } = config;
  const message = validateReceiverUrl(url, config);
  if (message !== null) return err({ kind: 'invalid', path: ['url'], message });
  const { host } = new URL(url);
  const sealed = await seal(config, HEARTBEAT_PLACE, url);
  const written = await runAudited<ValidationError>(db, config, caller, async () => {
    const { setting } = await store.findHeartbeat(db);
    return ok({
      // The result of another address proves nothing.
      statements: [
        store.removeHeartbeatResult(db),
        store.writeHeartbeat(db, { host, sealed, version: setting?.version ?? 0 }, caller.now),
      ],
      record: record(setting?.host ?? null, host),
      options: { ifChanged: true },
    });
  });
  if (!written.ok) return written;
  return hasChanged(written.value) ? ok(null) : err(changedMeanwhile('the heartbeat'));
}

/** Without one, nothing changes. */
export async function removeHeartbeat(
  config: Config,
  caller: Caller,
): Promise<Result<null, ValidationError>> {
  const { db } = config;
  const written = await runAudited<ValidationError | 'unchanged'>(db, config, caller, async () => {
    const { setting } = await store.findHeartbeat(db);
    if (setting === null) return err('unchanged' as const);
    return ok({
      statements: [store.removeHeartbeatResult(db), store.removeHeartbeat(db, setting)],
      record: record(setting.host, null),
      options: { ifChanged: true },
    });
  });
  if (!written.ok) return written.error === 'unchanged' ? ok(null) : err(written.error);
  return hasChanged(written.value) ? ok(null) : err(changedMeanwhile('the heartbeat'));
}

/** Whether the last statement, which the entry of the audit log depends on, changed a row. */
const hasChanged = (results: readonly unknown[]): boolean => (results.at(-1) as D1Result).meta.changes > 0;
