// Owns what names a monitor, and what a commit that deletes monitors does to it: children and windows lose the id.
// Does not commit, and does not decide whether a reference is a refusal.
import type { Change } from '../../engine/model/journal.ts';
import type { PendingCommit } from '../../store/commit.ts';
import { removeRoute, replaceRoute } from '../../store/routes.ts';
import { replaceStatusPage } from '../../store/status-pages.ts';
import { detachDependents, type MonitorContext } from '../monitors/plan-monitor.ts';
import { followMonitors } from '../windows/follow-monitors.ts';
import { detachPages } from './detach-pages.ts';
import { detachRoutes, NOTHING_GONE } from './detach-routes.ts';
import type { Reference } from './reference.ts';

export interface Detached {
  readonly changes: readonly Change[];
  readonly statements: NonNullable<PendingCommit['statements']>;
  /** Everything that names a deleted monitor and is not deleted itself. */
  readonly references: readonly Reference[];
}

/** `deleted`: ids of the monitors that the same commit deletes. Put these changes after the deletions. */
export function detachMonitors(context: MonitorContext, deleted: ReadonlySet<string>): Detached {
  const children = detachDependents(context, deleted);
  const after = context.rows.filter(({ id }) => !deleted.has(id));
  const windows = followMonitors(context, context.rows, after);
  const gone = { ...NOTHING_GONE, monitor: (id: string) => deleted.has(id) };
  const routes = detachRoutes(context.routes, gone, context.now);
  const pages = detachPages(context.statusPages, gone, context.now);
  return {
    changes: [...children.changes, ...windows.changes],
    statements: [
      ...[...children.statements, ...windows.statements],
      ...routes.map(({ before, after: left }) =>
        left === null
          ? removeRoute(context.config.db, before)
          : replaceRoute(context.config.db, left, before.version),
      ),
      ...pages.map((page) => replaceStatusPage(context.config.db, page.after)),
    ],
    references: [
      ...children.dependents.map(
        ({ id, name }): Reference => ({ kind: 'monitor', id, name, field: 'dependsOn', effect: 'detached' }),
      ),
      ...windows.references,
      ...[...routes, ...pages].flatMap(({ references }) => references),
    ],
  };
}
