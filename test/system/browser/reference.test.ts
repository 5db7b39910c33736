import { mkdirSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import axe from 'axe-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Mesh, noBrowser, open, RUNS, startMesh } from './mesh.ts';

const SCREENSHOTS = process.env.SCREENSHOTS;

let mesh: Mesh;
beforeAll(async () => {
  if (noBrowser === null) mesh = await startMesh();
  if (SCREENSHOTS) mkdirSync(SCREENSHOTS, { recursive: true });
});
afterAll(() => mesh?.stop());

describe.skipIf(noBrowser !== null)(`in a browser${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  test('the document is valid against the schema of OpenAPI 3.1', async () => {
    const document = await (await fetch(`${mesh.url}/api/v1/openapi.json`)).json();
    const validator = new Validator();
    const { valid, errors } = await validator.validate(document as Record<string, unknown>);
    expect(errors ?? []).toEqual([]);
    expect([valid, validator.version]).toEqual([true, '3.1']);
  });

  test.each(RUNS)(
    'the reference is accessible, without sideways scrolling and console messages, at $width px in $colorScheme',
    async (run) => {
      const { page, messages } = await open(mesh, '/api/v1/docs', run);
      if (SCREENSHOTS) {
        const path = `${SCREENSHOTS}/reference-${run.colorScheme}-${run.width}.png`;
        await page.screenshot({ path, clip: { x: 0, y: 0, width: run.width, height: 2400 }, fullPage: true });
      }
      expect(
        await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth'),
      ).toBe(false);
      await page.evaluate(axe.source);
      const violations = await page.evaluate(async () => {
        const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
        const results = await axe.run();
        return results.violations.map(
          ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`,
        );
      });
      expect(violations).toEqual([]);
      expect(messages).toEqual([]);
      await page.context().close();
    },
  );
});
