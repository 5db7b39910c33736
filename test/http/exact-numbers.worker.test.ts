// Owns the tests of numbers in request bodies that a JavaScript number would round.
import { beforeEach, describe, expect, test } from 'vitest';
import { empty, post } from '../support/d1/http-mesh.ts';

beforeEach(empty);

/** As text, because this program would round the number itself. */
const monitor = (equals: string): string =>
  `{"name":"Shop","intervalSeconds":60,"check":{"type":"http","url":"https://shop.example.com/","jsonPath":[{"path":"$.id","equals":${equals}}]}}`;

async function createdWith(equals: string): Promise<unknown> {
  const created = await post('/api/v1/monitors', monitor(equals));
  expect(created.status, created.text).toBe(201);
  const { check } = created.json as { check: { jsonPath: { equals: unknown }[] } };
  return check.jsonPath[0]?.equals;
}

describe('a number in a request body', () => {
  test('a number that would be rounded is kept as its text, and every other number stays a number', async () => {
    expect(await createdWith('9007199254740993')).toBe('9007199254740993');
    expect(await createdWith('9007199254740992')).toBe(9007199254740992);
    expect(await createdWith('0.1')).toBe(0.1);
  });

  test('a huge number in another field is refused like every wrong value', async () => {
    const body =
      '{"name":"Shop","check":{"type":"tcp","host":"shop.example.com","port":12345678901234567890}}';
    const refused = await post('/api/v1/monitors', body);
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('`port` must be a whole number between 1 and 65535.');
  });
});
