// Owns a message as an Adaptive Card 1.4. Pure.
// https://adaptivecards.io/schemas/1.4.0/adaptive-card.json, and what Teams shows of it:
// https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-format
// Teams reads Markdown in a TextBlock and in a Fact, and not in a TextRun: all texts of people are runs.
import {
  bodyOf,
  bytesOf,
  countThatFits,
  escaped,
  factsOf,
  jsonBytesOf,
  linksOf,
  pageOf,
  titleOf,
} from './chat-text.ts';
import type { Colour, Message, Rendered } from './message.ts';

/** Bytes of JSON. All together, with the frame of the card, less than 28 KB. */
const MAX_TITLE = 600;
const MAX_BODY = 4_500;
const MAX_FACTS = 12;
const MAX_FACT = 300;
const MAX_URL = 1_000;
const MAX_LINKS = 4;
const ITEMS = 14_000;
const MAX_ITEM_TITLE = 400;
const MAX_ITEM_TEXT = 300;
const MAX_ITEM_URL = 200;

/** Styles of a container: https://adaptivecards.io/explorer/Container.html */
const STYLES: Readonly<Record<Colour, string>> = {
  red: 'attention',
  orange: 'warning',
  green: 'good',
  blue: 'accent',
  grey: 'emphasis',
};

const cut = (text: string, limit: number): string => escaped(text, limit, undefined, jsonBytesOf);

const run = (text: string, more: object = {}) => ({ type: 'TextRun', text, ...more });
const block = (inlines: readonly object[], more: object = {}) => ({
  type: 'RichTextBlock',
  inlines,
  ...more,
});

export function adaptiveCard(message: Message) {
  const title = cut(titleOf(message), MAX_TITLE);
  return {
    type: 'AdaptiveCard',
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    version: '1.4',
    // Shown by a client that cannot show the card.
    fallbackText: title,
    msteams: { width: 'Full' },
    body: [
      {
        type: 'Container',
        style: STYLES[message.colour],
        bleed: true,
        items: [block([run(title, { weight: 'Bolder', size: 'Large' })])],
      },
      ...linesOf(cut(bodyOf(message), MAX_BODY)).map((line) => block([run(line)])),
      ...factsOf(message)
        .slice(0, MAX_FACTS)
        .map(({ label, value }) =>
          block([run(`${label}: `, { weight: 'Bolder' }), run(cut(value, MAX_FACT))], { spacing: 'Small' }),
        ),
      ...itemBlocks(message.items),
    ],
    actions: linksOf(message, MAX_URL)
      .slice(0, MAX_LINKS)
      .map(({ label, url, kind }) => ({
        type: 'Action.OpenUrl',
        title: label,
        url,
        ...(kind === 'acknowledge' && { style: 'positive' }),
      })),
  };
}

/** A run has no line breaks. */
const linesOf = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');

function itemBlock(item: Rendered): object {
  const page = pageOf(item, MAX_ITEM_URL);
  const open = page && { selectAction: { type: 'Action.OpenUrl', title: page.label, url: page.url } };
  return block(
    [
      run(cut(item.title, MAX_ITEM_TITLE), { weight: 'Bolder', ...open }),
      run(` ${cut(item.summary, MAX_ITEM_TEXT)}`),
    ],
    { separator: true },
  );
}

const sizeOf = (item: Rendered): number => bytesOf(JSON.stringify(itemBlock(item))) + 1;

export const itemsThatFit = (items: readonly Rendered[]): number => countThatFits(items, ITEMS, sizeOf);

const itemBlocks = (items: readonly Rendered[]): object[] =>
  items.length === 0 ? [] : items.slice(0, itemsThatFit(items)).map(itemBlock);
