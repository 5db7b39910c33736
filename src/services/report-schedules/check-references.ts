// Owns what a report schedule may name: channels that exist, are no pagers and are inside; and of a restricted caller, only
// monitors and tags inside. Pure.
import type { Caller } from '../../access/caller.ts';
import { isInside, keepOutside } from '../../access/restriction.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { tagName } from '../../tags.ts';
import { describeRestriction, unknownReference, writeReferences } from '../access/references.ts';
import type { HistoryScope } from '../history/history-access.ts';
import type { ReportScheduleDefinition } from './report-schedule-record.ts';

/** Everything that a schedule can name. */
export interface ReportTargets {
  readonly monitors: ReadonlySet<string>;
  readonly monitorsInside: ReadonlySet<string>;
  readonly channels: ReadonlyMap<string, { readonly type: string; readonly isInside: boolean }>;
}

export interface TargetRows {
  readonly monitors: readonly { readonly id: string; readonly tags: Readonly<Record<string, string>> }[];
  readonly channels: readonly {
    readonly id: string;
    readonly type: string;
    readonly tags: Readonly<Record<string, string>>;
  }[];
}

export const reportTargets = (
  { restriction }: Pick<Caller, 'restriction'>,
  { monitors, channels }: TargetRows,
): ReportTargets => ({
  monitors: new Set(monitors.map(({ id }) => id)),
  monitorsInside: new Set(monitors.filter((row) => isInside(restriction, row)).map(({ id }) => id)),
  channels: new Map(
    channels.map((row) => [row.id, { type: row.type, isInside: isInside(restriction, row) }]),
  ),
});

/** They would open an alert for a report. */
const PAGERS: ReadonlySet<string> = new Set(['pagerduty', 'jsm', 'alertmanager']);

/** The definition with the lists to store. Ids outside that are stored stay. */
export function withReportReferences<D extends ReportScheduleDefinition>(
  caller: Pick<Caller, 'restriction'>,
  definition: D,
  stored: Pick<ReportScheduleDefinition, 'scope' | 'channels'> | null,
  targets: ReportTargets,
): Result<D, ValidationError> {
  const scope = scopeToStore(caller, definition.scope, stored?.scope ?? null, targets);
  if (!scope.ok) return scope;
  const inside = new Set([...targets.channels].flatMap(([id, channel]) => (channel.isInside ? [id] : [])));
  for (const [index, id] of definition.channels.entries()) {
    if (stored?.channels.includes(id)) continue;
    const channel = targets.channels.get(id);
    if (channel === undefined || !channel.isInside)
      return err({ kind: 'not_found', path: ['channels', index], message: unknownReference('channel', id) });
    if (PAGERS.has(channel.type)) {
      const message = `The channel "${id}" is a pager, which would open an alert. Use a channel that people read, or a webhook.`;
      return err({ kind: 'invalid', path: ['channels', index], message });
    }
  }
  const { restriction } = caller;
  const channels = keepOutside(restriction, stored?.channels ?? [], definition.channels, (id) =>
    inside.has(id),
  );
  return ok({ ...definition, scope: scope.value, channels });
}

function scopeToStore(
  caller: Pick<Caller, 'restriction'>,
  written: HistoryScope,
  stored: HistoryScope | null,
  targets: ReportTargets,
): Result<HistoryScope, ValidationError> {
  const { restriction } = caller;
  const isUnchanged = stored !== null && JSON.stringify(stored) === JSON.stringify(written);
  if (isUnchanged) return ok(written);
  if (written.monitors !== 'all') {
    const known = restriction === null ? targets.monitors : targets.monitorsInside;
    const index = written.monitors.findIndex(
      (id) => !known.has(id) && !(stored?.monitors !== 'all' && stored?.monitors.includes(id)),
    );
    if (index >= 0) {
      const message = unknownReference('monitor', written.monitors[index]!);
      return err({ kind: 'not_found', path: ['scope', 'monitors', index], message });
    }
  }
  if (restriction === null) return ok(written);
  const about = `Your access is restricted to ${describeRestriction(restriction)}.`;
  const group = written.groups.findIndex((one) => !stored?.groups.includes(one));
  if (group >= 0)
    return err({
      ...{ kind: 'invalid', path: ['scope', 'groups', group] },
      message: `${about} A group can contain other monitors. List monitors or tags instead.`,
    });
  const tag = written.tags.findIndex(
    (one) => !restriction.includes(one) && !restriction.includes(tagName(one)) && !stored?.tags.includes(one),
  );
  if (tag >= 0)
    return err({
      ...{ kind: 'invalid', path: ['scope', 'tags', tag] },
      message: `${about} Use one of these tags.`,
    });
  if (JSON.stringify(stored?.monitors) === JSON.stringify(written.monitors)) return ok(written);
  const list = writeReferences(
    caller,
    { kind: 'monitor', path: ['scope', 'monitors'] },
    written.monitors,
    stored?.monitors ?? null,
    targets.monitorsInside,
  );
  return 'error' in list ? err(list.error) : ok({ ...written, monitors: list.list });
}
