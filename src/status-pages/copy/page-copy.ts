// Owns the shape of the form `copy` of a page: what the watchdog gets from the coordinator, and keeps for the time when the
// coordinator is silent. Pure. Both forms are rendered while the coordinator lives, so the watchdog renders nothing.
import type { Template } from './template.ts';

export const COPY_VERSION = 1;

export interface CopyDocument {
  /** `index.html` for the first language of the page. */
  readonly file: string;
  /** While the coordinator answers. */
  readonly well: Template;
  /** While it is silent: it calls nothing operational. */
  readonly silent: Template;
}

/** A document of the Statuspage API. */
export type Summary = Readonly<Record<string, unknown>> & {
  readonly page: Readonly<Record<string, unknown>>;
};

export interface PageCopy {
  readonly version: typeof COPY_VERSION;
  /** Of the page. */
  readonly id: string;
  readonly title: string;
  /** Absolute address of the page, without a trailing slash. */
  readonly url: string;
  /** IANA, of the times in the documents. */
  readonly timeZone: string;
  /** ISO 8601. */
  readonly takenAt: string;
  readonly style: string;
  readonly documents: readonly CopyDocument[];
  readonly summary: Summary;
  /** Its indicator is never `none`. */
  readonly silentSummary: Summary;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isTemplate = (value: unknown): value is Template =>
  Array.isArray(value) && value.length % 2 === 1 && value.every((part) => typeof part === 'string');

const FILE = /^index(\.[a-z]{2,8})?\.html$/;

const isDocument = (value: unknown): value is CopyDocument =>
  isObject(value) &&
  typeof value.file === 'string' &&
  FILE.test(value.file) &&
  isTemplate(value.well) &&
  isTemplate(value.silent);

const isSummary = (value: unknown): value is Summary => isObject(value) && isObject(value.page);

/** Null for anything else, also for a version that this program does not know. */
export function readPageCopy(value: unknown): PageCopy | null {
  if (!isObject(value) || value.version !== COPY_VERSION) return null;
  const isWhole =
    ['id', 'title', 'url', 'timeZone', 'takenAt', 'style'].every((key) => typeof value[key] === 'string') &&
    Number.isFinite(Date.parse(value.takenAt as string)) &&
    Array.isArray(value.documents) &&
    value.documents.length > 0 &&
    value.documents.every(isDocument) &&
    isSummary(value.summary) &&
    isSummary(value.silentSummary);
  return isWhole ? (value as unknown as PageCopy) : null;
}
