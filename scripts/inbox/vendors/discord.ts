// Owns how the inbox imitates a webhook of Discord. https://docs.discord.com/developers/resources/webhook#execute-webhook
import { markdown } from './spans.ts';
import { at, json, listOf, type Part, parseBody, stringOf, text, type Vendor } from './vendor.ts';

const MAX_EMBEDS = 10;
const MAX_EMBED_CHARACTERS = 6_000;

function partsOf(embed: unknown): Part[] {
  const title = stringOf(at(embed, 'title'));
  const href = stringOf(at(embed, 'url'));
  const description = stringOf(at(embed, 'description'));
  const facts = listOf(at(embed, 'fields')).map((one) => ({
    label: stringOf(at(one, 'name')),
    value: markdown(stringOf(at(one, 'value'))),
  }));
  const footer = stringOf(at(embed, 'footer', 'text'));
  const heading = markdown(title).map((span) => (href === '' ? span : { ...span, href }));
  return [
    ...(title === '' ? [] : [{ kind: 'heading' as const, spans: heading }]),
    ...(description === '' ? [] : [{ kind: 'text' as const, spans: markdown(description) }]),
    ...(facts.length === 0 ? [] : [{ kind: 'facts' as const, facts }]),
    ...(footer === '' ? [] : [{ kind: 'text' as const, dim: true, spans: [{ text: footer }] }]),
  ];
}

/** What Discord counts together over all embeds. */
const charactersOf = (embed: unknown): number =>
  [at(embed, 'title'), at(embed, 'description'), at(embed, 'footer', 'text'), at(embed, 'author', 'name')]
    .concat(listOf(at(embed, 'fields')).flatMap((one) => [at(one, 'name'), at(one, 'value')]))
    .reduce<number>((sum, one) => sum + stringOf(one).length, 0);

export const discord: Vendor = {
  id: 'discord',
  name: 'Discord',
  read({ body }) {
    const message = parseBody(body);
    const embeds = listOf(at(message, 'embeds'));
    const content = stringOf(at(message, 'content'));
    if (embeds.length === 0 && content === '') throw new Error('Cannot send an empty message');
    if (embeds.length > MAX_EMBEDS) throw new Error('Must be 10 or fewer in length.');
    if (embeds.reduce<number>((sum, embed) => sum + charactersOf(embed), 0) > MAX_EMBED_CHARACTERS)
      throw new Error('Embed size exceeds maximum size of 6000');
    const colour = at(embeds[0], 'color');
    const own: Part[] = content === '' ? [] : [{ kind: 'text', spans: markdown(content) }];
    return {
      where: '#alerts',
      colour: typeof colour === 'number' ? `#${colour.toString(16).padStart(6, '0')}` : null,
      parts: [...own, ...embeds.flatMap(partsOf)],
      thread: null,
    };
  },
  accept: ({ path }, number) =>
    path.includes('wait=true') ? json(200, { id: String(10 ** 17 + number) }) : text(204, ''),
  reject: (reason) => json(400, { code: 50_035, message: reason }),
};
