// Owns what a channel formats: one notification, or several that are gathered into one message, with their texts.
// Pure data. Does not format for a receiver: each channel escapes plain text by its own rules.
import type { Severity } from './events.ts';
import type { OutgoingNotification } from './notification.ts';

/** red: an outage. orange: a warning. green: it is over. blue: information. grey: a drill or a test. */
export type Colour = 'red' | 'orange' | 'green' | 'blue' | 'grey';

export interface Fact {
  readonly label: string;
  readonly value: string;
}

export interface Link {
  readonly label: string;
  readonly url: string;
  /** `acknowledge` is the link that a button of the receiver may show first. */
  readonly kind: 'incident' | 'acknowledge' | 'runbook' | 'dashboard';
}

/** The texts of one notification, as plain text of people and targets: not escaped for anything. */
export interface Rendered {
  /** One line, at most MAX_TITLE UTF-16 units. */
  readonly title: string;
  /** What is down, since when, seen from where, what the failure looks like. At most MAX_SUMMARY. Without the links. */
  readonly summary: string;
  readonly severity: Severity;
  readonly colour: Colour;
  readonly facts: readonly Fact[];
  readonly links: readonly Link[];
  /** ISO 8601. */
  readonly at: string;
  readonly isDrill: boolean;
}

export interface Templated {
  readonly title: string | null;
  readonly body: string | null;
  /** Headers of the request whose values are templates. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What is sent in one request. `id` is that of the first notification: the same in every attempt. */
export interface Message extends Rendered {
  readonly id: string;
  /** One notification, or those that are gathered, in order. */
  readonly notifications: readonly [OutgoingNotification, ...OutgoingNotification[]];
  /** The texts of each, if there is more than one. Empty otherwise. */
  readonly items: readonly Rendered[];
  /** Title and body by the channel's templates, not escaped. Null: the default texts. */
  readonly templated: Templated;
}
