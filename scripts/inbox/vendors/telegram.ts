// Owns how the inbox imitates Telegram's Bot API. https://core.telegram.org/bots/api#sendmessage
import { telegramHtml } from './spans.ts';
import { at, type Button, json, listOf, type Part, parseBody, stringOf, type Vendor } from './vendor.ts';

/** After the entities are parsed. */
const MAX_CHARACTERS = 4_096;

export const telegram: Vendor = {
  id: 'telegram',
  name: 'Telegram',
  read({ path, body }) {
    if (!/^\/bot[^/]+\/(sendMessage|editMessageText)$/.test(path)) throw new Error('Not Found');
    const message = parseBody(body);
    const raw = stringOf(at(message, 'text'));
    if (raw === '') throw new Error('Bad Request: message text is empty');
    const spans = at(message, 'parse_mode') === 'HTML' ? telegramHtml(raw) : [{ text: raw }];
    if (spans.reduce((sum, { text }) => sum + text.length, 0) > MAX_CHARACTERS)
      throw new Error('Bad Request: message is too long');
    const buttons = listOf(at(message, 'reply_markup', 'inline_keyboard'))
      .flatMap(listOf)
      .map(
        (one): Button => ({ label: stringOf(at(one, 'text')), href: stringOf(at(one, 'url')) || undefined }),
      );
    const parts: Part[] = [{ kind: 'text', spans }];
    if (buttons.length > 0) parts.push({ kind: 'buttons', buttons });
    return { where: `chat ${String(at(message, 'chat_id') ?? '')}`, colour: null, parts, thread: null };
  },
  accept: (_, number) => json(200, { ok: true, result: { message_id: number } }),
  reject: (reason) => json(400, { ok: false, error_code: 400, description: reason }),
};
