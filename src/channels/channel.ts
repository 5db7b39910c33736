// The shape of every channel: a description of one HTTP request. A channel sends nothing and reads no clock;
// the deliverer owns the timeout, the retries and the guard against forbidden receivers.
import type { z } from 'zod';
import type { OutgoingNotification } from './notification.ts';

export interface ChannelRequest {
  readonly url: string;
  readonly method: 'POST' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** `secretFields` are never shown again; `urlFields` are where people name a receiver, so they pass the guard when written. */
export interface Channel<S extends z.ZodObject = z.ZodObject, T extends string = string> {
  readonly type: T;
  readonly config: S;
  readonly secretFields: readonly (keyof z.output<S> & string)[];
  readonly urlFields: readonly (keyof z.output<S> & string)[];
  /**
   * The request that hands the notification over. The same input gives the same request.
   * `now` is the time of the attempt, ms since the epoch. Throws when the notification or the config breaks its schema.
   */
  request(notification: OutgoingNotification, config: z.output<S>, now: number): Promise<ChannelRequest>;
}

/** Keeps the types of name and config on the way into the catalogue. */
export function defineChannel<S extends z.ZodObject, const T extends string>(
  channel: Channel<S, T>,
): Channel<S, T> {
  return channel;
}
