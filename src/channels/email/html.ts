// Owns the HTML part of a mail: inline styles and no picture, since mail programs drop everything else. Pure.
import type { Colour, Fact, Link, Message, Rendered } from '../message.ts';

const COLOURS: Readonly<Record<Colour, string>> = {
  red: '#b3261e',
  orange: '#9a5b00',
  green: '#1b6e3c',
  blue: '#1f5fa8',
  grey: '#5f6368',
};

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);

const lines = (text: string): string => escapeHtml(text).replace(/\r?\n/g, '<br>');

export function htmlOf(message: Message): string {
  const { title, summary, facts, links, items, colour, templated } = message;
  const content =
    templated.body === null
      ? [paragraph(summary), factsOf(facts), items.map(htmlItem).join('')].join('')
      : paragraph(templated.body);
  return [
    '<html lang="en"><head><meta charset="utf-8">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escapeHtml(templated.title ?? title)}</title></head>`,
    '<body style="margin:0;padding:16px;font:16px/1.5 -apple-system,\'Segoe UI\',Roboto,sans-serif">',
    `<div style="max-width:600px;border-left:4px solid ${COLOURS[colour]};padding-left:16px">`,
    `<h1 style="margin:0 0 8px;font-size:20px;line-height:1.3">${escapeHtml(templated.title ?? title)}</h1>`,
    content,
    buttonsOf(links, colour),
    '</div></body></html>',
  ].join('');
}

const paragraph = (text: string): string => `<p style="margin:0 0 12px">${lines(text)}</p>`;

const factsOf = (facts: readonly Fact[]): string =>
  facts.length === 0
    ? ''
    : `<table style="border-collapse:collapse;margin:0 0 12px">${facts
        .map(
          ({ label, value }) =>
            `<tr><th scope="row" style="text-align:left;vertical-align:top;padding:0 16px 4px 0">${escapeHtml(label)}</th><td style="padding:0 0 4px">${lines(value)}</td></tr>`,
        )
        .join('')}</table>`;

export const htmlItem = ({ title, summary, colour, links }: Rendered): string =>
  `<div style="border-left:4px solid ${COLOURS[colour]};padding-left:12px;margin:0 0 12px"><strong>${escapeHtml(title)}</strong><br>${lines(summary)}${links
    .map((link) => ` ${anchor(link, `color:${COLOURS[colour]}`)}`)
    .join('')}</div>`;

const anchor = ({ label, url }: Link, style: string): string =>
  `<a href="${escapeHtml(url)}" style="${style}">${escapeHtml(label)}</a>`;

/** The link that acknowledges is a button. It opens a page, which acknowledges on a click only. */
function buttonsOf(links: readonly Link[], colour: Colour): string {
  if (links.length === 0) return '';
  const button = `display:inline-block;background:${COLOURS[colour]};color:#ffffff;padding:8px 16px;border-radius:4px;text-decoration:none`;
  const ordered = links.toSorted(
    (a, b) => Number(b.kind === 'acknowledge') - Number(a.kind === 'acknowledge'),
  );
  return `<p style="margin:16px 0 0">${ordered
    .map((link) => anchor(link, link.kind === 'acknowledge' ? button : `color:${COLOURS[colour]}`))
    .join(' &nbsp; ')}</p>`;
}
