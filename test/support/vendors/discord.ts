// Discord as it documents a webhook and the limits of an embed:
// https://docs.discord.com/developers/resources/webhook#execute-webhook
// https://docs.discord.com/developers/resources/message#embed-object-embed-limits
import { z } from 'zod';
import type { HttpRequest } from '../../../src/channels/channel.ts';

const body = z
  .strictObject({
    embeds: z
      .array(
        z.strictObject({
          title: z.string().min(1).max(256),
          description: z.string().min(1).max(4_096),
          color: z.int().min(0).max(0xffffff),
          timestamp: z.iso.datetime(),
          fields: z
            .array(
              z.strictObject({
                name: z.string().min(1).max(256),
                value: z.string().min(1).max(1_024),
                inline: z.boolean(),
              }),
            )
            .max(25)
            .optional(),
        }),
      )
      .min(1)
      .max(10),
    /** Mentions of nobody: https://docs.discord.com/developers/resources/message#allowed-mentions-object */
    allowed_mentions: z.strictObject({ parse: z.array(z.never()).length(0) }),
  })
  .refine(({ embeds }) => {
    const texts = embeds.flatMap(({ title, description, fields = [] }) => [
      ...[title, description],
      ...fields.flatMap(({ name, value }) => [name, value]),
    ]);
    return texts.join('').length <= 6_000;
  }, 'more than 6,000 characters');

export const checkDiscord = (request: HttpRequest): void => {
  body.parse(JSON.parse(request.body));
};
