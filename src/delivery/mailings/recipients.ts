// Owns who gets a mailing: the subscribers of the pages that show what it is about. Pure.
import type { Mailing } from '../../status-pages/mailing.ts';
import type { ComponentImpact, StatusPage } from '../../status-pages/model.ts';
import {
  isInScope,
  type NamedComponents,
  type NamedMonitor,
  namedComponents,
} from '../../status-pages/page-components.ts';
import { isOnPage } from '../../status-pages/shown-on.ts';
import type { Candidate } from '../../store/mailings.ts';

/** Pages with what each shows, computed once for each. */
export class PageList {
  readonly #shown = new Map<string, NamedComponents>();
  readonly #pages: ReadonlyMap<string, StatusPage>;
  readonly #monitors: readonly NamedMonitor[];

  constructor(pages: ReadonlyMap<string, StatusPage>, monitors: readonly NamedMonitor[]) {
    this.#pages = pages;
    this.#monitors = monitors;
  }

  /** Undefined: it was deleted. */
  find(id: string): StatusPage | undefined {
    return this.#pages.get(id);
  }

  componentsOf(page: StatusPage): NamedComponents {
    const known = this.#shown.get(page.id);
    if (known) return known;
    const shown = namedComponents(page, this.#monitors);
    this.#shown.set(page.id, shown);
    return shown;
  }
}

/** The components that the page shows: no mailing names another one. */
export const shownOf = (
  { components }: Pick<Mailing, 'components'>,
  shown: NamedComponents,
): readonly ComponentImpact[] => (components ?? []).filter(({ component }) => shown.has(component));

/** Whether readers of the page may read it. */
export function isForPage(mailing: Mailing, page: StatusPage, shown: NamedComponents): boolean {
  if (!page.config.subscriptions || !isOnPage(mailing.pages, page.id)) return false;
  // What probes measure is news only where they lead.
  if (mailing.kind === 'incident' && page.config.lead !== 'probes') return false;
  const isAboutAll = mailing.components === null || mailing.components.length === 0;
  return isAboutAll || shownOf(mailing, shown).length > 0;
}

export const recipientsOf = (
  mailing: Mailing,
  candidates: readonly Candidate[],
  pages: PageList,
): readonly string[] =>
  candidates
    .filter(({ pageId, scope }) => {
      const page = pages.find(pageId);
      if (page === undefined) return false;
      const shown = pages.componentsOf(page);
      return isForPage(mailing, page, shown) && isInScope(scope, shownOf(mailing, shown), shown);
    })
    .map(({ id }) => id);
