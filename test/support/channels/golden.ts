// Owns the golden payloads of channels: test/channels/golden/<name>.json. `UPDATE_GOLDEN=1 npx vitest run …` writes them;
// then read the difference. Bodies of JSON and of forms are stored as values, so that a person can review them.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { ChannelRequest } from '../../../src/channels/channel.ts';

/** The requests as a person reviews them, without the version of probemesh. */
export const payloadOf = (requests: readonly ChannelRequest[]): unknown[] =>
  requests.map((request) => {
    if (request.transport === 'email') return request;
    const { 'user-agent': _, ...headers } = request.headers;
    return { ...request, headers, body: bodyOf(request.headers, request.body) };
  });

function bodyOf(headers: Readonly<Record<string, string>>, body: string): unknown {
  const type = new Headers(headers).get('content-type') ?? '';
  if (/json/.test(type) && body !== '') return JSON.parse(body);
  if (/x-www-form-urlencoded/.test(type)) return Object.fromEntries(new URLSearchParams(body));
  return body;
}

/** `value` is JSON. With UPDATE_GOLDEN it becomes the golden one. */
export function expectGolden(name: string, value: unknown): void {
  const path = fileURLToPath(new URL(`../../channels/golden/${name}.json`, import.meta.url));
  if (process.env['UPDATE_GOLDEN']) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
  }
  expect(existsSync(path), `${path} does not exist. Run the test with UPDATE_GOLDEN=1.`).toBe(true);
  expect(JSON.parse(JSON.stringify(value))).toEqual(JSON.parse(readFileSync(path, 'utf8')));
}
