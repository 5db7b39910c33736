// Owns how the inbox imitates a Workflows URL of Microsoft Teams, which posts an Adaptive Card.
// https://adaptivecards.io/explorer/
import { markdown } from './spans.ts';
import { at, type Button, listOf, type Part, parseBody, stringOf, text, type Vendor } from './vendor.ts';

/** https://learn.microsoft.com/en-us/microsoftteams/platform/bots/how-to/format-your-bot-messages */
const MAX_BYTES = 28 * 1024;

const COLOURS: Readonly<Record<string, string>> = {
  ...{ attention: '#c4314b', warning: '#c19c00', good: '#237b4b', accent: '#5b5fc7' },
};

const buttonOf = (action: unknown): Button => ({
  label: stringOf(at(action, 'title')),
  href: stringOf(at(action, 'url')) || undefined,
});

function partsOf(element: unknown): Part[] {
  switch (at(element, 'type')) {
    case 'TextBlock': {
      const spans = markdown(stringOf(at(element, 'text')));
      const isHeading = ['large', 'extralarge', 'medium'].includes(
        stringOf(at(element, 'size')).toLowerCase(),
      );
      if (isHeading) return [{ kind: 'heading', spans }];
      return [{ kind: 'text', spans, dim: at(element, 'isSubtle') === true }];
    }
    case 'RichTextBlock': {
      const spans = listOf(at(element, 'inlines')).map((inline) =>
        typeof inline === 'string'
          ? { text: inline }
          : { text: stringOf(at(inline, 'text')), bold: at(inline, 'weight') === 'Bolder' },
      );
      return [{ kind: 'text', spans }];
    }
    case 'FactSet':
      return [
        {
          kind: 'facts',
          facts: listOf(at(element, 'facts')).map((fact) => ({
            label: stringOf(at(fact, 'title')),
            value: markdown(stringOf(at(fact, 'value'))),
          })),
        },
      ];
    case 'Container':
    case 'Column':
      return listOf(at(element, 'items')).flatMap(partsOf);
    case 'ColumnSet':
      return listOf(at(element, 'columns')).flatMap(partsOf);
    case 'ActionSet':
      return [{ kind: 'buttons', buttons: listOf(at(element, 'actions')).map(buttonOf) }];
    default:
      throw new Error(`the card has an element of the unknown type ${JSON.stringify(at(element, 'type'))}`);
  }
}

/** The colour or style of the first element that has one. */
function colourOf(body: readonly unknown[]): string | null {
  for (const element of body) {
    const name = stringOf(at(element, 'color')) || stringOf(at(element, 'style'));
    const colour = COLOURS[name.toLowerCase()];
    if (colour !== undefined) return colour;
  }
  return null;
}

export const teams: Vendor = {
  id: 'teams',
  name: 'Microsoft Teams',
  read({ body }) {
    if (Buffer.byteLength(body) > MAX_BYTES) throw new Error('the message is larger than 28 KB');
    const message = parseBody(body);
    const attachment = at(message, 'attachments', 0);
    const card = at(attachment, 'content');
    if (at(attachment, 'contentType') !== 'application/vnd.microsoft.card.adaptive')
      throw new Error('the first attachment is not an Adaptive Card');
    const elements = listOf(at(card, 'body'));
    const actions = listOf(at(card, 'actions')).map(buttonOf);
    const buttons: Part[] = actions.length === 0 ? [] : [{ kind: 'buttons', buttons: actions }];
    return {
      where: 'Operations › Alerts',
      colour: colourOf(elements),
      parts: [...elements.flatMap(partsOf), ...buttons],
      thread: null,
    };
  },
  accept: () => text(202, ''),
  reject: (reason) => text(400, reason),
};
