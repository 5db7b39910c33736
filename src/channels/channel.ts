// Owns the shape of every channel: it describes one HTTP request.
// Does not send and reads no clock: timeouts, retries and the receiver guard belong to src/delivery.
import type { z } from 'zod';
import type { OutgoingNotification } from './notification.ts';

export interface ChannelRequest {
  readonly url: string;
  readonly method: 'POST' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Channel<S extends z.ZodObject = z.ZodObject, T extends string = string> {
  readonly type: T;
  readonly config: S;
  /** Fields that are never returned, besides the addresses. */
  readonly secretFields: readonly (keyof z.output<S> & string)[];
  /**
   * Secret fields that the request contains as they are. For another origin they must be written again. A key that only
   * signs is not one of them.
   */
  readonly sentFields: readonly (keyof z.output<S> & string)[];
  /**
   * Fields that hold a receiver's address. They pass the receiver guard when they are written. They are secret too: the
   * path is often a password. A read shows a hint.
   */
  readonly urlFields: readonly (keyof z.output<S> & string)[];
  /**
   * Builds the request that delivers the notification. The same input gives the same request.
   * `now` is the time of the attempt, in ms since the epoch. Throws if the notification or the config is invalid.
   */
  request(notification: OutgoingNotification, config: z.output<S>, now: number): Promise<ChannelRequest>;
}

/** Keeps the types of name and config on the way into the catalogue. */
export function defineChannel<S extends z.ZodObject, const T extends string>(
  channel: Channel<S, T>,
): Channel<S, T> {
  return channel;
}
