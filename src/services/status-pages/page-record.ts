// Owns a status page as people write and read it, and what the audit log keeps of it. Pure. Does not write the log.
import { DEFAULT_PAGE, type PageAccess, type PageConfig } from '../../status-pages/model.ts';
import { type AuditRecord, changedFields } from '../../store/audit.ts';
import type { StatusPageRow } from '../../store/status-pages.ts';
import type { Tags } from '../../tags.ts';

type PasswordAccess = Extract<PageAccess, { type: 'password' }>;

/** As a person writes it. A password of null keeps the stored one. */
export type WrittenAccess =
  | Exclude<PageAccess, PasswordAccess>
  | (PasswordAccess & { readonly password: string | null });

/** A status page as a person writes it, with defaults applied. */
export interface PageDefinition extends PageConfig {
  readonly id?: string | undefined;
  readonly title: string;
  readonly host: string | null;
  readonly access: WrittenAccess;
  readonly tags: Tags;
}

const shownAccess = (access: PageAccess): WrittenAccess =>
  access.type === 'password' ? { ...access, password: null } : access;

/** Without secrets. */
export const pageDefinition = ({ id, title, host, config, access, tags }: StatusPageRow) =>
  ({ id, title, host, ...config, access: shownAccess(access), tags }) satisfies PageDefinition;

/** The default page as it is before a person changes it. It has no row, and its version is 0. */
export const defaultPageRow = (now: number): StatusPageRow => ({
  ...{ ...DEFAULT_PAGE, sealed: null, tags: {}, version: 0, createdAt: now, updatedAt: now },
});

/** What a read shows, and in which form the log keeps that the password changed. */
const logged = (row: StatusPageRow): Record<string, unknown> => ({
  ...pageDefinition(row),
  ...(row.access.type === 'password' ? { secrets: `version ${row.accessVersion}` } : {}),
});

const target = ({ id, title }: StatusPageRow) => ({ type: 'status_page', id, name: title });

export const pageCreated = (row: StatusPageRow): AuditRecord => ({
  ...{ action: 'status_page.created', target: target(row), before: null, after: logged(row) },
});

export const pageUpdated = (before: StatusPageRow, after: StatusPageRow): AuditRecord => ({
  ...{ action: 'status_page.updated', target: target(after) },
  ...changedFields(logged(before), logged(after)),
});

export const pageDeleted = (row: StatusPageRow): AuditRecord => ({
  ...{ action: 'status_page.deleted', target: target(row), before: logged(row), after: null },
});

export const loggedPage = logged;
