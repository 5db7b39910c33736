// The only thing that a page loads from another origin: the logo of a status page. The header that names its origin reaches
// no reader, also from a cache.
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { IMAGE_ORIGIN, securityHeaders } from '../../src/http/security-headers.ts';
import { renderingOf } from '../../src/http/status-page/rendering.tsx';
import { showPage } from '../../src/http/status-page/show-page.ts';
import type { StatusPage } from '../../src/status-pages/model.ts';
import { pageView, statusPage } from '../support/page-view.ts';

const rendering = (page: StatusPage) =>
  renderingOf(pageView({ page }), { acceptLanguage: null, noRefresh: false });

async function headersOf(page: StatusPage): Promise<Headers> {
  const app = new Hono();
  app.use(securityHeaders);
  app.get('/', (c) => showPage(c as never, rendering(page), '<p>Page</p>'));
  return (await app.request('/')).headers;
}

test('a page without a logo loads images of this origin alone', async () => {
  const headers = await headersOf(statusPage());
  expect(headers.get('content-security-policy')).toContain("img-src 'self';");
  expect(headers.get(IMAGE_ORIGIN)).toBeNull();
});

test('a page with a logo loads images of the origin of the logo too, and of no other', async () => {
  const headers = await headersOf(statusPage({ logoUrl: 'https://cdn.example.test/a/logo.svg?x=1' }));
  expect(headers.get('content-security-policy')).toContain("img-src 'self' https://cdn.example.test;");
  expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'self';/);
  expect(headers.get(IMAGE_ORIGIN)).toBeNull();
});

test('a response that was cached with its origin gets the same policy', async () => {
  const app = new Hono();
  app.use(securityHeaders);
  app.use(async (c) => {
    c.res = new Response('cached', { headers: { [IMAGE_ORIGIN]: 'https://cdn.example.test' } });
  });
  const { headers } = await app.request('/');
  expect(headers.get('content-security-policy')).toContain("img-src 'self' https://cdn.example.test;");
  expect(headers.get(IMAGE_ORIGIN)).toBeNull();
});

test('a page in one language does not vary by the browser', async () => {
  const fixed = await headersOf(statusPage({ language: 'de' }));
  expect([fixed.get('content-language'), fixed.get('vary')]).toEqual(['de', null]);
  expect((await headersOf(statusPage())).get('vary')).toBe('Accept-Language');
});
