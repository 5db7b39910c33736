// Owns how a value becomes part of a template's output: escaped for what the output is. Pure.
import type { TemplateFormat } from './channel.ts';

export type Escape = (value: unknown) => string;

/** Objects and lists are JSON, so that a template that shows one by mistake shows what it is. */
const textOf = (value: unknown): string =>
  value === null || value === undefined
    ? ''
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value).toWellFormed();

/** The inside of a JSON string. */
const inJson = (text: string): string =>
  JSON.stringify(text)
    .slice(1, -1)
    .replace(/[\u2028\u2029]/g, escaped);

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** By application/x-www-form-urlencoded: https://url.spec.whatwg.org/#urlencoded-serializing */
const inForm = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1);

/** Printable ASCII in one line: no header can end early. */
const inHeader = (text: string): string => text.replace(/[^\x20-\x7e]+/g, ' ');

const ESCAPES: Readonly<Record<TemplateFormat, (text: string) => string>> = {
  text: (text) => text,
  json: inJson,
  form: inForm,
  header: inHeader,
};

export const escapeOf =
  (format: TemplateFormat): Escape =>
  (value) =>
    ESCAPES[format](textOf(value));

/** A whole JSON value. In a form or a header it is text like any other. */
export const jsonOf = (value: unknown): string =>
  (JSON.stringify(value ?? null) ?? 'null').replace(/[\u2028\u2029]/g, escaped);
