// A fake of Pushover's API: it checks each request against the documented parameters and limits, and keeps the emergencies.
// https://pushover.net/api (parameters, limits, priorities) and https://pushover.net/api/receipts (cancellation by tag)
import { z } from 'zod';
import type { ChannelRequest } from '../../../src/channels/channel.ts';

const key = z.string().regex(/^[A-Za-z0-9]{30}$/);
const seconds = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/)
    .refine((text) => Number(text) >= min && Number(text) <= max);

const message = z
  .strictObject({
    token: key,
    user: key,
    device: z.string().optional(),
    title: z.string().min(1).max(250),
    message: z.string().min(1).max(1_024),
    timestamp: z.string().regex(/^\d{10}$/),
    priority: z.enum(['-2', '-1', '0', '1', '2']),
    retry: seconds(30, 10_800).optional(),
    expire: seconds(30, 10_800).optional(),
    tags: z.string().min(1).optional(),
    url: z
      .url({ protocol: /^https?$/ })
      .max(512)
      .optional(),
    url_title: z.string().max(100).optional(),
  })
  .refine(
    ({ priority, retry, expire }) => (priority === '2') === (retry !== undefined && expire !== undefined),
  );

export type PushoverMessage = z.output<typeof message>;

export class FakePushover {
  readonly messages: PushoverMessage[] = [];
  /** Tags of emergencies that repeat now. Null: without a tag. */
  ringing: (string | null)[] = [];

  /** Throws if a request is not as documented. */
  receive(request: ChannelRequest): number {
    if (request.transport === 'email') throw new Error('not an HTTP request');
    const type = new Headers(request.headers).get('content-type');
    if (request.method !== 'POST' || type !== 'application/x-www-form-urlencoded') throw new Error(`${type}`);
    const fields = Object.fromEntries(new URLSearchParams(request.body));
    const path = request.url.replace('https://api.pushover.net/1/', '');
    if (path === 'messages.json') this.#send(message.parse(fields));
    else this.#cancel(path, fields);
    return 200;
  }

  #send(sent: PushoverMessage): void {
    this.messages.push(sent);
    if (sent.priority === '2') this.ringing.push(sent.tags ?? null);
  }

  #cancel(path: string, fields: Record<string, string>): void {
    const [, tag] = /^receipts\/cancel_by_tag\/([^/]+)\.json$/.exec(path) ?? [];
    if (!tag) throw new Error(path);
    z.strictObject({ token: key }).parse(fields);
    this.ringing = this.ringing.filter((one) => one !== decodeURIComponent(tag));
  }
}
