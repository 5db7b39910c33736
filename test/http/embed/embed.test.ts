// The script that other sites load, in a document that is faked as far as the script uses it; and the page in the frame.
// A real browser runs both in test/system/browser.
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { EmbedPage } from '../../../src/http/embed/embed-page.tsx';
import { EMBED_SCRIPT } from '../../../src/http/embed/embed-script.ts';
import { renderingOf } from '../../../src/http/status-page/rendering.tsx';
import { everyPageView } from '../../support/every-page-view.ts';

interface Shown {
  readonly frames: Record<string, unknown>[];
  readonly asked: string[];
}

async function run(dataset: Record<string, string>, indicator: string | null = 'none'): Promise<Shown> {
  const shown: Shown = { frames: [], asked: [] };
  const after = (frame: Record<string, unknown>) => shown.frames.push(frame);
  const document = {
    currentScript: { src: 'https://status.test/embed.js', dataset, after },
    createElement: () => ({ style: {} }),
  };
  const fetch = async (url: string) => {
    shown.asked.push(url);
    if (indicator === null) throw new Error('offline');
    return { json: async () => ({ status: { indicator } }) };
  };
  runInNewContext(EMBED_SCRIPT, { document, fetch, URL });
  await new Promise((resolve) => setTimeout(resolve, 0));
  return shown;
}

describe('embed.js', () => {
  test('has less than 2 kB', () => {
    expect(new TextEncoder().encode(EMBED_SCRIPT).length).toBeLessThan(2_000);
  });

  test('shows the page in a frame, and asks for nothing else', async () => {
    const { frames, asked } = await run({});
    expect(frames).toEqual([
      expect.objectContaining({ src: 'https://status.test/embed', title: 'Service status', height: '84' }),
    ]);
    expect(asked).toEqual([]);
  });

  test('shows another page with its key and theme', async () => {
    const { frames } = await run({ page: 'a&b', key: 'k=1', theme: 'dark', height: '120' });
    expect(frames[0]).toMatchObject({
      src: 'https://status.test/pages/a%26b/embed?key=k%3D1&theme=dark',
      height: '120',
    });
  });

  test('for trouble only: shows nothing while all is well, or while the status is not known', async () => {
    expect((await run({ when: 'trouble' })).frames).toEqual([]);
    expect((await run({ when: 'trouble' }, null)).frames).toEqual([]);
    const { frames, asked } = await run({ when: 'trouble', page: 'eu' }, 'major');
    expect([frames.length, asked]).toEqual([1, ['https://status.test/pages/eu/api/v2/status.json']]);
  });
});

test('the embedded page shows state and open incidents, opens a new window, and has no script and no form', async () => {
  const view = everyPageView();
  const of = renderingOf(view, { acceptLanguage: null, noRefresh: false });
  const html = String(await EmbedPage({ view, of, theme: 'dark' }).toString());
  expect(html).toContain('<html lang="en" class="dark">');
  expect(html).toContain('<small>Payments fail</small>');
  expect(html).toContain('href="https://status.test/" target="_blank" rel="noopener"');
  expect(html).not.toMatch(/<script|<form|style=/);
});
