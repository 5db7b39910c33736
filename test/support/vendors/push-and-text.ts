// Checks of requests to ntfy and Twilio against their documented fields and limits.
// https://docs.ntfy.sh/publish/#publish-as-json, https://docs.ntfy.sh/publish/#limitations
// https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource
import { z } from 'zod';
import type { ChannelRequest } from '../../../src/channels/channel.ts';

const bytes = (limit: number) => (text: string) => new TextEncoder().encode(text).length <= limit;
const httpUrl = z.url({ protocol: /^https?$/ });

const ntfyMessage = z.strictObject({
  topic: z.string().regex(/^[-_A-Za-z0-9]{1,64}$/),
  title: z.string().min(1).refine(bytes(1_024)),
  message: z.string().min(1).refine(bytes(4_096)),
  priority: z.int().min(1).max(5),
  tags: z.array(z.string()).refine((tags) => bytes(512)(tags.join(','))),
  click: httpUrl,
  actions: z
    .array(z.strictObject({ action: z.literal('view'), label: z.string().min(1), url: httpUrl }))
    .max(3),
});

/** Throws if the request is not as documented. */
export function readNtfy(request: ChannelRequest): z.output<typeof ntfyMessage> {
  if (request.transport === 'email' || request.method !== 'POST') throw new Error('not a POST');
  if (new URL(request.url).pathname !== '/') throw new Error(`JSON goes to the root, not ${request.url}`);
  return ntfyMessage.parse(JSON.parse(request.body));
}

const twilioMessage = z
  .strictObject({
    To: z.string().regex(/^\+[1-9]\d{1,14}$/),
    From: z.string().optional(),
    MessagingServiceSid: z
      .string()
      .regex(/^MG[0-9a-fA-F]{32}$/)
      .optional(),
    Body: z.string().min(1).max(1_600),
  })
  .refine(({ From, MessagingServiceSid }) => (From === undefined) !== (MessagingServiceSid === undefined));

/** Throws if the request is not as documented. */
export function readTwilio(request: ChannelRequest): z.output<typeof twilioMessage> {
  if (request.transport === 'email' || request.method !== 'POST') throw new Error('not a POST');
  if (!/\/2010-04-01\/Accounts\/AC[0-9a-f]{32}\/Messages\.json$/.test(request.url))
    throw new Error(request.url);
  const headers = new Headers(request.headers);
  if (headers.get('content-type') !== 'application/x-www-form-urlencoded') throw new Error('content-type');
  if (!/^Basic [A-Za-z0-9+/=]+$/.test(headers.get('authorization') ?? '')) throw new Error('authorization');
  return twilioMessage.parse(Object.fromEntries(new URLSearchParams(request.body)));
}
