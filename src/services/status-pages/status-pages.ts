// Creates, updates and deletes status pages. The default page exists without a row: its first change stores it, and its
// deletion resets it. Does not decide who may read a page.
import type { Caller } from '../../access/caller.ts';
import { isInside } from '../../access/restriction.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError, type VersionError } from '../../result.ts';
import { DEFAULT_PAGE } from '../../status-pages/model.ts';
import { type AuditedWrite, runAudited } from '../../store/audit.ts';
import { listPageTargets } from '../../store/status-page-targets.ts';
import * as store from '../../store/status-pages.ts';
import { ifInside, takenId } from '../access/references.ts';
import { readRestrictingNames, restrictingTagsError } from '../access/restricting-tags.ts';
import { freeDerivedId } from '../derived-id.ts';
import { changedMeanwhile, versionError } from '../expected-version.ts';
import {
  defaultPageRow,
  type PageDefinition,
  pageCreated,
  pageDefinition,
  pageDeleted,
  pageUpdated,
} from './page-record.ts';
import { shownComponents } from './page-rules.ts';
import { type PlannedPage, planPage } from './plan-page.ts';

type StatusPageRow = store.StatusPageRow;

export const unknownPage = (id: string): ValidationError => ({
  kind: 'not_found',
  message: `Unknown status page "${id}". GET /api/v1/status-pages lists all status pages.`,
});

/** Subscribers and readers can take only so many. */
export const MAX_PAGES = 100;

/** The stored pages, and the default one. */
export async function listPages(db: D1Database, { restriction, now }: Caller): Promise<StatusPageRow[]> {
  const rows = await store.listStatusPages(db);
  const all = rows.some(({ id }) => id === DEFAULT_PAGE.id) ? rows : [defaultPageRow(now), ...rows];
  return all.filter((row) => isInside(restriction, row));
}

/** Null for an unknown page, and for one outside. */
export async function findPage(
  db: D1Database,
  id: string,
  { restriction, now }: Pick<Caller, 'restriction' | 'now'>,
): Promise<StatusPageRow | null> {
  const row = await store.findStatusPage(db, { id });
  return ifInside(restriction, row ?? (id === DEFAULT_PAGE.id ? defaultPageRow(now) : null));
}

export async function createPage(
  config: Config,
  definition: PageDefinition,
  caller: Caller,
): Promise<Result<PlannedPage, ValidationError>> {
  const { db } = config;
  const names = await readRestrictingNames(db, caller);
  const refused = restrictingTagsError(caller, definition.tags, null, names);
  if (refused) return err(refused);
  let planned: PlannedPage | null = null;
  const written = await audited<ValidationError>(config, caller, async () => {
    const [rows, targets] = await Promise.all([store.listStatusPages(db), listPageTargets(db)]);
    if (rows.length >= MAX_PAGES) return err(tooMany());
    const id = definition.id ?? freeDerivedId(definition.title, 'page', [...rows, DEFAULT_PAGE]);
    const taken = rows.find((one) => one.id === id);
    if (taken || (id === DEFAULT_PAGE.id && caller.restriction !== null)) {
      const isShown = taken !== undefined && isInside(caller.restriction, taken);
      return err({ kind: 'conflict', path: ['id'], message: takenId('status page', id, isShown) });
    }
    const rules = { caller, config, targets, rows };
    const plan = await planPage(config, rules, id, definition, null, caller.now);
    if (!plan.ok) return plan;
    planned = plan.value;
    return ok(onlyIfChanged(store.insertStatusPage(db, planned.row), pageCreated(planned.row)));
  });
  if (!written.ok) return written;
  return hasChanged(written.value) ? ok(planned!) : err(changedMeanwhile(`the status page`));
}

const tooMany = (): ValidationError => ({
  ...{ kind: 'conflict', path: [] },
  message: `There are ${MAX_PAGES} status pages. Delete some first.`,
});

/** Applies `patch` to the stored page. Fails with `precondition_failed` if it has another version than the expected one. */
export async function updatePage<E = ValidationError>(
  config: Config,
  id: string,
  patch: (stored: PageDefinition) => Result<PageDefinition, E>,
  caller: Caller,
  expectedVersion?: number,
): Promise<Result<PlannedPage, ValidationError | VersionError | E>> {
  const { db } = config;
  const names = await readRestrictingNames(db, caller);
  let planned: PlannedPage | null = null;
  const written = await audited<ValidationError | VersionError | E | 'unchanged'>(
    config,
    caller,
    async () => {
      const row = await findPage(db, id, caller);
      if (!row) return err(unknownPage(id));
      const outdated = versionError(`The status page "${id}"`, row, expectedVersion);
      if (outdated) return err(outdated);
      const [rows, targets] = await Promise.all([store.listStatusPages(db), listPageTargets(db)]);
      const shown = pageDefinition(row);
      const patched = patch({ ...shown, components: shownComponents(caller, shown.components, targets) });
      if (!patched.ok) return patched;
      const refused = restrictingTagsError(caller, patched.value.tags, row.tags, names);
      if (refused) return err(refused);
      const rules = { caller, config, targets, rows };
      const plan = await planPage(config, rules, id, patched.value, row, caller.now);
      if (!plan.ok) return plan;
      if (isSame(row, plan.value.row)) {
        planned = { row, feedKey: null };
        return err('unchanged' as const);
      }
      planned = plan.value;
      const record = pageUpdated(row, planned.row);
      return ok(
        onlyIfChanged(
          row.version === 0
            ? store.insertStatusPage(db, planned.row)
            : store.replaceStatusPage(db, planned.row),
          record,
        ),
      );
    },
  );
  if (!written.ok) return written.error === 'unchanged' ? ok(planned!) : err(written.error as E);
  return hasChanged(written.value) ? ok(planned!) : err(changedMeanwhile(`the status page "${id}"`));
}

const isSame = (before: StatusPageRow, after: StatusPageRow): boolean =>
  before.accessVersion === after.accessVersion &&
  JSON.stringify(pageDefinition(before)) === JSON.stringify(pageDefinition(after));

export async function deletePage(
  config: Config,
  id: string,
  caller: Caller,
  expectedVersion?: number,
): Promise<Result<null, ValidationError | VersionError>> {
  const { db } = config;
  const written = await audited<ValidationError | VersionError>(config, caller, async () => {
    const row = ifInside(caller.restriction, await store.findStatusPage(db, { id }));
    if (!row) return err(unknownPage(id));
    const outdated = versionError(`The status page "${id}"`, row, expectedVersion);
    if (outdated) return err(outdated);
    return ok({
      statements: store.removeStatusPage(db, row),
      record: pageDeleted(row),
      options: { ifChanged: true },
    });
  });
  if (!written.ok) return written;
  return hasChanged(written.value) ? ok(null) : err(changedMeanwhile(`the status page "${id}"`));
}

/** Two pages that are written together with the same host: the second attempt finds it taken. */
async function audited<E>(
  config: Config,
  caller: Caller,
  draft: () => Promise<Result<AuditedWrite, E>>,
): Promise<Result<readonly unknown[], E>> {
  try {
    return await runAudited<E>(config.db, config, caller, draft);
  } catch (error) {
    if (!store.isHostConflict(error)) throw error;
    return runAudited<E>(config.db, config, caller, draft);
  }
}

const onlyIfChanged = (
  statement: AuditedWrite['statements'][number],
  record: AuditedWrite['record'],
): AuditedWrite => ({ ...{ statements: [statement], record, options: { ifChanged: true } } });

/** Whether the last statement, which the entry of the audit log depends on, changed a row. */
const hasChanged = (results: readonly unknown[]): boolean => (results.at(-1) as D1Result).meta.changes > 0;
