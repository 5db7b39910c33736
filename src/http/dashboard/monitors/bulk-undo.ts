// Owns the undo of a change of many monitors: the audit log has what they were. A monitor that has changed since stays as it is.
// Does not write monitors: the API does.
import type { Context } from 'hono';
import { shownIds } from '../../../services/access/references.ts';
import { type AuditEntryRow, readAuditEntries } from '../../../store/audit-log.ts';
import { readListSurroundings } from '../../../store/list-surroundings.ts';
import { findMonitorsById, type MonitorRow } from '../../../store/monitors.ts';
import { MAX_CHANGES } from '../../api/monitors/bulk-schema.ts';
import type { HttpEnv } from '../../context.ts';
import { callApi } from '../call-api.ts';
import type { Flash } from '../flash.ts';

const GONE: Flash = { text: 'Nothing was undone: the audit log does not have this change.', tone: 'bad' };

/** `first` and `last` are numbers of the entries that the change left. Only the person who made it can undo it. */
export async function undoChanges(
  c: Context<HttpEnv>,
  first: string | null,
  last: string | null,
): Promise<Flash> {
  const { config, caller } = c.var;
  const [from, to] = [Number(first), Number(last)];
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 1 || to < from) return GONE;
  if (to - from >= MAX_CHANGES) return GONE;
  const read = await readAuditEntries(config.db, from);
  const entries = read.filter(
    ({ seq, action, actorType, actorId }) =>
      seq <= to &&
      action === 'monitor.updated' &&
      actorType === caller.actor.type &&
      actorId === caller.actor.id,
  );
  if (entries.length !== to - from + 1) return GONE;
  const rows = await findMonitorsById(
    config.db,
    entries.map(({ targetId }) => targetId),
  );
  const { channels } = await readListSurroundings(config.db, caller.restriction);
  const inside = new Set(channels.map(({ id }) => id));
  const updates = entries.flatMap((entry) => {
    const row = rows.get(entry.targetId);
    const patch = row === undefined ? null : restoringPatch(entry, row);
    if (row === undefined || patch === null) return [];
    const { channels: listed } = patch as { channels?: MonitorRow['channels'] };
    const shown = listed === undefined ? {} : { channels: shownIds(caller.restriction, listed, inside) };
    return [{ id: row.id, version: row.version, patch: { ...patch, ...shown } }];
  });
  const kept = entries.length - updates.length;
  const since = kept === 0 ? '' : ` ${kept} ${kept === 1 ? 'has' : 'have'} changed since, and stayed.`;
  if (updates.length === 0) return { text: `Nothing was undone.${since}`, tone: 'warn' };
  const undone = await callApi(c, 'POST', '/api/v1/monitors/bulk', { body: { updates } });
  if (!undone.ok) return { text: `Nothing was undone. ${undone.detail}`, tone: 'bad' };
  const count: number = undone.body.updated;
  return {
    text: `${count.toLocaleString('en')} ${count === 1 ? 'monitor is' : 'monitors are'} as before.${since}`,
    tone: kept === 0 ? 'good' : 'warn',
  };
}

/** What restores the fields that the entry changed. Null: one of them has another value by now, or the entry lacks them. */
function restoringPatch({ before, after }: AuditEntryRow, row: MonitorRow): Record<string, unknown> | null {
  if (before === null || after === null) return null;
  const was = JSON.parse(before) as Record<string, unknown>;
  const became = JSON.parse(after) as Record<string, unknown>;
  const stored = row as unknown as Record<string, unknown>;
  if (Object.keys(became).some((field) => JSON.stringify(stored[field]) !== JSON.stringify(became[field])))
    return null;
  return Object.fromEntries(
    Object.keys(became).map((field) => [
      field,
      field === 'tags' ? restoredTags(was.tags as Tags, became.tags as Tags) : (was[field] ?? null),
    ]),
  );
}

type Tags = Readonly<Record<string, string>>;

/** As an update takes them: null deletes one. */
const restoredTags = (was: Tags, became: Tags): Record<string, string | null> => ({
  ...Object.fromEntries(Object.keys(became).map((name) => [name, null])),
  ...was,
});
