// Owns the inbox's page: HTML without script. Everything received is escaped. Does not read the state itself.

import { severityOf } from '../../src/channels/events.ts';
import type { WebhookBody } from '../../src/channels/notification.ts';
import type { Behaviour } from './behaviour.ts';
import type { Message } from './message.ts';

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
`;

export function renderPage(messages: readonly Message[], behaviour: Behaviour): string {
  const latest = messages[0] ? `${messages.length} received, newest first.` : 'No webhook received yet.';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="5">
<title>Inbox (${messages.length}) · probemesh</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<main>
<h1>Webhook inbox</h1>
<p class="dim">${latest} This page reloads every 5 seconds. <a href="/messages">As JSON</a></p>
${renderBehaviour(behaviour)}
<ol>${messages.map((message) => `<li>${renderMessage(message)}</li>`).join('\n')}</ol>
</main>
</body>
</html>
`;
}

function renderBehaviour(behaviour: Behaviour): string {
  if ('hang' in behaviour)
    return '<p><strong>The inbox is set to hang: it does not respond to webhooks.</strong></p>';
  if (behaviour.status < 300) return '';
  return `<p><strong>The inbox is set to fail: it responds to every webhook with ${behaviour.status}.</strong></p>`;
}

function renderMessage(message: Message): string {
  const received = `<time datetime="${escapeHtml(message.receivedAt)}">${clockOf(message.receivedAt)}</time>`;
  const id = message.id === '' ? '' : ` · <code>${escapeHtml(message.id)}</code>`;
  if (!message.verified) {
    return `<article class="bad"><h2>Refused</h2><p>${escapeHtml(message.error)}</p><p>${received}${id}</p></article>`;
  }
  const { data, title, summary } = message.body;
  const again = message.again ? ' · duplicate' : '';
  return `<article class="${toneOf(message.body)}">
<h2>${escapeHtml(`${message.type}: ${title}`)}</h2>
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

/** `09:30:01 UTC` of an ISO time. */
const clockOf = (iso: string): string => escapeHtml(`${iso.slice(11, 19)} UTC`);

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
