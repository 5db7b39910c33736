// Owns the row that is stored of a written status page: its secrets, and when earlier access to it ends. Does not write it.
import type { Config } from '../../env.ts';
import { ok, type Result, type ValidationError } from '../../result.ts';
import type { PageAccess } from '../../status-pages/model.ts';
import type { StatusPageRow } from '../../store/status-pages.ts';
import { isPassword } from '../local-accounts/password.ts';
import type { PageDefinition, WrittenAccess } from './page-record.ts';
import { checkPage, type PageRules } from './page-rules.ts';
import { newPageSecrets, openPageSecrets, type PageSecrets, sealPageSecrets } from './page-secrets.ts';

export interface PlannedPage {
  readonly row: StatusPageRow;
  /** Of a page that has got a password. Null: the stored key stays, or there is none. */
  readonly feedKey: string | null;
}

/** `stored` null: a new page. The version is one more than the stored one. */
export async function planPage(
  config: Config,
  rules: PageRules,
  id: string,
  definition: PageDefinition,
  stored: StatusPageRow | null,
  now: number,
): Promise<Result<PlannedPage, ValidationError>> {
  const components = checkPage(rules, id, definition, stored);
  if (!components.ok) return components;
  const { id: _, title, host, access: written, tags, ...page } = definition;
  const access = storedAccess(written);
  const { made, sealed } = await planSecrets(config, written, stored);
  const isSame = made === null && stored !== null && JSON.stringify(stored.access) === JSON.stringify(access);
  const row: StatusPageRow = {
    ...{ id, title, host, config: { ...page, components: components.value }, access, tags: { ...tags } },
    sealed: made === null ? sealed : await sealPageSecrets(config, id, made),
    // A time, so that a page which is deleted and made again accepts no earlier grant.
    accessVersion: isSame ? stored.accessVersion : Math.max((stored?.accessVersion ?? 0) + 1, now),
    version: (stored?.version ?? 0) + 1,
    createdAt: stored?.createdAt ?? now,
    updatedAt: now,
  };
  return ok({ row, feedKey: made?.feedKey ?? null });
}

const storedAccess = (access: WrittenAccess): PageAccess =>
  access.type === 'password' ? { type: 'password' } : access;

/** A password that is the stored one makes nothing new: a configuration that is applied again ends no access. */
async function planSecrets(
  config: Config,
  access: WrittenAccess,
  stored: StatusPageRow | null,
): Promise<{ readonly made: PageSecrets | null; readonly sealed: string | null }> {
  if (access.type !== 'password') return { made: null, sealed: null };
  if (access.password === null) return { made: null, sealed: stored?.sealed ?? null };
  const known = stored?.access.type === 'password' ? await openIfPossible(config, stored) : null;
  if (known !== null && (await isPassword(access.password, known.passwordHash)))
    return { made: null, sealed: stored!.sealed };
  return { made: await newPageSecrets(access.password), sealed: null };
}

/** A password that is written replaces secrets that no configured key opens. */
async function openIfPossible(config: Config, stored: StatusPageRow): Promise<PageSecrets | null> {
  try {
    return await openPageSecrets(config, stored);
  } catch {
    return null;
  }
}
