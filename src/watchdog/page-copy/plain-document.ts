// Owns the documents that the watchdog writes without a copy of the page: the page has none any more, or what was kept of it
// cannot be read. In the languages of status pages. Contains no text of people.
import { escapeHtml } from '../../status-pages/copy/template.ts';
import { LANGUAGES } from '../../status-pages/languages/index.ts';

const document = (title: string, paragraphs: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">` +
  `<meta name="robots" content="noindex"><meta name="color-scheme" content="light dark"><title>${escapeHtml(title)}</title>` +
  '<link rel="icon" href="data:,"><style>body{max-width:40rem;margin:3rem auto;padding:0 1rem;font:1rem/1.55 system-ui,sans-serif}</style>' +
  `</head><body><main><h1>${escapeHtml(title)}</h1>${paragraphs}</main></body></html>\n`;

/** In place of a copy that must not exist any more. It does not tell why. */
export const removedDocument = (): string =>
  document(
    'No copy of this page',
    '<p>This page is not copied.</p><p lang="de">Von dieser Seite gibt es keine Kopie.</p>',
  );

export const removedSummary = (): string => `${JSON.stringify({ error: 'This page is not copied.' })}\n`;

interface Silence {
  /** ISO 8601. */
  readonly confirmedAt: string;
  readonly since: string;
  readonly place: string;
}

/** Times are UTC: the time zone of the page is not known. */
const utc = (time: string): string => `${time.slice(0, 16).replace('T', ' ')} UTC`;

export const silentDocument = ({ confirmedAt, since, place }: Silence): string =>
  document(
    'No current data',
    LANGUAGES.map(
      ({ tag, copy }) =>
        `<p lang="${tag}">${escapeHtml(`${copy.noCurrentData}. ${copy.lastConfirmed(utc(confirmedAt), place)} ${copy.unreachable(utc(since))}`)}</p>`,
    ).join(''),
  );

export const silentSummary = ({ id, title, url, confirmedAt }: { readonly [key: string]: string }) => ({
  page: { id, name: title, url, time_zone: 'UTC', updated_at: confirmedAt },
  status: { indicator: 'minor', description: 'No Current Data' },
  ...{ components: [], incidents: [], scheduled_maintenances: [] },
});
