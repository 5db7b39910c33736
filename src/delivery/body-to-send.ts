// Owns what is marked in a body right before it is sent. Pure.
import type { WebhookBody } from '../channels/notification.ts';
import { canSayOpenedNotSent } from '../channels/pairs.ts';
import { withText } from '../channels/render.ts';

/** The end of an incident whose opening was not sent is marked. */
export function bodyToSend({
  body,
  openedNotSent,
}: {
  readonly body: WebhookBody;
  readonly openedNotSent: boolean;
}): WebhookBody {
  const { incident } = body.data;
  if (!openedNotSent || incident === null || !canSayOpenedNotSent(body.type)) return body;
  return withText({ ...body, data: { ...body.data, incident: { ...incident, openedNotSent: true } } });
}
