// A site of another origin that embeds the status: by the script, by a frame, by a badge. In a real browser, because only it
// decides what another site may load, read and frame.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Mesh, noBrowser, startMesh } from './mesh.ts';
import { SCENES } from './scenes.ts';

let mesh: Mesh;
let site: Server;
let html = '';
beforeAll(async () => {
  if (noBrowser !== null) return;
  mesh = await startMesh();
  await mesh.play(SCENES.partial as object);
  site = createServer((_, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(`<!doctype html><title>A site</title><body>${html}`);
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await mesh?.stop();
  site?.close();
});

/** Opens the site under another name than the mesh: another site for cookies too. */
async function visit(content: string): Promise<Page> {
  html = content;
  const page = await mesh.browser.newPage();
  const { hostname } = new URL(mesh.url);
  const other = hostname === 'localhost' ? '127.0.0.1' : 'localhost';
  await page.goto(`http://${other}:${(site.address() as AddressInfo).port}/`, { waitUntil: 'networkidle' });
  return page;
}

const texts = async (page: Page): Promise<string[]> =>
  Promise.all(
    page
      .frames()
      .slice(1)
      .map((frame) => frame.evaluate('document.body?.innerText ?? ""') as Promise<string>),
  );

describe.skipIf(noBrowser !== null)(`another site${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  test('the script shows the state and the open incidents in a frame, in the theme that it names', async () => {
    const page = await visit(`<script async src="${mesh.url}/embed.js" data-theme="dark"></script>`);
    const [text] = await texts(page);
    expect(text).toMatch(/outage/i);
    expect(text).toContain('Service status');
    const [, frame] = page.frames();
    expect(await frame!.evaluate('getComputedStyle(document.body).color')).toBe('rgb(231, 235, 241)');
    expect(await page.locator('iframe').getAttribute('title')).toBe('Service status');
    expect(await page.locator('iframe').isVisible()).toBe(true);
    await page.close();
  });

  test('for trouble only, the script reads the status across origins', async () => {
    const page = await visit(`<script async src="${mesh.url}/embed.js" data-when="trouble"></script>`);
    await page.locator('iframe').waitFor();
    expect((await texts(page))[0]).toMatch(/outage/i);
    await page.close();
  });

  test('no other page can be framed', async () => {
    const page = await visit(
      `<iframe src="${mesh.url}/"></iframe><iframe src="${mesh.url}/sign-in"></iframe>`,
    );
    expect((await texts(page)).join('')).not.toMatch(/outage|sign in/i);
    await page.close();
  });

  test('a badge is a picture, also of a component that does not exist', async () => {
    const page = await visit(
      ['state.svg', 'uptime.svg', 'nothing/state.svg']
        .map((path) => `<img src="${mesh.url}/badges/${path}">`)
        .join(''),
    );
    const widths = (await page.evaluate('[...document.images].map((one) => one.naturalWidth)')) as number[];
    expect(widths.every((width) => width > 40)).toBe(true);
    await page.close();
  });

  test.each(['light', 'dark'])('the frame is accessible in %s', async (theme) => {
    const page = await mesh.browser.newPage({ viewport: { width: 360, height: 200 } });
    await page.goto(`${mesh.url}/embed?noRefresh&theme=${theme}`);
    await page.evaluate(
      `document.documentElement.style.background = '${theme === 'dark' ? '#0d1117' : '#fff'}'`,
    );
    await page.evaluate(axe.source);
    const violations = await page.evaluate(async () => {
      const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
      return (await axe.run()).violations.map(({ id }) => id);
    });
    expect(violations).toEqual([]);
    await page.close();
  });
});
