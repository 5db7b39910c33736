// Secrets of a check: written once by name, used as {{name}}, sent to probes in the job only. Pure.
import { z } from 'zod';

const NAME = /^[A-Za-z][A-Za-z0-9_]{0,31}$/;
const PLACEHOLDER = /\{\{\s*([A-Za-z][A-Za-z0-9_]{0,31})\s*\}\}/g;

/** Short ones could not be blotted out of a text without making it unreadable. */
const SHORTEST = 4;

const nameSchema = z.string().regex(NAME, { error: 'Write a name of at most 32 letters, digits or "_".' });

const valueSchema = z
  .string()
  .min(SHORTEST, { error: `Write at least ${SHORTEST} characters.` })
  .max(4_096, { error: 'Write at most 4096 characters.' })
  // Half a surrogate pair has no UTF-8, and so no encoding that could be looked for.
  .refine((secret) => secret.isWellFormed(), { error: 'Write whole characters.' });

const named = <V extends z.ZodType<string | null>>(value: V) =>
  z
    .record(nameSchema, value)
    .refine((secrets) => Object.keys(secrets).length <= 10, { error: 'Keep at most 10 secrets.' })
    .default({});

export const secretsSchema = named(valueSchema).meta({
  description:
    'Values that are kept encrypted and never returned: written here by name, and used elsewhere in the check as {{name}}.',
  example: { token: 'a long random string' },
});

/** The same as people write and read them: null is a value that is stored already. */
export const writtenSecretsSchema = named(valueSchema.nullable()).meta({
  description:
    'Values that are kept encrypted and never returned: written here by name, and used elsewhere in the check as {{name}}. They are read as null, and a null that is written keeps the stored value.',
  example: { token: 'a long random string' },
});

/** Names that a text uses. */
export const placeholdersIn = (text: string): string[] =>
  [...text.matchAll(PLACEHOLDER)].map(([, name]) => name!);

/** Names that anything in a check's options uses, however deep. */
export function placeholdersDeep(value: unknown): Set<string> {
  if (typeof value === 'string') return new Set(placeholdersIn(value));
  if (typeof value !== 'object' || value === null) return new Set();
  return new Set(
    Object.entries(value).flatMap(([key, part]) => [...placeholdersDeep(key), ...placeholdersDeep(part)]),
  );
}

/** The text with its secrets in place; a name that is not known stays as it is written. */
export const withSecrets = (text: string, secrets: Readonly<Record<string, string>> = {}): string =>
  text.replace(PLACEHOLDER, (written, name: string) =>
    Object.hasOwn(secrets, name) ? secrets[name]! : written,
  );

/** What stands where a secret stood. */
export const REDACTED = '•••';

/** V8 compiles no literal of more than 32,767 characters; a longer form is looked for in parts. */
const LONGEST_PART = 16_384;

/** A function that takes every secret, and its usual encodings, out of a text; host names and %2f come in lower case. */
export function createRedactor(secrets: Readonly<Record<string, string>> = {}): (text: string) => string {
  const values = Object.values(secrets).flatMap((secret) => [secret, ...secret.split(/[\r\n]+/)]);
  const forms = [...new Set(values.filter((value) => value.length >= SHORTEST).flatMap(encodingsOf))]
    .filter((form) => form.length >= SHORTEST)
    .sort((a, b) => b.length - a.length);
  if (forms.length === 0) return (text) => text;
  const parts = forms.flatMap((form) =>
    form.length <= LONGEST_PART ? [form] : (form.match(new RegExp(`.{1,${LONGEST_PART}}`, 'gs')) ?? []),
  );
  const anyForm = new RegExp(
    parts.map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|'),
    'gi',
  );
  return (text) => text.replace(anyForm, REDACTED);
}

/** How servers write what they were sent. */
const encodingsOf = (secret: string): string[] => [
  secret,
  encodeURIComponent(secret),
  encodeURI(secret),
  new URLSearchParams({ '': secret }).toString().slice(1),
  ...jsonForms(secret),
  // A check quotes the JSON that a server sends, so it is escaped twice.
  ...jsonForms(JSON.stringify(secret).slice(1, -1)),
  ...htmlForms(secret),
  hexOf(secret),
  ...base64Forms(secret).flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]),
];

/** As it is; and with slashes, what is no ASCII, or what means something in HTML escaped as well, as many libraries do. */
function jsonForms(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const escaped = (one: string): string => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`;
  const ascii = json.replace(/[^\0-\x7f]/g, escaped);
  return [json, ascii].flatMap((form) => [
    form,
    form.replaceAll('/', '\\/'),
    form.replace(/[<>&]/g, escaped),
    form.replace(/[<>&']/g, escaped),
  ]);
}

/** Quotes and apostrophes have several names. */
function htmlForms(secret: string): string[] {
  const text = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return ['"', '&quot;', '&#34;'].flatMap((quote) =>
    ["'", '&#39;', '&#039;', '&#x27;'].map((apostrophe) =>
      text.replaceAll('"', quote).replaceAll("'", apostrophe),
    ),
  );
}

/** How an answer that is no text is shown. */
const hexOf = (secret: string): string =>
  Array.from(new TextEncoder().encode(secret), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Base64 of the secret alone, and behind any one or two bytes: what `user:secret` looks like in a Basic header. */
function base64Forms(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret);
  return [0, 1, 2].map((shift) => {
    const padded = new Uint8Array(shift + bytes.length);
    padded.set(bytes, shift);
    const encoded = btoa(Array.from(padded, (byte) => String.fromCharCode(byte)).join(''));
    // The characters that the bytes before and after have a part in say nothing of the secret alone.
    const from = Math.ceil((shift * 8) / 6);
    const until = Math.floor(((shift + bytes.length) * 8) / 6);
    return encoded.slice(from, until);
  });
}
