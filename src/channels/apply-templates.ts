// Owns what a channel's templates change in a message.
import type { Channel } from './channel.ts';
import type { Message } from './message.ts';

export interface Templates {
  readonly title?: string | undefined;
  readonly body?: string | undefined;
}

export interface TemplatedMessage {
  readonly message: Message;
  /** Why a default text is sent in place of a template. Null: every template was used. */
  readonly warning: string | null;
}

/** Gathered messages keep the default texts, which name every one of them. */
export function withTemplates(
  _channel: Pick<Channel, 'hasTemplates'>,
  _config: Readonly<Record<string, unknown>>,
  _templates: Templates | null,
  message: Message,
): TemplatedMessage {
  return { message, warning: null };
}
