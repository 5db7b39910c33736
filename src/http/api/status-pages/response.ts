// Owns a status page as the API returns it, and how an update merges with it.
import type { z } from 'zod';
import type { Caller } from '../../../access/caller.ts';
import type { Config } from '../../../env.ts';
import { findPageProblems } from '../../../services/status-pages/page-problems.ts';
import { type PageDefinition, pageDefinition } from '../../../services/status-pages/page-record.ts';
import { shownComponents } from '../../../services/status-pages/page-rules.ts';
import { DEFAULT_PAGE } from '../../../status-pages/model.ts';
import type { PageTargets } from '../../../store/status-page-targets.ts';
import type { StatusPageRow } from '../../../store/status-pages.ts';
import { iso } from '../common.ts';
import { mergePatch } from '../merge-patch.ts';
import type { pagePatchSchema, pageSchema } from './schema.ts';

export async function toPageResponse(
  config: Config,
  caller: Pick<Caller, 'restriction'>,
  row: StatusPageRow,
  targets: PageTargets,
  feedKey: string | null = null,
): Promise<z.output<typeof pageSchema>> {
  const definition = pageDefinition(row);
  const shown = {
    ...definition,
    components: shownComponents(caller, definition.components, targets),
    ...{ url: urlOf(config, row), feedKey, problems: await findPageProblems(config, row, targets, caller) },
    ...{ createdAt: iso(row.createdAt), updatedAt: iso(row.updatedAt) },
  };
  return structuredClone(shown) as never;
}

const urlOf = ({ publicUrl, pageHosts }: Config, { id, host }: StatusPageRow): string => {
  if (host !== null && pageHosts.includes(host)) return `https://${host}`;
  return id === DEFAULT_PAGE.id ? publicUrl : `${publicUrl}/pages/${id}`;
};

/** The stored page with an update applied (RFC 7396). Each kind of access has its own fields, so `access` is replaced. */
export function mergePage(
  stored: PageDefinition,
  { access, tags, ...patch }: z.output<typeof pagePatchSchema>,
): Record<string, unknown> {
  const { id: _, ...fields } = stored;
  return {
    ...mergePatch({ ...fields }, patch as Record<string, unknown>),
    access: access ?? stored.access,
    tags: tags === undefined ? stored.tags : tags === null ? {} : mergePatch(stored.tags, tags),
  };
}
