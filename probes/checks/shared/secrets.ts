// Owns the secrets of a check: defined once by name, used as {{name}}, sent to probes in the job only. Pure.
import { z } from 'zod';

const NAME = /^[A-Za-z][A-Za-z0-9_]{0,31}$/;
const PLACEHOLDER = /\{\{\s*([A-Za-z][A-Za-z0-9_]{0,31})\s*\}\}/g;

/** Redacting shorter secrets would make texts unreadable. */
const MIN_LENGTH = 4;

const nameSchema = z.string().regex(NAME, {
  error: 'The name of a secret must begin with a letter and have at most 32 letters, digits or "_".',
});

const valueSchema = z
  .string()
  .min(MIN_LENGTH, { error: `A secret must have at least ${MIN_LENGTH} characters.` })
  .max(4_096, { error: 'A secret must have at most 4096 characters.' })
  // Half a surrogate pair has no UTF-8, so redaction has no encoding to search for.
  .refine((secret) => secret.isWellFormed(), {
    error: 'A secret must consist of whole characters. Remove the unpaired surrogate.',
  });

const byName = <V extends z.ZodType<string | null>>(value: V) =>
  z
    .record(nameSchema, value)
    .refine((secrets) => Object.keys(secrets).length <= 10, {
      error: 'A check must have at most 10 secrets. Remove the others.',
    })
    .default({});

export const secretsSchema = byName(valueSchema).meta({
  description:
    'Secret values by name. The check uses them as {{name}}. The coordinator stores them encrypted and never returns them.',
  example: { token: 'a long random string' },
});

/** The same for the API: null stands for the stored value. */
export const nullableSecretsSchema = byName(valueSchema.nullable()).meta({
  description:
    'Secret values by name. The check uses them as {{name}}. The coordinator stores them encrypted and returns null for each. Send null to keep the stored value. Another origin needs the value again.',
  example: { token: 'a long random string' },
});

/** Names of the secrets that a text uses. */
export const placeholdersIn = (text: string): string[] =>
  [...text.matchAll(PLACEHOLDER)].map(([, name]) => name!);

/** Names of the secrets that a check's options use, at any depth. */
export function placeholdersDeep(value: unknown): Set<string> {
  if (typeof value === 'string') return new Set(placeholdersIn(value));
  if (typeof value !== 'object' || value === null) return new Set();
  return new Set(
    Object.entries(value).flatMap(([key, part]) => [...placeholdersDeep(key), ...placeholdersDeep(part)]),
  );
}

/** The text with its secrets inserted. A placeholder without a secret stays unchanged. */
export const withSecrets = (text: string, secrets: Readonly<Record<string, string>> = {}): string =>
  text.replace(PLACEHOLDER, (placeholder, name: string) =>
    Object.hasOwn(secrets, name) ? secrets[name]! : placeholder,
  );

/** The text that replaces a secret. */
export const REDACTED = '•••';

/** V8 does not compile literals of more than 32,767 characters, so a longer form is searched in parts. */
const MAX_PART = 16_384;

/**
 * Returns a function that removes every secret and its usual encodings from a text. It ignores case: host names and %2f
 * arrive in lower case.
 */
export function createRedactor(secrets: Readonly<Record<string, string>> = {}): (text: string) => string {
  const values = Object.values(secrets).flatMap((secret) => [secret, ...secret.split(/[\r\n]+/)]);
  const forms = [...new Set(values.filter((value) => value.length >= MIN_LENGTH).flatMap(encodingsOf))]
    .filter((form) => form.length >= MIN_LENGTH)
    .sort((a, b) => b.length - a.length);
  if (forms.length === 0) return (text) => text;
  const parts = forms.flatMap((form) =>
    form.length <= MAX_PART ? [form] : (form.match(new RegExp(`.{1,${MAX_PART}}`, 'gs')) ?? []),
  );
  const anyForm = new RegExp(
    parts.map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|'),
    'gi',
  );
  return (text) => text.replace(anyForm, REDACTED);
}

/** The encodings in which servers return what they received. */
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

/** JSON, also with slashes, non-ASCII characters and HTML characters escaped, as many libraries do. */
function jsonForms(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const escaped = (character: string): string =>
    `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  const ascii = json.replace(/[^\0-\x7f]/g, escaped);
  return [json, ascii].flatMap((form) => [
    form,
    form.replaceAll('/', '\\/'),
    form.replace(/[<>&]/g, escaped),
    form.replace(/[<>&']/g, escaped),
  ]);
}

/** Quotes and apostrophes have several HTML entities. */
function htmlForms(secret: string): string[] {
  const text = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return ['"', '&quot;', '&#34;'].flatMap((quote) =>
    ["'", '&#39;', '&#039;', '&#x27;'].map((apostrophe) =>
      text.replaceAll('"', quote).replaceAll("'", apostrophe),
    ),
  );
}

/** The form in which a binary response is shown. */
const hexOf = (secret: string): string =>
  Array.from(new TextEncoder().encode(secret), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Base64 of the secret alone and after one or two other bytes, as in the `user:secret` of a Basic header. */
function base64Forms(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret);
  return [0, 1, 2].map((shift) => {
    const padded = new Uint8Array(shift + bytes.length);
    padded.set(bytes, shift);
    const encoded = btoa(Array.from(padded, (byte) => String.fromCharCode(byte)).join(''));
    // Characters that also encode a byte before or after depend on more than the secret.
    const from = Math.ceil((shift * 8) / 6);
    const until = Math.floor(((shift + bytes.length) * 8) / 6);
    return encoded.slice(from, until);
  });
}
