// Owns the shape of every channel: it describes the requests that deliver one message, and what the receiver's responses
// mean. Does not send and reads no clock: timeouts, retries and the receiver guard belong to src/delivery.
import type { z } from 'zod';
import type { Message, Rendered } from './message.ts';

export interface HttpRequest {
  readonly transport?: 'http';
  readonly url: string;
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'GET' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A message for Cloudflare's email binding: src/delivery/email-binding.ts sends it. */
export interface EmailRequest {
  readonly transport: 'email';
  readonly from: { readonly name: string; readonly email: string };
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

export type ChannelRequest = HttpRequest | EmailRequest;

/** The beginning of a response, as a channel may read it. */
export interface ChannelResponse {
  readonly status: number;
  readonly headers: Headers;
  /** At most 4 KiB, decoded as UTF-8. */
  readonly body: string;
}

/**
 * What a response means. `retry`: the same request may succeed later, not before `afterMs` if the receiver says so. `dead`:
 * it never will. `gone`: the receiver accepts no notifications at all any more. `error` is text of the vendor.
 */
export type Outcome =
  | { readonly result: 'delivered' }
  | { readonly result: 'retry'; readonly error?: string; readonly afterMs?: number }
  | { readonly result: 'dead' | 'gone'; readonly error?: string };

export interface ChannelContext {
  /** Time of the attempt, ms since the epoch. */
  readonly now: number;
  /** What `receiptOf` returned for an earlier message about the same condition. Null without one. */
  readonly receipt: string | null;
  /** Address of the status page, without a trailing slash. */
  readonly publicUrl: string;
}

/** Who gets the messages. Machines always get one request for each notification. */
export type Audience = 'people' | 'machine';

/** The page of the channel in docs/channels. `npm run docs` writes it. */
export interface ChannelDocs {
  /** `Slack` */
  readonly name: string;
  /** One or two sentences. */
  readonly summary: string;
  /** How to get the address or the token, in order. Markdown. */
  readonly setup: readonly string[];
  /** A `config` that works once its values are replaced. */
  readonly example: Readonly<Record<string, unknown>>;
  /** What it looks like and does: colours, updates, threads. Markdown. */
  readonly behaviour: readonly string[];
  /** Documented limits that the channel keeps to. */
  readonly limits: readonly string[];
  readonly references: readonly { readonly label: string; readonly url: string }[];
}

export interface Channel<S extends z.ZodObject = z.ZodObject, T extends string = string> {
  readonly type: T;
  readonly audience: Audience;
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
   * Fields that hold the address of a vendor's API, which is not secret: `apiUrl`. They pass the receiver guard too, and a
   * read shows them. Another origin needs `sentFields` again.
   */
  readonly apiUrlFields?: readonly (keyof z.output<S> & string)[];
  readonly docs: ChannelDocs;
  /** Whether title and body can be templates. */
  readonly hasTemplates: boolean;
  /**
   * Builds the requests that deliver the message, in order: a later one is sent if the earlier ones succeeded. The same
   * input gives the same requests. Throws if the message or the config is invalid.
   */
  requests(
    message: Message,
    config: z.output<S>,
    context: ChannelContext,
  ): Promise<readonly [ChannelRequest, ...ChannelRequest[]]>;
  /**
   * How many of these gathered notifications, from the first on, one message of the vendor can list. At least 1. The rest go
   * into the next message. Absent: DEFAULT_CAPACITY.
   */
  capacity?(items: readonly Rendered[]): number;
  /** Null: by its status, as for every receiver. */
  outcomeOf?(response: ChannelResponse): Outcome | null;
  /** What the response to the first request says about the message, so that a later one can update it. */
  receiptOf?(response: ChannelResponse): string | null;
}

/** Notifications in one message of a channel that does not state its own capacity. */
export const DEFAULT_CAPACITY = 20;

/** Keeps the types of name and config on the way into the catalogue. */
export function defineChannel<S extends z.ZodObject, const T extends string>(
  channel: Channel<S, T>,
): Channel<S, T> {
  return channel;
}
