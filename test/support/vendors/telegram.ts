// Telegram as it documents sendMessage and its HTML: https://core.telegram.org/bots/api#sendmessage,
// https://core.telegram.org/bots/api#html-style
import { z } from 'zod';
import type { HttpRequest } from '../../../src/channels/channel.ts';

const MAX_TEXT = 4_096;

const body = z.strictObject({
  chat_id: z.string(),
  message_thread_id: z.int().optional(),
  text: z.string().min(1),
  parse_mode: z.literal('HTML'),
  link_preview_options: z.strictObject({ is_disabled: z.literal(true) }),
  disable_notification: z.boolean(),
  reply_parameters: z
    .strictObject({ message_id: z.int(), allow_sending_without_reply: z.literal(true) })
    .optional(),
  reply_markup: z
    .strictObject({
      inline_keyboard: z.array(
        z
          .array(z.strictObject({ text: z.string().min(1).max(64), url: z.url({ protocol: /^https$/ }) }))
          .min(1)
          .max(8),
      ),
    })
    .optional(),
});

/** Refuses what Telegram refuses with `can't parse entities`, a text that is too long, and a mention. */
export function checkTelegram(request: HttpRequest): void {
  const { text } = body.parse(JSON.parse(request.body));
  const shown = parseHtml(text);
  z.string().max(MAX_TEXT).parse(shown);
  z.string()
    .refine((value) => !/@[A-Za-z]\w/.test(value), 'a mention')
    .parse(shown);
}

/** The text without its tags. Throws for a tag that is unknown, open or in the wrong order, and for a bare `<`, `>` or `&`. */
function parseHtml(text: string): string {
  const open: string[] = [];
  const shown = text.replace(
    /<(\/?)(\w+)((?: [^<>]*)?)>/g,
    (_, slash: string, name: string, attributes: string) => {
      if (name !== 'b' && name !== 'a') throw new Error(`Unsupported start tag "${name}"`);
      if (name === 'a' && slash === '' && !/^ href="https?:\/\/[^"<>]*"$/.test(attributes))
        throw new Error(`href of ${attributes}`);
      if (slash === '') open.push(name);
      else if (open.pop() !== name) throw new Error(`Unmatched end tag "${name}"`);
      return '';
    },
  );
  if (open.length > 0) throw new Error(`Can't find end tag of "${open.at(-1)}"`);
  if (/[<>]|&(?!(amp|lt|gt|quot);)/.test(shown)) throw new Error(`Not escaped: ${shown}`);
  const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' };
  return shown.replace(/&(\w+);/g, (_, name: string) => entities[name]!);
}
