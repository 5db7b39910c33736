// Owns the HTML of a vendor's message: roughly as its tool shows it. Everything received is escaped. Pure.
import { clockOf, escapeHtml } from './html.ts';
import type { Button, Part, Span, VendorMessage } from './vendors/vendor.ts';

/** A message that a vendor accepted or rejected. */
export interface VendorEntry {
  /** Counts the messages of the inbox. */
  readonly number: number;
  readonly vendor: string;
  readonly vendorName: string;
  readonly receivedAt: string;
  /** Null if the vendor rejected it. */
  readonly message: VendorMessage | null;
  /** Why the vendor rejected it. */
  readonly error: string | null;
  /** What came of the button. Null: it was not pressed. */
  readonly pressed: string | null;
}

export function renderVendorEntry(entry: VendorEntry): string {
  const { number, vendor, vendorName, receivedAt, message, error, pressed } = entry;
  const time = `<time datetime="${escapeHtml(receivedAt)}">${clockOf(receivedAt)}</time>`;
  if (message === null)
    return `<article class="bad"><h2>${escapeHtml(vendorName)}: rejected</h2><p>${escapeHtml(error ?? '')}</p><p>${time}</p></article>`;
  // Only a checked colour gets into the style.
  const colour = /^#[0-9a-f]{6}$/i.test(message.colour ?? '') ? message.colour : null;
  const bar =
    colour === null
      ? ''
      : `<svg class="bar" aria-hidden="true"><rect width="100%" height="100%" fill="${colour}"/></svg>`;
  return `<article class="vendor ${escapeHtml(vendor)}" aria-label="${escapeHtml(`${vendorName} message ${number}`)}">
<p class="where"><strong>${escapeHtml(vendorName)}</strong> ${escapeHtml(message.where)} · ${time}</p>
<div class="bubble">${bar}<div class="content">
${message.parts.map((part) => renderPart(part, number)).join('\n')}
</div></div>
${pressed === null ? '' : `<p class="dim">${escapeHtml(pressed)}</p>`}</article>`;
}

function renderPart(part: Part, number: number): string {
  switch (part.kind) {
    case 'heading':
      return `<h2>${part.spans.map(renderSpan).join('')}</h2>`;
    case 'text':
      return `<p class="text${part.dim ? ' dim' : ''}">${part.spans.map(renderSpan).join('')}</p>`;
    case 'facts':
      return `<dl>${part.facts
        .map(
          ({ label, value }) =>
            `<div><dt>${escapeHtml(label)}</dt><dd>${value.map(renderSpan).join('')}</dd></div>`,
        )
        .join('')}</dl>`;
    case 'buttons':
      return `<div class="buttons">${part.buttons.map((button) => renderButton(button, number)).join(' ')}</div>`;
  }
}

const isLink = (href: string | undefined): href is string => href !== undefined && /^https?:\/\//.test(href);

function renderSpan({ text, bold, code, href }: Span): string {
  const inner = escapeHtml(text);
  const styled = code ? `<code>${inner}</code>` : bold ? `<strong>${inner}</strong>` : inner;
  return isLink(href) ? `<a href="${escapeHtml(href)}" rel="noreferrer">${styled}</a>` : styled;
}

function renderButton({ label, href, action }: Button, number: number): string {
  const inner = escapeHtml(label);
  if (action !== undefined)
    return `<form method="post" action="/press/${number}"><button>${inner}</button></form>`;
  return isLink(href) ? `<a class="button" href="${escapeHtml(href)}" rel="noreferrer">${inner}</a>` : inner;
}
