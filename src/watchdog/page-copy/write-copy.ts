// Owns the writing of one page: which objects, in which order, and with which times. Each object is whole. Does not decide when.
import { copyFile, copyFolder } from '../../status-pages/copy/copy-address.ts';
import { type PageCopy, readPageCopy, type Summary } from '../../status-pages/copy/page-copy.ts';
import { fill, type SlotValues } from '../../status-pages/copy/template.ts';
import { LANGUAGES } from '../../status-pages/languages/index.ts';
import type { CopiedPage } from './manifest.ts';
import { removedDocument, removedSummary, silentDocument, silentSummary } from './plain-document.ts';

export interface Bucket {
  put(path: string, body: string, contentType: string): Promise<void>;
  /** Null: it does not exist. */
  get(path: string): Promise<string | null>;
}

const HTML = 'text/html; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';

const SUMMARY = 'summary.json';
/** What the silent form is made of. */
const KEPT = 'copy.json';

export const filesOf = ({ id, documents }: PageCopy): string[] =>
  [...documents.map(({ file }) => file), SUMMARY, KEPT].map((file) => `${copyFolder(id)}${file}`);

/** Of a page whose languages are not known. */
export const possibleFiles = (id: string): string[] =>
  [...LANGUAGES.map(({ tag }) => copyFile(LANGUAGES, tag)), SUMMARY, KEPT].map(
    (file) => `${copyFolder(id)}${file}`,
  );

/** A summary with the time of what it shows, and an explanation beside the fields of Statuspage. */
const summaryText = (summary: Summary, updatedAt: string, copy: Readonly<Record<string, string>>): string =>
  `${JSON.stringify({ ...summary, page: { ...summary.page, updated_at: updatedAt }, copy })}\n`;

/** What is kept comes first: if a later write fails, the silent form is of this copy or of the one before, and whole. */
export async function writeWell(bucket: Bucket, copy: PageCopy, keep: boolean): Promise<void> {
  const folder = copyFolder(copy.id);
  const taken = Date.parse(copy.takenAt);
  const values: SlotValues = {
    ...{ taken, confirmed: taken, since: taken, place: '', style: copy.style },
  };
  if (keep) await bucket.put(`${folder}${KEPT}`, JSON.stringify(copy), JSON_TYPE);
  for (const { file, well } of copy.documents)
    await bucket.put(`${folder}${file}`, fill(well, values, copy.timeZone), HTML);
  const told = { of: copy.url, taken_at: copy.takenAt };
  await bucket.put(`${folder}${SUMMARY}`, summaryText(copy.summary, copy.takenAt, told), JSON_TYPE);
}

interface Silence {
  readonly since: number;
  /** From where the watchdog asked, for people. */
  readonly place: string;
}

/** Without what was kept, the page says only that: the copy of a coordinator that answered must not stay. */
export async function writeSilent(
  bucket: Bucket,
  page: CopiedPage,
  { since, place }: Silence,
): Promise<void> {
  const folder = copyFolder(page.id);
  const copy = readKept(await bucket.get(`${folder}${KEPT}`), page.id);
  const sinceText = new Date(since).toISOString();
  const told = {
    of: page.url,
    last_confirmed_at: page.confirmedAt,
    from: place,
    unreachable_since: sinceText,
  };
  const plain = silentDocument({ confirmedAt: page.confirmedAt, since: sinceText, place });
  const confirmed = Date.parse(page.confirmedAt);
  const values = (style: string): SlotValues => ({ taken: confirmed, confirmed, since, place, style });
  const known = new Map(copy?.documents.map(({ file, silent }) => [`${folder}${file}`, silent]) ?? []);
  for (const file of page.files.filter((one) => one.endsWith('.html'))) {
    const silent = known.get(file);
    const html =
      copy === null || silent === undefined ? plain : fill(silent, values(copy.style), copy.timeZone);
    await bucket.put(file, html, HTML);
  }
  const summary =
    copy?.silentSummary ??
    silentSummary({ id: page.id, title: page.title, url: page.url, confirmedAt: page.confirmedAt });
  await bucket.put(`${folder}${SUMMARY}`, summaryText(summary, page.confirmedAt, told), JSON_TYPE);
}

function readKept(text: string | null, id: string): PageCopy | null {
  try {
    const copy = text === null ? null : readPageCopy(JSON.parse(text));
    return copy?.id === id ? copy : null;
  } catch {
    return null;
  }
}

/** What was kept goes first: it is the whole page. */
export async function removeFiles(bucket: Bucket, files: readonly string[]): Promise<void> {
  for (const file of files.toReversed()) {
    const isHtml = file.endsWith('.html');
    await bucket.put(file, isHtml ? removedDocument() : removedSummary(), isHtml ? HTML : JSON_TYPE);
  }
}

/** Of what the copy shows. Times and the summary are left out: the summary shows the same as the documents. */
export async function hashOf({
  takenAt: _,
  summary: _s,
  silentSummary: _t,
  ...shown
}: PageCopy): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(shown));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
