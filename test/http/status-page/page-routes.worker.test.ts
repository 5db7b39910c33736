// The pages of a status page over HTTP: which paths exist, the language of a reader, and what may be loaded from elsewhere.
import { beforeEach, describe, expect, test } from 'vitest';
import { ask, clock, createMonitor, empty, runUntilConfirmed } from '../../support/d1/http-mesh.ts';

beforeEach(empty);

const open = (path: string, headers: Record<string, string> = {}) => ask(path, { token: null, headers });

describe('paths', () => {
  test('a monitor has a page at the root and below /pages/default, with the ranges of its chart', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 0);
    for (const path of ['/monitors/shop', '/pages/default/monitors/shop']) {
      const { status, text } = await open(path);
      expect(status).toBe(200);
      expect(text).toContain('<h1>Web shop</h1>');
      expect(text).toContain('Response time by location');
      expect(text).not.toContain('shop.example.com');
    }
    const week = (await open('/monitors/shop?range=7d')).text;
    expect(week).toMatch(/range=7d#latency" aria-current="page"/);
    expect((await open('/monitors/shop?range=nonsense')).text).toMatch(
      /range=24h#latency" aria-current="page"/,
    );
  });

  test('the default page has one address, in whatever way it is read', async () => {
    const feeds = await Promise.all(['/feed.json', '/pages/default/feed.json'].map((path) => open(path)));
    expect(feeds[1]!.json).toEqual(feeds[0]!.json);
    expect(feeds[0]!.json.home_page_url).not.toContain('/pages/');
  });

  test('the archive has the present month, and earlier ones only if they have something to show', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 0);
    await runUntilConfirmed(1, 6);
    const month = new Date(clock.now).toISOString().slice(0, 7);
    for (const path of ['/history', `/history/${month}`]) {
      const { status, text } = await open(path);
      expect(status).toBe(200);
      expect(text).toContain('Web shop is down');
    }
    expect((await open('/history/2019-01')).status).toBe(404);
  });

  test.each([
    ...['/monitors/none', '/monitors/', '/monitors/shop/x', '/incidents/none', '/history/2026-13'],
    ...['/history/9999-01', '/history/2026-1', '/history/x', '/pages/none', '/pages/none/monitors/shop'],
    ...['/Monitors/shop', '/nothing'],
  ])('%s does not exist', async (path) => {
    await createMonitor();
    expect((await open(path)).status).toBe(404);
  });

  test('a private monitor has no page', async () => {
    await createMonitor({ public: false });
    expect((await open('/monitors/shop')).status).toBe(404);
  });
});

describe('the language of a reader', () => {
  test('a page that leaves it to the browser is in that language, and says that it varies', async () => {
    const german = await open('/', { 'accept-language': 'de-AT, en;q=0.5' });
    expect(german.text).toContain('<html lang="de">');
    expect(german.headers.get('content-language')).toBe('de');
    expect(german.headers.get('vary')).toContain('Accept-Language');
    const english = await open('/', { 'accept-language': 'fr' });
    expect(english.text).toContain('<html lang="en">');
  });
});
