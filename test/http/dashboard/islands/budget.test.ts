// What the scripts of the dashboard cost, and that none of them makes HTML or code from a string.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildAssets } from '../../../../scripts/build-assets.ts';

const MAX_SCRIPT_BYTES = 40 * 1024;
const MAX_STYLE_BYTES = 12 * 1024;
const ISLANDS = fileURLToPath(new URL('../../../../src/http/dashboard/islands', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'probemesh-assets-'));
let sizes: ReadonlyMap<string, number>;
beforeAll(async () => {
  await buildAssets(folder, { check: true });
  const built = join(folder, 'assets', 'dashboard');
  sizes = new Map(
    readdirSync(built).map((name) => [name, gzipSync(readFileSync(join(built, name)), { level: 9 }).length]),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

const total = (ending: string): number =>
  [...sizes].filter(([name]) => name.endsWith(ending)).reduce((sum, [, bytes]) => sum + bytes, 0);

test('all islands together have at most 40 kB, compressed, and the style 12 kB', () => {
  expect(total('.js')).toBeGreaterThan(1_000);
  expect(total('.js')).toBeLessThanOrEqual(MAX_SCRIPT_BYTES);
  expect(total('.css')).toBeLessThanOrEqual(MAX_STYLE_BYTES);
});

describe('an island', () => {
  const sources = readdirSync(ISLANDS).filter((name) => name.endsWith('.ts'));
  test.each(sources)('%s makes no HTML and no code from a string', (name) => {
    const source = readFileSync(join(ISLANDS, name), 'utf8');
    expect(source).not.toMatch(
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|setHTMLUnsafe|createContextualFragment|\beval\(|new Function|javascript:/,
    );
  });
});
