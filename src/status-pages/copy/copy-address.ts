// Owns where the copy of a page is: its folder, its files, and the address that readers get. Pure.
// Names of files, not of folders, because S3's REST endpoint has no index documents:
// docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html
import { LANGUAGES, textsFor } from '../languages/index.ts';
import type { Texts } from '../languages/texts.ts';
import { DEFAULT_PAGE, type StatusPage } from '../model.ts';

/** The languages in which a page is copied, the first one first. */
export const copyLanguages = (setting: string): readonly Texts[] =>
  setting === 'auto' ? LANGUAGES : [textsFor(setting, null)];

export const copyFile = (languages: readonly Pick<Texts, 'tag'>[], tag: string): string =>
  languages.findIndex((one) => one.tag === tag) > 0 ? `index.${tag}.html` : 'index.html';

/** Empty at the root, else with a slash at its end. */
export const copyFolder = (pageId: string): string => (pageId === DEFAULT_PAGE.id ? '' : `${pageId}/`);

/** Null: there is no copy. A page with rules of access is never copied. */
export function copyUrl(
  pageCopyUrl: string | null,
  { id, access, config }: Pick<StatusPage, 'id' | 'access' | 'config'>,
  tag: string,
): string | null {
  if (pageCopyUrl === null || access.type !== 'public') return null;
  return `${pageCopyUrl}/${copyFolder(id)}${copyFile(copyLanguages(config.language), tag)}`;
}
