// Creates, updates and deletes update templates. They have no tags: every person and key reads them.
import type { Caller } from '../../access/caller.ts';
import { err, ok, type Result, type ValidationError, type VersionError } from '../../result.ts';
import type { UpdateStatus } from '../../status-pages/model.ts';
import { type AuditRecord, changedFields, runAudited } from '../../store/audit.ts';
import * as store from '../../store/update-templates.ts';
import { takenId } from '../access/references.ts';
import { freeDerivedId } from '../derived-id.ts';
import { versionError } from '../expected-version.ts';
import type { ChangeConfig } from '../public-incidents/change-incident.ts';

type Row = store.UpdateTemplateRow;

export interface UpdateTemplateDefinition {
  readonly id?: string | undefined;
  readonly name: string;
  readonly title: string;
  readonly body: string;
  readonly status: UpdateStatus;
}

const MAX_TEMPLATES = 200;

export const unknownTemplate = (id: string): ValidationError => ({
  kind: 'not_found',
  message: `Unknown update template "${id}". GET /api/v1/update-templates lists all update templates.`,
});

export async function createUpdateTemplate(
  config: ChangeConfig,
  definition: UpdateTemplateDefinition,
  caller: Caller,
): Promise<Result<Row, ValidationError>> {
  const { db } = config;
  let row: Row | null = null;
  const written = await runAudited<ValidationError>(db, config, caller, async () => {
    const rows = await store.listUpdateTemplates(db);
    if (rows.length >= MAX_TEMPLATES) {
      const message = `There are ${MAX_TEMPLATES} update templates. Delete some first.`;
      return err({ kind: 'conflict', path: [], message });
    }
    const { name, title, body, status } = definition;
    const id = definition.id ?? freeDerivedId(name, 'template', rows);
    if (rows.some((one) => one.id === id))
      return err({ kind: 'conflict', path: ['id'], message: takenId('template', id, true) });
    row = { id, name, title, body, status, version: 1, createdAt: caller.now, updatedAt: caller.now };
    const record = recordOf('update_template.created', row, null, shown(row));
    return ok({ statements: [store.insertUpdateTemplate(db, row)], record });
  });
  return written.ok ? ok(row!) : written;
}

export async function updateUpdateTemplate(
  config: ChangeConfig,
  id: string,
  changes: { readonly [F in 'name' | 'title' | 'body']?: string | undefined } & {
    readonly status?: UpdateStatus | undefined;
  },
  caller: Caller,
  expectedVersion?: number,
): Promise<Result<Row, ValidationError | VersionError>> {
  const { db } = config;
  let result: Row | null = null;
  const written = await runAudited<ValidationError | VersionError | 'unchanged'>(
    db,
    config,
    caller,
    async () => {
      const row = await store.findUpdateTemplate(db, id);
      if (!row) return err(unknownTemplate(id));
      const outdated = versionError(`The update template "${id}"`, row, expectedVersion);
      if (outdated) return err(outdated);
      const { name = row.name, title = row.title, body = row.body, status = row.status } = changes;
      const { before, after } = changedFields(shown(row), { name, title, body, status });
      result = row;
      if (Object.keys(after as object).length === 0) return err('unchanged' as const);
      result = { ...row, name, title, body, status, version: row.version + 1, updatedAt: caller.now };
      return ok({
        statements: [store.replaceUpdateTemplate(db, result)],
        record: recordOf('update_template.updated', result, before, after),
      });
    },
  );
  if (written.ok || written.error === 'unchanged') return ok(result!);
  return err(written.error);
}

export async function deleteUpdateTemplate(
  config: ChangeConfig,
  id: string,
  caller: Caller,
  expectedVersion?: number,
): Promise<Result<null, ValidationError | VersionError>> {
  const { db } = config;
  const written = await runAudited<ValidationError | VersionError>(db, config, caller, async () => {
    const row = await store.findUpdateTemplate(db, id);
    if (!row) return err(unknownTemplate(id));
    const outdated = versionError(`The update template "${id}"`, row, expectedVersion);
    if (outdated) return err(outdated);
    return ok({
      statements: [store.removeUpdateTemplate(db, id)],
      record: recordOf('update_template.deleted', row, shown(row), null),
    });
  });
  return written.ok ? ok(null) : written;
}

const shown = ({ name, title, body, status }: Row) => ({ name, title, body, status });

const recordOf = (action: string, { id, name }: Row, before: unknown, after: unknown): AuditRecord => ({
  ...{ action, target: { type: 'update_template', id, name }, before, after },
});
