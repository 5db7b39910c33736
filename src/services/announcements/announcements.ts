// Creates, updates and deletes announcements. One that notifies is mailed once, when it begins: now, or by a tick.
import type { Caller } from '../../access/caller.ts';
import { isInside } from '../../access/restriction.ts';
import { err, ok, type Result, type ValidationError, type VersionError } from '../../result.ts';
import type { Mailing } from '../../status-pages/mailing.ts';
import * as store from '../../store/announcements.ts';
import { type AuditRecord, changedFields, runAudited } from '../../store/audit.ts';
import type { Statement } from '../../store/database.ts';
import { insertMailing } from '../../store/mailings.ts';
import type { Tags } from '../../tags.ts';
import { describeRestriction } from '../access/references.ts';
import { readRestrictingNames, restrictingTagsError } from '../access/restricting-tags.ts';
import { versionError } from '../expected-version.ts';
import type { ChangeConfig } from '../public-incidents/change-incident.ts';
import { type Naming, readNaming, readShown, writtenPages } from '../public-incidents/naming.ts';
import { newId } from '../tokens.ts';

type Row = store.AnnouncementRow;

export interface AnnouncementDefinition {
  readonly title: string;
  readonly body: string;
  readonly pages: 'all' | readonly string[];
  /** Undefined: now. */
  readonly startsAt?: number | undefined;
  readonly endsAt: number | null;
  readonly notify: boolean;
  readonly tags: Tags;
}

export const unknownAnnouncement = (id: string): ValidationError => ({
  kind: 'not_found',
  message: `Unknown announcement "${id}". GET /api/v1/announcements lists all announcements.`,
});

/** The id has no version: an announcement is mailed at most once. */
export const announcementMailing = ({ id, title, body, pages }: Row, at: number): Mailing => ({
  ...{ id: `announcement_${id}`, kind: 'announcement', at, title, body, status: null },
  ...{ components: null, pages, path: '/' },
});

const mailingOf = (db: D1Database, row: Row, now: number): Statement[] =>
  row.notify && row.startsAt <= now ? [insertMailing(db, announcementMailing(row, now))] : [];

/** An announcement outside the restriction is not shown. One that is shown names pages outside to no caller. */
export function shownAnnouncement(naming: Naming, row: Row): Row {
  const { pages } = row;
  if (naming.restriction === null || pages === 'all') return row;
  return { ...row, pages: pages.filter((id) => naming.pages.has(id)) };
}

export async function listShownAnnouncements(db: D1Database, caller: Caller): Promise<readonly Row[]> {
  const [rows, naming] = await Promise.all([store.listAnnouncements(db), readShown(db, caller.restriction)]);
  return rows.filter((row) => isInside(caller.restriction, row)).map((row) => shownAnnouncement(naming, row));
}

/** The same statements for every id. */
export async function readAnnouncement(db: D1Database, id: string, caller: Caller, nameable = readShown) {
  const [row, naming] = await Promise.all([store.findAnnouncement(db, id), nameable(db, caller.restriction)]);
  return row !== null && isInside(caller.restriction, row) ? { row, naming } : null;
}

export async function createAnnouncement(
  config: ChangeConfig,
  definition: AnnouncementDefinition,
  caller: Caller,
): Promise<Result<Row, ValidationError>> {
  const { db } = config;
  const { now } = caller;
  const names = await readRestrictingNames(db, caller);
  const refused = restrictingTagsError(caller, definition.tags, null, names);
  if (refused) return err(refused);
  const id = newId('ann');
  let row: Row | null = null;
  const written = await runAudited<ValidationError>(db, config, caller, async () => {
    const naming = await readNaming(db, caller.restriction);
    const pages = pagesOf(naming, definition.pages, null);
    if ('error' in pages) return err(pages.error);
    const { title, body, startsAt = now, endsAt, notify, tags } = definition;
    const invalid = timesError(startsAt, endsAt);
    if (invalid) return err(invalid);
    row = {
      ...{ id, title, body, pages: pages.list, startsAt, endsAt, notify, tags: { ...tags } },
      ...{ version: 1, createdAt: now, updatedAt: now },
    };
    const record = recordOf('announcement.created', row, null, shown(row));
    return ok({ statements: [store.insertAnnouncement(db, row), ...mailingOf(db, row, now)], record });
  });
  return written.ok ? ok(row!) : written;
}

export async function updateAnnouncement<E>(
  config: ChangeConfig,
  id: string,
  patch: (stored: Row) => Result<Required<AnnouncementDefinition>, E>,
  caller: Caller,
  expectedVersion?: number,
): Promise<Result<Row, ValidationError | VersionError | E>> {
  const { db } = config;
  const names = await readRestrictingNames(db, caller);
  let result: Row | null = null;
  const written = await runAudited<ValidationError | VersionError | E | 'unchanged'>(
    db,
    config,
    caller,
    async () => {
      const read = await readAnnouncement(db, id, caller, readNaming);
      if (!read) return err(unknownAnnouncement(id));
      const { row, naming } = read;
      const outdated = versionError(`The announcement "${id}"`, row, expectedVersion);
      if (outdated) return err(outdated);
      const patched = patch(shownAnnouncement(naming, row));
      if (!patched.ok) return patched;
      const { title, body, startsAt, endsAt, notify, tags } = patched.value;
      const refused = restrictingTagsError(caller, tags, row.tags, names) ?? timesError(startsAt!, endsAt);
      if (refused) return err(refused);
      const pages = pagesOf(naming, patched.value.pages, row.pages);
      if ('error' in pages) return err(pages.error);
      const fields = { title, body, pages: pages.list, startsAt: startsAt!, endsAt, notify };
      const next: Row = { ...row, ...fields, tags: { ...tags } };
      result = shownAnnouncement(naming, row);
      if (JSON.stringify(next) === JSON.stringify(row)) return err('unchanged' as const);
      const stored = { ...next, version: row.version + 1, updatedAt: caller.now };
      result = shownAnnouncement(naming, stored);
      const { before, after } = changedFields(shown(row), shown(stored));
      return ok({
        statements: [store.replaceAnnouncement(db, stored), ...mailingOf(db, stored, caller.now)],
        record: recordOf('announcement.updated', stored, before, after),
      });
    },
  );
  if (written.ok || written.error === 'unchanged') return ok(result!);
  return err(written.error as ValidationError | VersionError | E);
}

/** A mailing that is on its way arrives nevertheless. */
export async function deleteAnnouncement(
  config: ChangeConfig,
  id: string,
  caller: Caller,
  expectedVersion?: number,
): Promise<Result<null, ValidationError | VersionError>> {
  const { db } = config;
  const written = await runAudited<ValidationError | VersionError>(db, config, caller, async () => {
    const read = await readAnnouncement(db, id, caller);
    if (!read) return err(unknownAnnouncement(id));
    const outdated = versionError(`The announcement "${id}"`, read.row, expectedVersion);
    if (outdated) return err(outdated);
    return ok({
      statements: [store.removeAnnouncement(db, read.row)],
      record: recordOf('announcement.deleted', read.row, shown(read.row), null),
    });
  });
  return written.ok ? ok(null) : written;
}

/** "All" is for the readers of every page, so a restricted caller lists pages. */
function pagesOf(naming: Naming, written: 'all' | readonly string[], stored: Row['pages'] | null) {
  const { restriction } = naming;
  if (restriction === null || written !== 'all' || stored === 'all')
    return writtenPages(naming, written, stored, ['pages']);
  const message = `Your access is restricted to ${describeRestriction(restriction)}. List status pages instead of "all".`;
  return { error: { kind: 'invalid', path: ['pages'], message } as const };
}

const timesError = (startsAt: number, endsAt: number | null): ValidationError | null =>
  endsAt === null || endsAt > startsAt
    ? null
    : { kind: 'invalid', path: ['endsAt'], message: '`endsAt` must be after `startsAt`.' };

const shown = ({ title, body, pages, startsAt, endsAt, notify, tags }: Row) => ({
  ...{ title, body, pages, notify, tags },
  startsAt: new Date(startsAt).toISOString(),
  endsAt: endsAt === null ? null : new Date(endsAt).toISOString(),
});

const recordOf = (action: string, { id, title }: Row, before: unknown, after: unknown): AuditRecord => ({
  ...{ action, target: { type: 'announcement', id, name: title }, before, after },
});
