// Google Chat as it documents messages of webhooks and cards:
// https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages/create
// https://developers.google.com/workspace/chat/api/reference/rest/v1/cards
import { z } from 'zod';
import type { HttpRequest } from '../../../src/channels/channel.ts';

const MAX_BYTES = 32_000;

/** Only the tags that we write: https://developers.google.com/workspace/chat/format-messages#card-formatting */
const html = z
  .string()
  .min(1)
  .refine(
    (text) => !/[<>]|&(?!(amp|lt|gt);)/.test(text.replace(/<\/?b>|<br>/g, '')),
    'a tag or an ampersand of a text',
  );
const label = z
  .string()
  .min(1)
  .refine((text) => !/[<>\n]/.test(text), 'a bracket');

const button = z.strictObject({
  text: label,
  onClick: z.strictObject({
    openLink: z.strictObject({ url: z.url({ protocol: /^https?$/ }) }),
  }),
});

const widget = z.union([
  z.strictObject({ textParagraph: z.strictObject({ text: html }) }),
  z.strictObject({ buttonList: z.strictObject({ buttons: z.array(button).min(1) }) }),
  z.strictObject({
    decoratedText: z.strictObject({
      topLabel: label.optional(),
      text: html,
      bottomLabel: label.optional(),
      wrapText: z.boolean(),
      button: button.optional(),
    }),
  }),
]);

const body = z.strictObject({
  fallbackText: label,
  thread: z.strictObject({ threadKey: z.string().min(1).max(4_000) }).optional(),
  cardsV2: z
    .array(
      z.strictObject({
        cardId: z.string(),
        card: z.strictObject({
          header: z.strictObject({ title: label }),
          sections: z.array(z.strictObject({ widgets: z.array(widget).min(1).max(100) })).min(1),
        }),
      }),
    )
    .length(1),
});

export function checkGoogleChat(request: HttpRequest): void {
  z.number().max(MAX_BYTES).parse(new TextEncoder().encode(request.body).length);
  const { thread } = body.parse(JSON.parse(request.body));
  const parameters = new URL(request.url).searchParams;
  // Without the option, Google Chat ignores the thread.
  z.literal(thread ? 'REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD' : null).parse(
    parameters.get('messageReplyOption'),
  );
  z.string().min(1).parse(parameters.get('requestId'));
  z.literal('example-token').parse(parameters.get('token'));
}
