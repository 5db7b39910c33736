// Owns `pages.json` of the bucket: which pages are copied, what was written last, and when the coordinator last confirmed it.
// It is what the watchdog remembers of the copies between two minutes, and it contains nothing that the copies do not show.

export const MANIFEST = 'pages.json';

export interface CopiedPage {
  readonly id: string;
  readonly title: string;
  /** Of the page itself. */
  readonly url: string;
  /** Paths in the bucket. */
  readonly files: readonly string[];
  /** SHA-256 of what the copy shows, without its times. Empty: the last write was not whole, so it is written again. */
  readonly hash: string;
  /** ISO 8601, as all times here. */
  readonly writtenAt: string;
  readonly confirmedAt: string;
  /** Since when its copy reports that the coordinator is silent. Null: the copy is of a coordinator that answers. */
  readonly silentSince: string | null;
  /** It has no copy any more, but not all of its files are replaced yet. */
  readonly removed?: true;
}

export interface Manifest {
  readonly version: 1;
  /** When the watchdog last worked on the copies, and from where. */
  readonly at: string;
  readonly region: string;
  readonly pages: readonly CopiedPage[];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const isTime = (value: unknown): boolean => typeof value === 'string' && Number.isFinite(Date.parse(value));

/** No file outside of the folder of a page, whatever the bucket contains. */
const FILE = /^([a-z0-9-]{1,100}\/)?(index(\.[a-z]{2,8})?\.html|summary\.json|copy\.json)$/;

const isCopiedPage = (value: unknown): value is CopiedPage =>
  isObject(value) &&
  ['id', 'title', 'url', 'hash'].every((key) => typeof value[key] === 'string') &&
  isTime(value.writtenAt) &&
  isTime(value.confirmedAt) &&
  (value.silentSince === null || isTime(value.silentSince)) &&
  Array.isArray(value.files) &&
  value.files.every((file) => typeof file === 'string' && FILE.test(file));

/** Empty for what is missing or damaged: then every page is written again. */
export function readManifest(text: string | null): readonly CopiedPage[] {
  if (text === null) return [];
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && value.version === 1 && Array.isArray(value.pages)
      ? value.pages.filter(isCopiedPage)
      : [];
  } catch {
    return [];
  }
}
