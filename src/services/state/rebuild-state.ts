// Verifies the stored state at a person's request, and rebuilds it if it is damaged. Does not decide what is damaged.
import type { Caller } from '../../access/caller.ts';
import type { EncryptionKeys } from '../../encryption-key.ts';
import type { Config } from '../../env.ts';
import { type AuditRecord, auditStatements, isAuditConflict } from '../../store/audit.ts';
import { rebuild } from '../../store/rebuild.ts';
import type { Rebuild } from '../../store/rebuilt-body.ts';
import { loadState } from '../../store/shard.ts';

export interface VerifiedState {
  /** Newest journal row of the state. */
  readonly seq: number;
  /** What was repaired. Null if nothing was damaged. */
  readonly rebuild: Rebuild | null;
}

const MAX_ATTEMPTS = 12;

/** The audit log has an entry if something was repaired. A state that is whole is only read. */
export async function rebuildState(
  config: Pick<Config, 'db' | keyof EncryptionKeys>,
  caller: Caller,
): Promise<VerifiedState> {
  const { db } = config;
  const audit = (report: Rebuild) => auditStatements(db, config, caller, recordOf(report));
  for (let attempt = 1; ; attempt += 1) {
    try {
      const done = await rebuild(db, () => caller.now, { verify: true, audit });
      return { seq: (await loadState(db)).seq, rebuild: done };
    } catch (error) {
      // Another change took the next place in the audit log.
      if (attempt >= MAX_ATTEMPTS || !isAuditConflict(error)) throw error;
    }
  }
}

const recordOf = ({ id, ...report }: Rebuild): AuditRecord => ({
  action: 'state.rebuilt',
  target: { type: 'state', id, name: 'state' },
  before: null,
  after: report,
});
