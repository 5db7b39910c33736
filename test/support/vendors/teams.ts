// Teams: the envelope of a workflow's webhook, 28 KB, and a card that Microsoft's own parser accepts without a warning.
// https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
import { AdaptiveCard, SerializationContext, Version } from 'adaptivecards';
import { z } from 'zod';
import type { HttpRequest } from '../../../src/channels/channel.ts';

const MAX_BYTES = 28 * 1024;

const envelope = z.strictObject({
  type: z.literal('message'),
  attachments: z
    .array(
      z.strictObject({
        contentType: z.literal('application/vnd.microsoft.card.adaptive'),
        contentUrl: z.null(),
        content: z.looseObject({
          type: z.literal('AdaptiveCard'),
          version: z.literal('1.4'),
          body: z.unknown(),
          actions: z.array(
            z.looseObject({ type: z.literal('Action.OpenUrl'), url: z.url({ protocol: /^https?$/ }) }),
          ),
        }),
      }),
    )
    .length(1),
});

export function checkTeams(request: HttpRequest): void {
  z.number().max(MAX_BYTES).parse(new TextEncoder().encode(request.body).length);
  const { content } = envelope.parse(JSON.parse(request.body)).attachments[0]!;
  const card = new AdaptiveCard();
  const context = new SerializationContext(new Version(1, 4));
  card.parse(content, context);
  const events = Array.from({ length: context.eventCount }, (_, index) => context.getEventAt(index).message);
  const problems = card.validateProperties().validationEvents.map(({ message }) => message);
  z.array(z.never())
    .length(0)
    .parse([...events, ...problems]);
  checkElements(content.body);
}

/** Teams reads Markdown in a TextBlock and a Fact, so texts of people are runs only. No mention without `entities`. */
function checkElements(elements: unknown): void {
  for (const { type, items, inlines, text } of z.array(element).parse(elements)) {
    const inner = type === 'Container' ? items : inlines;
    if (type === 'TextRun') z.string().min(1).parse(text);
    else checkElements(inner);
  }
}

const element = z.looseObject({
  type: z.enum(['Container', 'RichTextBlock', 'TextRun']),
  items: z.unknown().optional(),
  inlines: z.unknown().optional(),
  text: z.unknown().optional(),
});
