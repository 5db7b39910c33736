// Owns the POST request to a vendor's API, with JSON or a form in it. Pure.
import { VERSION } from '../version.ts';
import type { HttpRequest } from './channel.ts';

type Headers = Readonly<Record<string, string>>;

export const jsonPost = (url: string, body: unknown, headers: Headers = {}): HttpRequest => ({
  url,
  method: 'POST',
  headers: { 'content-type': 'application/json', 'user-agent': `probemesh/${VERSION}`, ...headers },
  body: JSON.stringify(body),
});

export const formPost = (
  url: string,
  fields: Readonly<Record<string, string>>,
  headers: Headers = {},
): HttpRequest => ({
  url,
  method: 'POST',
  headers: {
    'content-type': 'application/x-www-form-urlencoded',
    'user-agent': `probemesh/${VERSION}`,
    ...headers,
  },
  body: new URLSearchParams(fields).toString(),
});

/** The object of a JSON response. Null if it is not one, or was cut off. */
export function jsonObjectOf(body: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
