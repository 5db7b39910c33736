// Owns the template of a copy: the coordinator renders its text, and the watchdog fills in the times that only it knows. Pure.
// Text of people is never looked at: it cannot become a slot.
import { formatsOf } from '../languages/formats.ts';
import { textsFor } from '../languages/index.ts';

/** Text, slot, text, … It begins and ends with text. */
export type Template = readonly string[];

/** What the watchdog knows. Times in ms since the epoch. */
export interface SlotValues {
  /** When the coordinator rendered the copy. */
  readonly taken: number;
  /** When the coordinator last returned what the copy shows. */
  readonly confirmed: number;
  /** Since when the coordinator is silent. */
  readonly since: number;
  /** From where the watchdog asked. */
  readonly place: string;
  /** Stylesheet of the copy. */
  readonly style: string;
}

const TIMES = ['taken', 'confirmed', 'since'] as const;
type TimeSlot = (typeof TIMES)[number];

/** Writes slots between marks. The mark is random, so that no text contains it. */
export interface Slots {
  /** A time in a language and the time zone of the page. */
  time(name: TimeSlot, languageTag: string): string;
  /** The same time for programs. */
  iso(name: TimeSlot): string;
  readonly place: string;
  readonly style: string;
}

export const slotsWith = (mark: string): Slots => ({
  time: (name, languageTag) => `${mark}${name}@${languageTag}${mark}`,
  iso: (name) => `${mark}${name}@iso${mark}`,
  place: `${mark}place${mark}`,
  style: `${mark}style${mark}`,
});

export const templateOf = (html: string, mark: string): Template => html.split(mark);

/** Throws for a slot that this version does not know: a copy with a hole is not written. */
export function fill(template: Template, values: SlotValues, timeZone: string): string {
  return template.map((part, index) => (index % 2 === 0 ? part : textOf(part, values, timeZone))).join('');
}

function textOf(slot: string, values: SlotValues, timeZone: string): string {
  if (slot === 'style') return inStyle(values.style);
  if (slot === 'place') return escapeHtml(values.place);
  const [name = '', format = ''] = slot.split('@');
  const known = TIMES.find((one) => one === name);
  if (known === undefined || format === '') throw new Error(`the copy has the unknown slot "${slot}"`);
  const at = values[known];
  return escapeHtml(
    format === 'iso' ? new Date(at).toISOString() : formatsOf(textsFor(format, null), timeZone).time(at),
  );
}

/** A stylesheet that could end its element, or load something, is not written. */
function inStyle(style: string): string {
  if (/<\/|@import|url\(/i.test(style)) throw new Error('the stylesheet of the copy loads or ends something');
  return style;
}

export const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
