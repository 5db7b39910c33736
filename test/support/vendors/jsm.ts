// A fake of the integration events API of Jira Service Management, and of Opsgenie's Alert API with the same fields: it checks
// each request against the documented fields and limits, and keeps the alerts.
// https://developer.atlassian.com/cloud/jira/service-desk-ops/rest/v1/api-group-integration-events/
// https://docs.opsgenie.com/docs/alert-api (limits)
import { z } from 'zod';
import type { ChannelRequest } from '../../../src/channels/channel.ts';

const source = z.string().max(100);

const create = z.strictObject({
  message: z.string().min(1).max(130),
  alias: z.string().min(1).max(512),
  description: z.string().max(15_000),
  priority: z.enum(['P1', 'P2', 'P3', 'P4', 'P5']),
  source,
  entity: z.string().max(512).optional(),
  tags: z.array(z.string().min(1).max(50)).max(20),
  details: z.record(z.string(), z.string()).refine((all) => JSON.stringify(all).length <= 8_000),
});

const action = z.strictObject({ source, user: z.string().max(100).optional(), note: z.string().max(25_000) });

interface FakeAlert {
  readonly alias: string;
  readonly priority: string;
  state: 'open' | 'acknowledged' | 'closed';
  count: number;
  readonly notes: string[];
}

export class FakeJsm {
  readonly alerts: FakeAlert[] = [];

  /** Throws if a request is not as documented. */
  receive(
    request: ChannelRequest,
    base = 'https://api.atlassian.com/jsm/ops/integration',
    apiKey = '8d1f3f7a-52c8-4b5d-9a0e-6f2c4b1d7e90',
  ): number {
    if (request.transport === 'email') throw new Error('not an HTTP request');
    const { headers, url, body } = request;
    if (request.method !== 'POST' || !url.startsWith(`${base}/v2/alerts`)) throw new Error(url);
    if (new Headers(headers).get('authorization') !== `GenieKey ${apiKey}`) throw new Error('authorization');
    const rest = url.slice(`${base}/v2/alerts`.length);
    if (rest === '') this.#create(create.parse(JSON.parse(body)));
    else this.#act(rest, action.parse(JSON.parse(body)).note);
    return 202;
  }

  /** An open alert with the same alias only counts. */
  #create({ alias, priority }: z.output<typeof create>): void {
    const open = this.#open(alias);
    if (open) open.count += 1;
    else this.alerts.push({ alias, priority, state: 'open', count: 1, notes: [] });
  }

  /** The API has answered by then, so an alias that is not open is no error. */
  #act(path: string, note: string): void {
    const [, alias, name] = /^\/([^/]+)\/(acknowledge|close|notes)\?identifierType=alias$/.exec(path) ?? [];
    if (!alias || !name) throw new Error(path);
    const open = this.#open(decodeURIComponent(alias));
    if (!open) return;
    open.notes.push(note);
    if (name === 'acknowledge') open.state = 'acknowledged';
    if (name === 'close') open.state = 'closed';
  }

  #open = (alias: string): FakeAlert | undefined =>
    this.alerts.find((one) => one.alias === alias && one.state !== 'closed');
}
