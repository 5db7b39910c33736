// Owns what the texts of all events share: the shape of a text, and the names of a monitor and its check. Pure.
import type { WebhookBody } from './notification.ts';
import { plain } from './plain-text.ts';
import { timeText } from './time-text.ts';

export type Data = WebhookBody['data'];

export interface EventText {
  /** What comes before and after the name. */
  readonly title: readonly [before: string, name: string, after: string];
  /** Sentences. Empty ones are left out. */
  readonly summary: readonly string[];
}

export const time = (iso: string): string => timeText(Date.parse(iso), true);
export const sentence = (text: string): string => (text === '' || /[.!?…]$/.test(text) ? text : `${text}.`);

export const nameOf = ({ monitor }: Data): string => monitor?.name ?? 'A monitor';

/** `The tcp check of shop.example.com:443`. */
export function checkOf({ monitor }: Data): string {
  if (!monitor || monitor.check.host === '') return 'The check';
  const { type, host, port } = monitor.check;
  return plain(`The ${type} check of ${host.includes(':') ? `[${host}]` : host}:${port}`);
}
