// Owns how the inbox imitates PagerDuty's Events API v2: an incident for each dedup key.
// https://developer.pagerduty.com/docs/send-alert-event
import { at, type Button, json, listOf, type Part, parseBody, stringOf, type Vendor } from './vendor.ts';

const COLOURS: Readonly<Record<string, string>> = {
  ...{ critical: '#c9252d', error: '#c9252d', warning: '#f2a100', info: '#5b8def' },
};
/** Details that the summary contains. */
const SHOWN: ReadonlySet<string> = new Set(['title', 'summary']);
const STATES: Readonly<Record<string, string>> = {
  ...{ trigger: 'Triggered', acknowledge: 'Acknowledged', resolve: 'Resolved' },
};

export const pagerduty: Vendor = {
  id: 'pagerduty',
  name: 'PagerDuty',
  read({ path, body }) {
    if (!path.startsWith('/v2/enqueue')) throw new Error('not found');
    const event = parseBody(body);
    const action = stringOf(at(event, 'event_action'));
    const state = STATES[action];
    if (state === undefined) throw new Error("'event_action' is invalid");
    if (stringOf(at(event, 'routing_key')) === '') throw new Error("'routing_key' is missing or blank");
    const key = stringOf(at(event, 'dedup_key'));
    const summary = stringOf(at(event, 'payload', 'summary'));
    if (action === 'trigger' && summary === '') throw new Error("'payload.summary' is missing or blank");
    if (summary.length > 1_024) throw new Error("'payload.summary' is too long");
    const severity = stringOf(at(event, 'payload', 'severity'));
    if (action === 'trigger' && COLOURS[severity] === undefined)
      throw new Error("'payload.severity' is invalid");
    const links = listOf(at(event, 'links')).map(
      (link): Button => ({
        label: stringOf(at(link, 'text')) || stringOf(at(link, 'href')),
        href: stringOf(at(link, 'href')),
      }),
    );
    const details = Object.entries((at(event, 'payload', 'custom_details') ?? {}) as object).flatMap(
      ([label, value]) =>
        typeof value === 'object' || SHOWN.has(label) ? [] : [{ label, value: [{ text: String(value) }] }],
    );
    const parts: Part[] = [
      { kind: 'heading', spans: [{ text: summary === '' ? `${state}: ${key}` : summary }] },
      {
        kind: 'text',
        dim: true,
        spans: [{ text: [state, severity].filter((one) => one !== '').join(' · ') }],
      },
    ];
    if (details.length > 0) parts.push({ kind: 'facts', facts: details });
    const buttons: Button[] = [
      ...(action === 'trigger' ? [{ label: 'Acknowledge', action: 'acknowledge' as const }] : []),
      ...links,
    ];
    if (buttons.length > 0) parts.push({ kind: 'buttons', buttons });
    const colour = action === 'resolve' ? '#2e8b57' : (COLOURS[severity] ?? '#f2a100');
    return { where: 'Incidents', colour, parts, thread: key, context: { dedupKey: key } };
  },
  accept: ({ body }) =>
    json(202, {
      status: 'success',
      message: 'Event processed',
      dedup_key: stringOf(at(JSON.parse(body), 'dedup_key')),
    }),
  reject: (reason) =>
    json(400, { status: 'invalid event', message: 'Event object is invalid', errors: [reason] }),
};
