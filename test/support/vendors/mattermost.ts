// Mattermost as it documents incoming webhooks and attachments, and how its server finds mentions:
// https://developers.mattermost.com/integrate/webhooks/incoming/
// https://developers.mattermost.com/integrate/reference/message-attachments/
import { z } from 'zod';
import type { HttpRequest } from '../../../src/channels/channel.ts';

/** `@` and a name is a mention, in attachments too. `<!channel>` is one for compatibility with Slack. */
const text = z.string().refine((value) => !/@[a-z0-9._-]|<[!@#]/i.test(value), 'a mention');

const body = z.strictObject({
  attachments: z
    .array(
      z.strictObject({
        fallback: text.min(1),
        color: z.string().regex(/^#[0-9A-F]{6}$/),
        title: text.min(1),
        title_link: z.url({ protocol: /^https?$/ }).optional(),
        text,
        fields: z.array(z.strictObject({ title: text, value: text, short: z.boolean() })),
      }),
    )
    .length(1),
});

/** A post with its attachments, without the links that contain none of people's texts. */
const MAX_POST = 16_383;

export const checkMattermost = (request: HttpRequest): void => {
  const [attachment] = body.parse(JSON.parse(request.body)).attachments;
  const { fallback, title, fields } = attachment!;
  const texts = [fallback, title, attachment!.text, ...fields.flatMap((one) => [one.title, one.value])];
  z.string().max(MAX_POST).parse(texts.join(''));
};
