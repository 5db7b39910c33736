// Owns how the inbox imitates Slack: an incoming webhook with Block Kit.
// https://docs.slack.dev/reference/block-kit/blocks
import { mrkdwn, slackPlain } from './spans.ts';
import {
  at,
  type Button,
  json,
  listOf,
  type Part,
  parseBody,
  type Span,
  stringOf,
  text,
  type Vendor,
} from './vendor.ts';

const MAX_BLOCKS = 50;

const spansOf = (object: unknown): readonly Span[] =>
  at(object, 'type') === 'mrkdwn'
    ? mrkdwn(stringOf(at(object, 'text')))
    : slackPlain(stringOf(at(object, 'text')));

function buttonOf(element: unknown): Button {
  const label = stringOf(at(element, 'text', 'text'));
  const href = stringOf(at(element, 'url'));
  return href === '' ? { label, action: 'acknowledge' } : { label, href };
}

/** A field has a label in its first line. */
function factOf(field: unknown): { label: string; value: readonly Span[] } {
  const text = stringOf(at(field, 'text'));
  const end = text.includes('\n') ? text.indexOf('\n') : text.length;
  const spansIn = (part: string) => spansOf({ ...(field as object), text: part });
  return {
    label: spansIn(text.slice(0, end)).reduce((label, span) => label + span.text, ''),
    value: spansIn(text.slice(end + 1)),
  };
}

function partsOf(block: unknown): Part[] {
  switch (at(block, 'type')) {
    case 'header':
      return [{ kind: 'heading', spans: spansOf(at(block, 'text')) }];
    case 'section': {
      const facts = listOf(at(block, 'fields')).map(factOf);
      const own = at(block, 'text');
      return [
        ...(own === undefined ? [] : [{ kind: 'text' as const, spans: spansOf(own) }]),
        ...(facts.length === 0 ? [] : [{ kind: 'facts' as const, facts }]),
      ];
    }
    case 'context':
      return listOf(at(block, 'elements')).map((element) => ({
        ...{ kind: 'text' as const, dim: true },
        spans: spansOf(element),
      }));
    case 'actions':
      return [{ kind: 'buttons', buttons: listOf(at(block, 'elements')).map(buttonOf) }];
    case 'divider':
      return [];
    default:
      throw new Error('invalid_blocks');
  }
}

/** The value of the button that acknowledges: Slack sends it back. */
function actionOf(blocks: readonly unknown[]): Readonly<Record<string, string>> | undefined {
  for (const block of blocks)
    for (const element of listOf(at(block, 'elements')))
      if (at(element, 'type') === 'button' && at(element, 'url') === undefined)
        return {
          actionId: stringOf(at(element, 'action_id')),
          blockId: stringOf(at(block, 'block_id')),
          value: stringOf(at(element, 'value')),
        };
  return undefined;
}

export const slack: Vendor = {
  id: 'slack',
  name: 'Slack',
  read({ body }) {
    const message = parseBody(body);
    const attachment = at(message, 'attachments', 0);
    const blocks = [...listOf(at(message, 'blocks')), ...listOf(at(attachment, 'blocks'))];
    if (blocks.length > MAX_BLOCKS) throw new Error('invalid_blocks');
    const fallback = stringOf(at(message, 'text'));
    if (blocks.length === 0 && fallback === '') throw new Error('no_text');
    const context = actionOf(blocks);
    return {
      where: stringOf(at(message, 'channel')) || '#ops',
      colour: stringOf(at(attachment, 'color')) || null,
      parts: blocks.length === 0 ? [{ kind: 'text', spans: mrkdwn(fallback) }] : blocks.flatMap(partsOf),
      thread: stringOf(at(message, 'thread_ts')) || null,
      ...(context === undefined ? {} : { context }),
    };
  },
  accept: ({ path }, number) =>
    path.startsWith('/api/')
      ? json(200, { ok: true, channel: 'C0DEMO', ts: `1700000000.${String(number).padStart(6, '0')}` })
      : text(200, 'ok'),
  reject: (reason) => text(400, reason),
};
