// Owns the inbox's page: HTML without script. Everything received is escaped. Does not read the state itself.

import { severityOf } from '../../src/channels/events.ts';
import type { WebhookBody } from '../../src/channels/notification.ts';
import type { Behaviour } from './behaviour.ts';
import { clockOf, escapeHtml } from './html.ts';
import type { Message } from './message.ts';
import { renderVendorEntry, type VendorEntry } from './vendor-message.ts';

export const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d9dce1, #363b44); --dim: light-dark(#5a6270, #a2aab8); }
body { margin: 0 auto; max-width: 56rem; padding: 1.5rem 1rem 4rem; font: 1rem/1.5 system-ui, sans-serif;
  background: light-dark(#fbfbfc, #15181d); color: light-dark(#1b1f26, #e8eaee); }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.05rem; margin: 0; }
p { margin: .25rem 0; }
.dim, time, code { color: var(--dim); }
a { color: light-dark(#0b57a4, #8ec1ff); }
ol { list-style: none; margin: 1.5rem 0 0; padding: 0; display: grid; grid-template-columns: minmax(0, 1fr); gap: 1rem; }
article { border: 1px solid var(--line); border-left-width: .4rem; border-radius: .4rem; padding: .75rem 1rem;
  background: light-dark(#fff, #1c2027); }
.bad { border-left-color: light-dark(#b3261e, #ff8a80); }
.warn { border-left-color: light-dark(#a15c00, #ffb95c); }
.good { border-left-color: light-dark(#1b7a43, #6fd596); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin-top: .5rem; font-size: .9rem; width: 100%; }
caption { text-align: left; color: var(--dim); }
th, td { text-align: left; padding: .15rem .75rem .15rem 0; border-top: 1px solid var(--line); white-space: nowrap; }
td:last-child { white-space: normal; min-width: 12rem; }
code { font: .85rem ui-monospace, monospace; overflow-wrap: anywhere; }
.where { margin: 0 0 .35rem; color: var(--dim); }
.vendor { border-left-width: 1px; }
.bubble { display: flex; gap: .75rem; }
.bar { flex: none; width: .3rem; height: auto; border-radius: .15rem; }
.content { min-width: 0; flex: 1; overflow-wrap: anywhere; }
.text { white-space: pre-line; }
.text.dim { font-size: .9rem; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(15rem, 100%), 1fr)); gap: .25rem 1rem; margin: .5rem 0; }
dt { font-size: .8rem; color: var(--dim); }
dd { margin: 0; }
.buttons { display: flex; flex-wrap: wrap; gap: .5rem; margin-top: .6rem; }
.buttons form { margin: 0; }
.button, button { display: inline-block; font: inherit; font-size: .9rem; padding: .3rem .8rem; border-radius: .35rem; cursor: pointer;
  border: 1px solid var(--line); background: light-dark(#f2f4f7, #2a303a); color: inherit; text-decoration: none; }
.slack .content, .teams .content { font-size: .95rem; }
.discord .bubble { background: light-dark(#f2f3f5, #2b2d31); border-radius: .3rem; padding: .6rem .75rem; }
.telegram .bubble, .twilio .bubble { background: light-dark(#e6f4ea, #1f3326); border-radius: 1rem 1rem 1rem .2rem; padding: .5rem .9rem; max-width: 34rem; }
.pagerduty .bubble { border-top: 1px solid var(--line); padding-top: .5rem; }
.email .bubble { font-family: Georgia, serif; }
`;

/** What the inbox shows, newest first. */
export type InboxEntry = Message | VendorEntry;

/** `noRefresh`: the reader turned auto-refresh off (WCAG 2.2, 2.2.1). */
export function renderPage(entries: readonly InboxEntry[], behaviour: Behaviour, noRefresh = false): string {
  const latest = entries[0] ? `${entries.length} received, newest first.` : 'No message received yet.';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${noRefresh ? '' : '<meta http-equiv="refresh" content="5">'}
<title>Inbox (${entries.length}) · probemesh</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<main>
<h1>Demo inbox</h1>
<p>Each message looks roughly as its tool would show it. Webhooks are shown with their evidence.</p>
<p class="dim">${latest} ${refreshText(noRefresh)} <a href="/messages">As JSON</a></p>
${renderBehaviour(behaviour)}
<ol>${entries.map((entry) => `<li>${renderEntry(entry)}</li>`).join('\n')}</ol>
</main>
</body>
</html>
`;
}

const refreshText = (noRefresh: boolean): string =>
  noRefresh
    ? 'Auto-refresh is off. <a href="/">Turn on auto-refresh</a>.'
    : 'This page refreshes every 5 seconds. <a href="/?noRefresh">Turn off auto-refresh</a>.';

function renderBehaviour(behaviour: Behaviour): string {
  if ('hang' in behaviour) return '<p><strong>The inbox is set to hang: it does not respond.</strong></p>';
  if (behaviour.status < 300) return '';
  return `<p><strong>The inbox is set to fail: it responds to every request with ${behaviour.status}.</strong></p>`;
}

const renderEntry = (entry: InboxEntry): string =>
  'vendor' in entry ? renderVendorEntry(entry) : renderMessage(entry);

function renderMessage(message: Message): string {
  const received = `<time datetime="${escapeHtml(message.receivedAt)}">${clockOf(message.receivedAt)}</time>`;
  const id = message.id === '' ? '' : ` · <code>${escapeHtml(message.id)}</code>`;
  if (!message.verified) {
    return `<article class="bad"><h2>Refused</h2><p>${escapeHtml(message.error)}</p><p>${received}${id}</p></article>`;
  }
  const { data, title, summary } = message.body;
  const again = message.again ? ' · duplicate' : '';
  return `<article class="${toneOf(message.body)}">
<p class="where"><strong>Webhook</strong> ${escapeHtml(message.type)}</p>
<h2>${escapeHtml(title)}</h2>
<p>${escapeHtml(summary)}</p>
<p>${received} · signature verified${again}${id}</p>
${data.evidence.length === 0 ? '' : renderEvidence(data.evidence)}
</article>`;
}

function toneOf({ type, data }: WebhookBody): string {
  if (severityOf(type, data.incident) === 'critical') return 'bad';
  return /ended|resolved|recovered|^test$/.test(type) ? 'good' : 'warn';
}

function renderEvidence(evidence: WebhookBody['data']['evidence']): string {
  const rows = evidence.map(({ location, vote, streak, since, code, detail, degraded }) => {
    const cells = [
      vote,
      String(streak),
      since === null ? '–' : clockOf(since),
      [code, detail, ...degraded.map((one) => one.detail)].filter((part) => part).join(': '),
    ];
    const rest = cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('');
    return `<tr><th scope="row">${escapeHtml(location)}</th>${rest}</tr>`;
  });
  const heads = ['Location', 'Vote', 'Streak', 'Since', 'Observation']
    .map((head) => `<th scope="col">${head}</th>`)
    .join('');
  return `<div class="scroll" tabindex="0" role="region" aria-label="Evidence"><table><caption>Evidence</caption>
<thead><tr>${heads}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}
