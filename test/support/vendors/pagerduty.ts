// A fake of PagerDuty's Events API v2: it checks each event against the documented fields and limits, and keeps the alerts.
// https://developer.pagerduty.com/docs/events-api-v2/trigger-events/ and …/overview/ (size, response codes)
import { z } from 'zod';
import type { ChannelRequest } from '../../../src/channels/channel.ts';

const routingKey = z.string().length(32);
const dedupKey = z.string().min(1).max(255);

const trigger = z.strictObject({
  routing_key: routingKey,
  event_action: z.literal('trigger'),
  dedup_key: dedupKey,
  client: z.string(),
  client_url: z.url({ protocol: /^https?$/ }),
  payload: z.strictObject({
    summary: z.string().min(1).max(1_024),
    source: z.string().min(1),
    severity: z.enum(['critical', 'error', 'warning', 'info']),
    timestamp: z.iso.datetime(),
    component: z.string().optional(),
    group: z.string().optional(),
    class: z.string().optional(),
    custom_details: z.record(z.string(), z.unknown()),
  }),
  links: z.array(z.strictObject({ href: z.url({ protocol: /^https?$/ }), text: z.string() })),
});

const followUp = z.strictObject({
  routing_key: routingKey,
  event_action: z.enum(['acknowledge', 'resolve']),
  dedup_key: dedupKey,
});

const event = z.discriminatedUnion('event_action', [trigger, followUp]);

interface FakeAlert {
  readonly key: string;
  readonly severity: string;
  state: 'triggered' | 'acknowledged' | 'resolved';
}

export class FakePagerDuty {
  readonly alerts: FakeAlert[] = [];

  /** The status of the response. Throws if a request is not as documented. */
  receive(request: ChannelRequest, base = 'https://events.pagerduty.com'): number {
    if (request.transport === 'email') throw new Error('not an HTTP request');
    if (request.url !== `${base}/v2/enqueue` || request.method !== 'POST') throw new Error(request.url);
    if (new Headers(request.headers).get('content-type') !== 'application/json')
      throw new Error('content-type');
    if (new TextEncoder().encode(request.body).length > 512 * 1_024) throw new Error('more than 512 KB');
    this.#apply(event.parse(JSON.parse(request.body)));
    return 202;
  }

  /** An acknowledgement or an end of an alert that is not open is dropped. */
  #apply(sent: z.output<typeof event>): void {
    const open = this.alerts.find(({ key, state }) => key === sent.dedup_key && state !== 'resolved');
    if (sent.event_action === 'acknowledge' && open) open.state = 'acknowledged';
    if (sent.event_action === 'resolve' && open) open.state = 'resolved';
    if (sent.event_action !== 'trigger' || open) return;
    this.alerts.push({ key: sent.dedup_key, severity: sent.payload.severity, state: 'triggered' });
  }
}
