// Sets and removes the dead man's switch: an address that the coordinator calls once a minute while it works, so that a service
// elsewhere notices when the calls stop. Does not call it: call-dead-mans-switch.ts does.
import type { Caller } from '../../access/caller.ts';
import { validateReceiverUrl } from '../../channels/receiver-url.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { type AuditRecord, runAudited } from '../../store/audit.ts';
import * as store from '../../store/dead-mans-switch.ts';
import { DEAD_MANS_SWITCH_PLACE, seal } from '../../store/encryption.ts';
import { changedMeanwhile } from '../expected-version.ts';

const record = (before: string | null, after: string | null): AuditRecord => ({
  action: after === null ? 'dead_mans_switch.deleted' : 'dead_mans_switch.updated',
  target: { type: 'setting', id: 'dead_mans_switch', name: "dead man's switch" },
  // The rest of the address is often a password.
  before: before === null ? null : { host: before },
  after: after === null ? null : { host: after, url: '(replaced)' },
});

export async function setDeadMansSwitch(
  config: Config,
  url: string,
  caller: Caller,
): Promise<Result<null, ValidationError>> {
  const { db } = config;
  const message = validateReceiverUrl(url, config);
  if (message !== null) return err({ kind: 'invalid', path: ['url'], message });
  const { host } = new URL(url);
  const sealed = await seal(config, DEAD_MANS_SWITCH_PLACE, url);
  const written = await runAudited<ValidationError>(db, config, caller, async () => {
    const { setting } = await store.findDeadMansSwitch(db);
    return ok({
      // The result of another address proves nothing.
      statements: [
        store.removeDeadMansSwitchResult(db),
        store.writeDeadMansSwitch(db, { host, sealed, version: setting?.version ?? 0 }, caller.now),
      ],
      record: record(setting?.host ?? null, host),
      options: { ifChanged: true },
    });
  });
  if (!written.ok) return written;
  return hasChanged(written.value) ? ok(null) : err(changedMeanwhile("the dead man's switch"));
}

/** Without one, nothing changes. */
export async function removeDeadMansSwitch(
  config: Config,
  caller: Caller,
): Promise<Result<null, ValidationError>> {
  const { db } = config;
  const written = await runAudited<ValidationError | 'unchanged'>(db, config, caller, async () => {
    const { setting } = await store.findDeadMansSwitch(db);
    if (setting === null) return err('unchanged' as const);
    return ok({
      statements: [store.removeDeadMansSwitchResult(db), store.removeDeadMansSwitch(db, setting)],
      record: record(setting.host, null),
      options: { ifChanged: true },
    });
  });
  if (!written.ok) return written.error === 'unchanged' ? ok(null) : err(written.error);
  return hasChanged(written.value) ? ok(null) : err(changedMeanwhile("the dead man's switch"));
}

/** Whether the last statement, which the entry of the audit log depends on, changed a row. */
const hasChanged = (results: readonly unknown[]): boolean => (results.at(-1) as D1Result).meta.changes > 0;
