// Slack as it documents its API: refuses a request that its pages do not allow, and keeps messages and threads of a bot.
// https://docs.slack.dev/reference/block-kit/blocks, https://docs.slack.dev/reference/methods/chat.postMessage,
// https://docs.slack.dev/reference/methods/chat.update
import { z } from 'zod';
import type { HttpRequest } from '../../../src/channels/channel.ts';

/** `&`, `<` and `>` of a text are entities. Anything else in angle brackets is a mention or a link. */
const literal = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((text) => !/[<>]|&(?!(amp|lt|gt);)/.test(text), 'a control character is not escaped');

const plainText = (max: number) =>
  z.strictObject({ type: z.literal('plain_text'), text: literal(max), emoji: z.boolean().optional() });

const button = z
  .strictObject({
    type: z.literal('button'),
    text: plainText(75),
    action_id: z.string().min(1).max(255).optional(),
    url: z
      .url({ protocol: /^https?$/ })
      .max(3_000)
      .optional(),
    value: z.string().max(2_000).optional(),
    style: z.enum(['primary', 'danger']).optional(),
  })
  .refine(({ url, value }) => (url === undefined) !== (value === undefined));

const block = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('header'), text: plainText(150) }),
  z
    .strictObject({
      type: z.literal('section'),
      text: plainText(3_000).optional(),
      fields: z.array(plainText(2_000)).min(1).max(10).optional(),
      accessory: button.optional(),
    })
    .refine(({ text, fields }) => text !== undefined || fields !== undefined),
  z.strictObject({
    type: z.literal('actions'),
    elements: z
      .array(button)
      .min(1)
      .max(25)
      .refine(
        (buttons) => new Set(buttons.map((one) => one.action_id)).size === buttons.length,
        'an action_id is not unique',
      ),
  }),
]);

const attachments = z
  .array(
    z.strictObject({
      color: z.string().regex(/^#[0-9A-F]{6}$/),
      fallback: literal(4_000),
      blocks: z.array(block).min(1).max(50),
    }),
  )
  .length(1);

const webhookBody = z.strictObject({ attachments });
const updateBody = z.strictObject({ channel: z.string(), ts: z.string(), attachments });
const postBody = z.strictObject({
  channel: z.string(),
  attachments,
  thread_ts: z.string().optional(),
  reply_broadcast: z.boolean().optional(),
  link_names: z.literal(false),
  parse: z.literal('none'),
  unfurl_links: z.literal(false),
  unfurl_media: z.literal(false),
});

export const checkSlackWebhook = (request: HttpRequest): void => {
  webhookBody.parse(JSON.parse(request.body));
};

interface Posted {
  readonly ts: string;
  readonly threadTs: string | null;
  readonly isShownInChannel: boolean;
  title: string;
  edits: number;
}

export class FakeSlack {
  readonly messages: Posted[] = [];
  readonly #token: string;

  constructor(token: string) {
    this.#token = token;
  }

  /** The body of the response. Throws if the request is not a documented one. */
  respond(request: HttpRequest): string {
    const { authorization } = request.headers;
    if (authorization !== `Bearer ${this.#token}`) return failure('invalid_auth');
    const body: unknown = JSON.parse(request.body);
    const method = new URL(request.url).pathname.split('/').at(-1);
    if (method === 'chat.update') {
      const { channel, ts, attachments: parts } = updateBody.parse(body);
      const message = this.messages.find((one) => one.ts === ts);
      if (!message) return failure('message_not_found');
      message.title = titleOf(parts);
      message.edits += 1;
      return success(channel, ts);
    }
    if (method !== 'chat.postMessage') return failure('unknown_method');
    const {
      channel,
      thread_ts: threadTs = null,
      reply_broadcast: shown = false,
      ...rest
    } = postBody.parse(body);
    const ts = `1795512613.${String(this.messages.length + 1).padStart(6, '0')}`;
    const isShownInChannel = threadTs === null || shown;
    this.messages.push({ ts, threadTs, isShownInChannel, title: titleOf(rest.attachments), edits: 0 });
    return success(channel, ts, threadTs);
  }
}

const titleOf = (parts: z.output<typeof attachments>): string => {
  const [first] = parts[0]!.blocks;
  return first?.type === 'header' ? first.text.text : '';
};

const failure = (error: string): string => JSON.stringify({ ok: false, error });

const success = (channel: string, ts: string, threadTs: string | null = null): string =>
  JSON.stringify({
    ok: true,
    channel,
    ts,
    message: { type: 'message', ts, thread_ts: threadTs ?? undefined },
  });
