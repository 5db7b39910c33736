// Owns a mail of one paragraph and one link, for mails that are not notifications. Pure.
import { escapeHtml } from './html.ts';
import type { Letter } from './letter.ts';

export function plainLetter(
  subject: string,
  text: string,
  { label, url }: { readonly label: string; readonly url: string },
  language = 'en',
): Letter {
  return {
    subject,
    text: `${text}\n\n${label}: ${url}\n`,
    html: [
      `<html lang="${escapeHtml(language)}"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">`,
      `<title>${escapeHtml(subject)}</title></head>`,
      '<body style="margin:0;padding:16px;font:16px/1.5 -apple-system,\'Segoe UI\',Roboto,sans-serif">',
      `<p>${escapeHtml(text)}</p><p><a href="${escapeHtml(url)}">${escapeHtml(label)}</a></p></body></html>`,
    ].join(''),
    // RFC 3834: absence notes stay away.
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All', Importance: 'normal' },
  };
}
