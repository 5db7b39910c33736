// Owns reading what the pages of local accounts send: fields of forms, and JSON of the passkey script. Does not validate.
import type { Context } from 'hono';
import type { HttpEnv } from '../context.ts';
import { parseForm } from '../form-body.ts';

/** More than any field has. A longer one is cut: it is wrong in any case. */
const MAX_LENGTH = 2_000;

/** A text field of a form. Empty if it is missing. */
export async function readField(c: Context<HttpEnv>, name: string): Promise<string> {
  const value = (await parseForm(c))[name];
  return typeof value === 'string' ? value.slice(0, MAX_LENGTH) : '';
}

/** The JSON object of the body. Empty if it is not one. */
export async function readJson(c: Context<HttpEnv>): Promise<Readonly<Record<string, unknown>>> {
  try {
    const value: unknown = await c.req.json();
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : {};
  } catch {
    return {};
  }
}

export const textOf = (value: unknown): string =>
  typeof value === 'string' ? value.slice(0, MAX_LENGTH) : '';
