// Owns the difference between the status pages of a configuration and the stored ones, and what stored pages lose with an entry
// that the configuration deletes. Does not commit.
import type { Caller } from '../../access/caller.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { changedFields as changedAuditFields } from '../../store/audit.ts';
import { listPageTargets, type PageTargets } from '../../store/status-page-targets.ts';
import * as store from '../../store/status-pages.ts';
import { detachPages } from '../references/detach-pages.ts';
import { leftOutError, type Reference, type ReferencedError } from '../references/reference.ts';
import { loggedPage, type PageDefinition } from '../status-pages/page-record.ts';
import { planPage } from '../status-pages/plan-page.ts';
import type { EntryDifference } from './audit-config.ts';
import type { Remaining } from './diff-routes.ts';
import {
  changedFields,
  type KindPlan,
  NO_CHANGES,
  type PlannedUpdate,
  prefixPath,
  type Statements,
  withIds,
} from './entries.ts';

export interface StatusPageDiff {
  readonly plan: KindPlan;
  readonly storedCount: number;
  readonly statements: Statements;
  readonly references: readonly Reference[];
  readonly differences: readonly EntryDifference[];
}

/** What a configuration writes, as far as pages name it. */
interface Wanted {
  readonly statusPages?: readonly PageDefinition[] | undefined;
  readonly channels?:
    | readonly { readonly id?: string | undefined; readonly name: string; readonly type: string }[]
    | undefined;
}

/** Undefined definitions: all pages stay, without what the configuration deletes. */
export async function diffStatusPages(
  config: Config,
  wanted: Wanted,
  remaining: Pick<Remaining, 'monitors' | 'channels'>,
  caller: Caller,
  detach: boolean,
): Promise<Result<StatusPageDiff, ValidationError | ReferencedError>> {
  const rows = await store.listStatusPages(config.db);
  return wanted.statusPages === undefined
    ? detachStored(config, rows, remaining, caller, detach)
    : diffPages(config, rows, wanted, remaining, caller);
}

function detachStored(
  { db }: Config,
  rows: readonly store.StatusPageRow[],
  { monitors, channels }: Pick<Remaining, 'monitors' | 'channels'>,
  { now }: Caller,
  detach: boolean,
): Result<StatusPageDiff, ReferencedError> {
  const gone = {
    channel: (id: string) => channels.deleted.has(id),
    monitor: (id: string) => monitors.deleted.has(id),
  };
  const cut = detachPages(rows, gone, now);
  const references = cut.flatMap((one) => one.references);
  const [first] = cut;
  if (first && !detach) {
    const { kind, id } = first.missing;
    const sentence = `The status page "${first.before.id}" names the ${kind} "${id}", which this configuration deletes.`;
    const keep = `Keep the ${kind}, or remove it from the status page first.`;
    return err(leftOutError([`${kind}s`], { first: sentence, keep }, references));
  }
  return ok({
    ...{ plan: NO_CHANGES, storedCount: rows.length, references },
    statements: cut.map(({ after }) => store.replaceStatusPage(db, after)),
    differences: cut.map(({ before, after }) => differenceOf(before, after)),
  });
}

const differenceOf = (
  before: store.StatusPageRow | null,
  after: store.StatusPageRow | null,
): EntryDifference => {
  const { id } = (after ?? before)!;
  return before !== null && after !== null
    ? { id, ...changedAuditFields(loggedPage(before), loggedPage(after)) }
    : { id, before: before && loggedPage(before), after: after && loggedPage(after) };
};

async function diffPages(
  config: Config,
  rows: readonly store.StatusPageRow[],
  { statusPages = [], channels }: Wanted,
  remaining: Pick<Remaining, 'monitors' | 'channels'>,
  caller: Caller,
): Promise<Result<StatusPageDiff, ValidationError>> {
  const { db } = config;
  const entries = withIds(
    statusPages.map((page) => ({ ...page, name: page.title })),
    'page',
  ).map(({ name: _, ...page }) => page);
  const targets = targetsAfter(await listPageTargets(db), channels, remaining);
  const rules = { caller, config, targets, rows: entries };
  const left = new Map(rows.map((row) => [row.id, row]));
  const created: string[] = [];
  const updated: PlannedUpdate[] = [];
  const writes: Statements = [];
  const differences: EntryDifference[] = [];
  const moved: string[] = [];
  for (const [index, definition] of entries.entries()) {
    const { id } = definition;
    const known = left.get(id) ?? null;
    left.delete(id);
    const planned = await planPage(config, rules, id, definition, known, caller.now);
    if (!planned.ok) return err(prefixPath(['statusPages', index], planned.error));
    const { row } = planned.value;
    if (known === null) {
      created.push(id);
      writes.push(store.insertStatusPage(db, row));
      differences.push(differenceOf(null, row));
      continue;
    }
    const fields = changedFields(loggedPage(known), loggedPage(row));
    if (fields.length === 0 && known.accessVersion === row.accessVersion) continue;
    if (known.host !== row.host) moved.push(id);
    updated.push({ id, fields });
    writes.push(store.replaceStatusPage(db, row));
    differences.push(differenceOf(known, row));
  }
  const deleted = [...left.values()];
  return ok({
    plan: { create: created, update: updated, delete: deleted.map(({ id }) => id) },
    ...{ storedCount: rows.length, references: [] },
    statements: [
      ...deleted.flatMap((row) => store.removeStatusPage(db, row)),
      // Two pages may exchange their hosts.
      ...(moved.length === 0 ? [] : [store.clearHosts(db, moved)]),
      ...writes,
    ],
    differences: [...differences, ...deleted.map((row) => differenceOf(row, null))],
  });
}

/** What exists when the configuration is applied. Its callers have no restriction, so tags and groups do not matter. */
const targetsAfter = (
  stored: PageTargets,
  channels: Wanted['channels'],
  { monitors }: Pick<Remaining, 'monitors'>,
): PageTargets => ({
  ...stored,
  monitors: [...monitors.ids].map((id) => ({ id, group: null, tags: {} })),
  channels:
    channels === undefined
      ? stored.channels
      : withIds(channels, 'channel').map(({ id, type }) => ({ id, type, tags: {} })),
});
