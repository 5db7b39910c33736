// The image of the inbox in the README is of the present page, with what each channel sends for one outage. After a change:
// npm run pictures
import { readFileSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Inbox, startInbox } from '../../../scripts/inbox/inbox.ts';
import { STYLE } from '../../../scripts/inbox/page.ts';
import { generateSecret } from '../../../src/channels/webhook.ts';
import { expectPicture, visibleLines } from './image.ts';
import { CHROMIUM, noBrowser, type Run } from './mesh.ts';
import { expectAccessible } from './people.ts';

const PICTURE = { image: 'inbox-light', shown: 'inbox-image', width: 1_000 };
/** In the order in which they arrive: the newest is shown first. */
const SENT = [
  ['pagerduty', 'pagerduty'],
  ['telegram', 'telegram'],
  ['slack', 'slack'],
] as const;

interface GoldenRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: unknown;
}

let inbox: Inbox;
let browser: Browser;
beforeAll(async () => {
  if (noBrowser !== null) return;
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  inbox = await startInbox({ port: 0, secret: generateSecret(), log: () => {} });
  for (const [vendor, name] of SENT) {
    const file = `test/channels/golden/${name}.json`;
    const golden = JSON.parse(readFileSync(file, 'utf8')) as Record<string, GoldenRequest[]>;
    const { url, method, headers, body } = golden['incident.opened']![0]!;
    const { pathname } = new URL(url);
    const sent = await fetch(`${inbox.url}/${vendor}${pathname}`, {
      method,
      headers,
      body: JSON.stringify(body),
    });
    expect([vendor, sent.status < 300]).toEqual([vendor, true]);
  }
});
afterAll(async () => {
  await browser?.close();
  await inbox?.stop();
});

async function open({ colorScheme, width }: Run) {
  const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 } });
  const page = await context.newPage();
  await page.goto(`${inbox.url}/?noRefresh`);
  return { page, close: () => context.close() };
}

describe.skipIf(noBrowser !== null)(`in a browser${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  test('the image of the inbox in the README has the text and the style of the page', async () => {
    const { page, close } = await open({ colorScheme: 'light', width: PICTURE.width });
    const text = (await visibleLines(page)).map((line) =>
      line.replace(/\d\d:\d\d:\d\d UTC$/, 'HH:MM:SS UTC'),
    );
    await expectPicture(page, PICTURE, { style: STYLE, text });
    await close();
  });

  test.each([
    ['light', 360],
    ['dark', 360],
    ['light', 1_440],
    ['dark', 1_440],
  ] as const)(
    'the inbox in %s at %i px has no violation, and nothing wider than the window',
    async (colorScheme, width) => {
      const { page, close } = await open({ colorScheme, width });
      await expectAccessible(page);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      await close();
    },
  );
});
