// Owns the mail that is made of a subscriber's message. Pure. People may have written every text, so nothing of it becomes a
// header or markup.
import { escapeHtml } from '../../channels/email/html.ts';
import type { Letter } from '../../channels/email/letter.ts';
import { shortened } from '../../channels/plain-text.ts';
import { markdownToHtml } from '../../markdown.ts';
import type { SubscriberMessage } from './message.ts';

/** RFC 5322, 2.1.1, allows 998 characters in a line. Lists of mails show far fewer. */
const MAX_SUBJECT = 200;

export function letterOf(message: SubscriberMessage, pageUrl: string): Letter {
  return {
    subject: shortened(oneLine(message.subject), MAX_SUBJECT),
    text: textOf(message).toWellFormed(),
    html: htmlOf(message).toWellFormed(),
    headers: headersOf(message, pageUrl),
  };
}

/** No header ends early, whatever the text is. */
const oneLine = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();

const linkLine = ({ label, url }: { readonly label: string; readonly url: string }): string =>
  `${label}: ${url}`;

function textOf({ title, facts, body, link, footer }: SubscriberMessage): string {
  const parts = [
    title,
    facts.map(({ label, value }) => `${label}: ${value}`).join('\n'),
    body,
    linkLine(link),
    ...(footer === null ? [] : ['-- ', [footer.reason, ...footerLinks(footer).map(linkLine)].join('\n')]),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

const footerLinks = ({ copy, manage, unsubscribe }: NonNullable<SubscriberMessage['footer']>) => [
  ...(copy === null ? [] : [copy]),
  ...[manage, unsubscribe],
];

/** The address is written out: it is for the time when links lead to nothing. */
const copyLine = ({ copy }: NonNullable<SubscriberMessage['footer']>): string =>
  copy === null
    ? ''
    : `<br>${escapeHtml(copy.label)}: <a href="${escapeHtml(copy.url)}">${escapeHtml(copy.url)}</a>`;

const STYLE = {
  body: "margin:0;padding:16px;font:16px/1.5 -apple-system,'Segoe UI',Roboto,sans-serif",
  box: 'max-width:600px',
  title: 'margin:0 0 12px;font-size:20px;line-height:1.3',
  label: 'text-align:left;vertical-align:top;padding:0 16px 4px 0',
  footer: 'margin:24px 0 0;font-size:13px;color:#5f6368',
} as const;

function htmlOf({
  language,
  subject,
  title,
  facts,
  body,
  isMarkdown,
  link,
  footer,
}: SubscriberMessage): string {
  const anchor = ({ label, url }: SubscriberMessage['link']): string =>
    `<a href="${escapeHtml(url)}">${escapeHtml(label)}</a>`;
  return [
    `<html lang="${language}"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">`,
    `<title>${escapeHtml(oneLine(subject))}</title></head><body style="${STYLE.body}"><div style="${STYLE.box}">`,
    `<h1 style="${STYLE.title}">${escapeHtml(title)}</h1>`,
    facts.length === 0
      ? ''
      : `<table style="border-collapse:collapse;margin:0 0 12px">${facts
          .map(
            ({ label, value }) =>
              `<tr><th scope="row" style="${STYLE.label}">${escapeHtml(label)}</th><td>${escapeHtml(value)}</td></tr>`,
          )
          .join('')}</table>`,
    isMarkdown ? markdownToHtml(body) : `<p>${escapeHtml(body)}</p>`,
    `<p>${anchor(link)}</p>`,
    footer === null
      ? ''
      : `<p style="${STYLE.footer}">${escapeHtml(footer.reason)}<br>${anchor(footer.manage)} · ${anchor(footer.unsubscribe)}${copyLine(footer)}</p>`,
    '</div></body></html>',
  ].join('');
}

/**
 * The one-click header of RFC 8058 goes with an address that needs no cookie. Auto-Submitted (RFC 3834) keeps absence notes away.
 */
function headersOf({ footer, thread }: SubscriberMessage, pageUrl: string): Record<string, string> {
  const host = hostOf(pageUrl);
  const id = thread === null ? null : `<${thread.replace(/[^A-Za-z0-9]+/g, '-').slice(0, 100)}@${host}>`;
  return {
    ...(id === null ? {} : { References: id, 'In-Reply-To': id }),
    ...(footer === null
      ? {}
      : {
          'List-Unsubscribe': `<${footer.unsubscribe.url}>`,
          'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
        }),
    'List-Id': `status page <status.${host}>`,
    'Auto-Submitted': 'auto-generated',
    'X-Auto-Response-Suppress': 'All',
  };
}

/** A host name as part of an id: https://www.rfc-editor.org/rfc/rfc2919#section-2 */
function hostOf(pageUrl: string): string {
  const host = URL.parse(pageUrl)?.hostname.toLowerCase() ?? '';
  return /^[a-z0-9.-]{1,200}$/.test(host) ? host : 'probemesh.invalid';
}
