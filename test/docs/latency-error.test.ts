// Every description of the API, and every page of the documents, states the same error of a latency.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { LATENCY_ERROR } from '../../src/uptime/rules.ts';
import { openapi } from '../support/docs/openapi.ts';

const textsIn = (node: unknown): string[] =>
  typeof node === 'string'
    ? [node]
    : typeof node === 'object' && node !== null
      ? Object.values(node).flatMap(textsIn)
      : [];

test('every description that states the error of a latency states both of its parts', () => {
  const stated = textsIn(openapi).filter((text) => /[39] % off/.test(text));
  expect(stated.length).toBeGreaterThan(5);
  expect(stated.filter((text) => !text.includes(LATENCY_ERROR))).toEqual([]);
});

test('every document that states an error of 3 % states that of 9 % beside it', () => {
  const files = ['docs/storage.md', ...readdirSync('docs/guide').map((name) => `docs/guide/${name}`)];
  const blocks = files.flatMap((file) => readFileSync(file, 'utf8').split(/\n(?=- |\||\n)/));
  const stated = blocks.filter((text) => text.includes('3 % off'));
  expect(stated.length).toBeGreaterThan(2);
  expect(stated.filter((text) => !/9 %(?: off|\n?\s*if)/.test(text))).toEqual([]);
});
