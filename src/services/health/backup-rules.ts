// Owns the rule about the backup that the mesh makes once a day. Pure. Without it, checks and notifications go on.
import { TICK_WITHIN_MS } from '../../engine/model/policy.ts';
import { duration } from './figures.ts';
import type { Rule } from './rule.ts';

/** A backup is made once a day. One that fails is tried again every quarter of an hour. */
const FAILED_AFTER_MS = 26 * 3_600_000;
/** Runs need ticks. After a time without any, the next backup has this long. */
const RESUMED_MS = 3_600_000;

export const BACKUP_RULES = {
  backup_failed: {
    words: 'The monitoring system has no recent backup.',
    stops: false,
    find({ facts: { scheduledBackup, tickAt }, state, expectsBackups }, now) {
      if (!expectsBackups || !scheduledBackup) return null;
      // Ticks ask for the runs: without them, another reason applies.
      if (tickAt === null || now - tickAt >= TICK_WITHIN_MS) return null;
      const { newest, expectedSince, failure } = scheduledBackup;
      const from = newest?.at ?? expectedSince;
      const since = Math.max(from + FAILED_AFTER_MS, state.resumedAt + RESUMED_MS);
      if (now < since) return null;
      const age = duration(now - from);
      const words =
        newest === null
          ? `No backup was stored in the ${age} since backups are set up`
          : `The newest backup is ${age} old: ${newest.key}`;
      const why =
        failure === null
          ? "No run has ended with an error: check the queue of ticks and the Worker's log."
          : `The newest run failed: ${failure.error.replace(/\.$/, '')}. Check the bucket of BACKUPS.`;
      return { since, detail: `${words}. The limit is ${duration(FAILED_AFTER_MS)}. ${why}` };
    },
  },
} satisfies Record<string, Rule>;
