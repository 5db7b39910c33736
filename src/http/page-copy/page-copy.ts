// Owns a page as the form `copy`: both documents in each of its languages, its summary, and the stylesheet. Pure.
import { copyFile, copyLanguages } from '../../status-pages/copy/copy-address.ts';
import { COPY_VERSION, type PageCopy, type Summary } from '../../status-pages/copy/page-copy.ts';
import { slotsWith, templateOf } from '../../status-pages/copy/template.ts';
import { pageUrl } from '../../status-pages/page-url.ts';
import { iso } from '../api/common.ts';
import { pageStyle, pageStylePath } from '../status-page/accent.ts';
import type { PageView } from '../status-page/page-view.ts';
import { renderingOf } from '../status-page/rendering.tsx';
import { DOCUMENTS } from '../statuspage-api/to-statuspage.ts';
import { CopyPage } from './copy-page.tsx';
import { COPY_CSS } from './copy-style.ts';
import { silentView } from './silent-view.ts';

/** `mark` separates text from slots, so it must be random. */
export function pageCopy(view: PageView, publicUrl: string, mark: string): PageCopy {
  const { page } = view;
  // The address that people use, and not the one that the watchdog asked.
  const url = pageUrl(page, publicUrl);
  const languages = copyLanguages(page.config.language);
  const slots = slotsWith(mark);
  const documents = languages.map(({ tag }) => {
    const written = renderingOf({ ...view, base: url }, { acceptLanguage: tag, noRefresh: true });
    const of = { ...written, dated: true };
    const render = (silent: boolean) =>
      templateOf(
        String(CopyPage({ view: { ...view, base: url }, context: { of, slots, url, languages, silent } })),
        mark,
      );
    return { file: copyFile(languages, tag), well: render(false), silent: render(true) };
  });
  const summary = (of: PageView): Summary => DOCUMENTS['summary.json']({ ...of, url }) as unknown as Summary;
  return {
    ...{ version: COPY_VERSION, id: page.id, title: page.title, url, timeZone: page.config.timeZone },
    takenAt: iso(view.now),
    style: `${pageStyle(pageStylePath(page.config.accentColor))}${COPY_CSS}`,
    documents,
    summary: summary(view),
    silentSummary: summary(silentView(view)),
  };
}
