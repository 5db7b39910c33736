// Owns a message as Block Kit: an attachment with blocks, because only attachments have a colour. Pure.
// All texts of people are plain_text, in which Slack reads no mrkdwn, with &, < and > escaped, so that no mention forms:
// https://docs.slack.dev/messaging/formatting-message-text#escaping
// Limits: https://docs.slack.dev/reference/block-kit/blocks and
// https://docs.slack.dev/reference/block-kit/composition-objects/text-object
import { bodyOf, COLOURS, escaped, factsOf, linksOf, pageOf, titleOf } from './chat-text.ts';
import type { Message, Rendered } from './message.ts';

const MAX_HEADER = 150;
const MAX_SECTION = 3_000;
const MAX_FIELDS = 10;
const MAX_FIELD = 2_000;
const MAX_URL = 3_000;
const MAX_FALLBACK = 1_000;
/** Of 50 blocks, less the title, the summary, the facts and the buttons. */
export const MAX_ITEMS = 45;
const MAX_ITEM = 700;

/** Id of the button whose press acknowledges. Its value is the id of the incident. */
export const ACKNOWLEDGE_ACTION = 'acknowledge';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const escapeControl = (character: string): string => ENTITIES[character] ?? character;

const plainText = (text: string, limit: number) => ({
  type: 'plain_text',
  text: escaped(text, limit, escapeControl) || '…',
  emoji: false,
});

/** `interactive`: Slack sends the press of a button to us, so that the button needs no page. */
export function slackAttachment(message: Message, interactive: boolean) {
  const facts = factsOf(message).slice(0, MAX_FIELDS);
  const fields = facts.map(({ label, value }) => plainText(`${label}\n${value}`, MAX_FIELD));
  const buttons = buttonsOf(message, interactive);
  return {
    color: COLOURS[message.colour],
    fallback: escaped(`${titleOf(message)}\n${bodyOf(message)}`, MAX_FALLBACK, escapeControl),
    blocks: [
      { type: 'header', text: plainText(titleOf(message), MAX_HEADER) },
      { type: 'section', text: plainText(bodyOf(message), MAX_SECTION) },
      ...(fields.length > 0 ? [{ type: 'section', fields }] : []),
      ...message.items.slice(0, MAX_ITEMS).map(itemBlock),
      ...(buttons.length > 0 ? [{ type: 'actions', elements: buttons }] : []),
    ],
  };
}

function itemBlock(item: Rendered) {
  const page = pageOf(item, MAX_URL);
  return {
    type: 'section',
    text: plainText(`${item.title}\n${item.summary}`, MAX_ITEM),
    ...(page && {
      accessory: { type: 'button', text: { type: 'plain_text', text: page.label }, url: page.url },
    }),
  };
}

function buttonsOf(message: Message, interactive: boolean) {
  const links = linksOf(message, MAX_URL);
  const { incident } = message.notifications[0].body.data;
  const canPress = interactive && incident !== null && links.some(({ kind }) => kind === 'acknowledge');
  const opening = links.map(({ label, url, kind }) => ({
    type: 'button',
    // Slack wants another id for each element of a message. A press of a link is sent to us too, and means nothing.
    action_id: `open_${kind}`,
    text: { type: 'plain_text', text: canPress && kind === 'acknowledge' ? 'Acknowledge and snooze' : label },
    ...(kind === 'acknowledge' && !canPress && { style: 'primary' }),
    url,
  }));
  if (!canPress) return opening;
  const press = {
    type: 'button',
    action_id: ACKNOWLEDGE_ACTION,
    text: { type: 'plain_text', text: 'Acknowledge' },
    style: 'primary',
    value: incident.id,
  };
  return [press, ...opening];
}
