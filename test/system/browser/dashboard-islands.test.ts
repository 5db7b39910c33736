// What moves on the pages of the dashboard, in a real browser: live regions, keys, the palette, rows in bulk, forms and charts.
// The content of the page is made here, in the real shell with its real policy, so that no test depends on one section.
import type { Page, Route } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Mesh, noBrowser, type Run } from './mesh.ts';
import { ADA, expectAccessible, setUp, startDashboard, type Visit, visit } from './people.ts';

const PATH = '/dashboard/sample';
const EVERY_MS = 10_000;
const NO_MONITOR = {
  down: 0,
  partial: 0,
  no_data: 0,
  degraded: 0,
  maintenance: 0,
  paused: 0,
  pending: 0,
  up: 0,
};

let mesh: Mesh;
let session: string | null;
beforeAll(async () => {
  if (noBrowser !== null) return;
  mesh = await startDashboard();
  session = await setUp(mesh, { person: ADA });
}, 180_000);
afterAll(() => mesh?.stop());

/** What the server answers. Tests change it. */
const server = {
  main: '',
  /** By path and query, in place of `main`. */
  pages: new Map<string, string>(),
  seq: 1,
  down: 0,
  isLost: false,
  isSignedOut: false,
  posts: [] as string[],
  postStatus: 200,
  afterPost: '',
};
beforeEach(() => {
  server.pages.clear();
  Object.assign(server, {
    main: '',
    seq: 1,
    down: 0,
    isLost: false,
    isSignedOut: false,
    posts: [],
    postStatus: 200,
  });
});

async function answer(route: Route): Promise<void> {
  const request = route.request();
  if (server.isLost) return route.abort('connectionrefused');
  if (request.method() === 'POST') server.posts.push(request.postData() ?? '');
  const { pathname, search } = new URL(request.url());
  // The shell, its script and its policy are those of a real page.
  const response = await route.fetch({
    url: `${mesh.url}/dashboard/account`,
    method: 'GET',
    maxRedirects: 0,
  });
  const shell = await response.text();
  const isPost = request.method() === 'POST';
  const main = isPost ? server.afterPost : (server.pages.get(pathname + search) ?? server.main);
  const body = shell
    .replace(/(<main[^>]*>).*<\/main>/s, (_, start: string) => `${start}<h1>Sample</h1>${main}</main>`)
    .replace(/(<script type="module" src="[^"]*app-)/, `$1`);
  await route.fulfill({ response, body, status: isPost ? server.postStatus : 200 });
}

async function overview(route: Route): Promise<void> {
  if (server.isLost) return route.abort('connectionrefused');
  if (server.isSignedOut) return route.fulfill({ status: 401, body: '{}' });
  const etag = `"${server.seq}"`;
  if (route.request().headers()['if-none-match'] === etag) return route.fulfill({ status: 304 });
  const body = { seq: server.seq, counts: { ...NO_MONITOR, down: server.down }, changed: [], more: false };
  await route.fulfill({
    status: 200,
    headers: { etag },
    contentType: 'application/json',
    body: JSON.stringify(body),
  });
}

async function openSample(main: string, run?: Run): Promise<Visit> {
  server.main = main;
  const seen = await visit(mesh, '/sign-in', session, run);
  seen.messages.length = 0;
  await seen.page.clock.install();
  await seen.page.route(`${mesh.url}${PATH}*`, answer);
  await seen.page.route(`${mesh.url}/api/v1/overview*`, overview);
  await seen.page.goto(mesh.url + PATH);
  // It has asked once.
  await eventually(() => seen.page.evaluate('document.body.dataset.seq')).toBe('1');
  return seen;
}

/** Requests that are on their way then are of no interest. */
async function leave(page: Page): Promise<void> {
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await page.context().close();
}

/** The mesh changes, and the page is asked again. */
async function change(page: Page, main: string, down = 0): Promise<void> {
  Object.assign(server, { main, down, seq: server.seq + 1 });
  await page.clock.fastForward(EVERY_MS + 1_000);
}

const row = (name: string, state: string): string =>
  `<tr data-row=""><td class="tick"><input type="checkbox" name="id" value="${name}" aria-label="Select ${name}"></td>
   <th scope="row"><a href="${PATH}?monitor=${name}">${name}</a></th><td>${state}</td></tr>`;
const list = (rows: string): string => `
  <form method="post" action="${PATH}" data-bulk=""><section class="card" data-live="list">
    <table class="grid"><thead><tr><td class="tick"></td><th scope="col">Name</th><th scope="col">State</th></tr></thead>
    <tbody>${rows}</tbody></table></section>
    <div class="bulk"><button type="submit" name="action" value="pause">Pause</button></div></form>`;
const letters = ['a', 'b', 'c', 'd', 'e'];
const up = letters.map((name) => row(name, 'Up')).join('');

/** A folder for screenshots. Unset: no screenshots. */
const SCREENSHOTS = process.env.SCREENSHOTS;

async function shoot(page: Page, name: string, run?: Run): Promise<void> {
  const suffix = run === undefined ? '' : `-${run.colorScheme}-${run.width}`;
  if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/islands-${name}${suffix}.png` });
}

/** A machine may be busy. */
const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 15_000 });

describe.skipIf(noBrowser !== null)(`in a browser${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  describe('a page that follows the mesh', () => {
    test('changes what has changed, and keeps focus, ticks, open details, typed text and its place in the document', async () => {
      const region = (state: string, note: string) => `
        <section data-live="facts"><p id="state">${state}</p><details><summary>More</summary>${note}</details>
        <form method="post" action="${PATH}"><input type="hidden" name="version" value="${state}">
        <label for="note">Note</label><input id="note" name="note" value=""></form></section>`;
      const { page, messages } = await openSample(region('Up', 'old') + list(up));
      await page.locator('summary').click();
      await page.locator('#note').pressSequentially('half a sent');
      await page.locator('input[value=b]').check();
      await page.locator('a', { hasText: /^d$/ }).focus();
      await page.evaluate('window.kept = document.querySelector("input[value=b]")');
      await change(
        page,
        region('Down', 'new') +
          list(row('z', 'Down') + ['d', 'b', 'a'].map((name) => row(name, 'Up')).join('')),
        2,
      );
      await eventually(() => page.locator('#state').textContent()).toBe('Down');
      expect(await page.locator('details').getAttribute('open')).not.toBeNull();
      expect(await page.locator('details').textContent()).toContain('new');
      expect(await page.locator('#note').inputValue()).toBe('half a sent');
      // What is half typed goes with the version that it was begun with.
      expect(await page.locator('input[name=version]').inputValue()).toBe('Up');
      expect(await page.locator('tbody th').allTextContents()).toEqual(['z', 'd', 'b', 'a']);
      expect(await page.evaluate('window.kept.isConnected && window.kept.checked')).toBe(true);
      expect(await page.evaluate('document.activeElement.textContent')).toBe('d');
      expect(await page.title()).toMatch(/^\(2 down\) .* – probemesh$/);
      expect(await page.locator('.selected-count').textContent()).toBe('1 selected');
      expect(messages).toEqual([]);
      await leave(page);
    });

    test('runs no script, handler or style that a copy of the page has', async () => {
      const { page } = await openSample('<div data-live="x">before</div>');
      await change(
        page,
        `<div data-live="x">after <img src="/none" onerror="window.hacked=1"><script>window.hacked=1</script>
         <b onclick="window.hacked=1" style="color:red">bold</b><svg onload="window.hacked=1"></svg></div>`,
      );
      await eventually(() => page.locator('[data-live=x]').textContent()).toContain('after');
      await page.locator('b').click();
      expect(await page.evaluate('window.hacked')).toBeUndefined();
      expect(await page.locator('[data-live=x] script, [onerror], [onclick], [onload]').count()).toBe(0);
      await leave(page);
    });

    test('says that it is not connected, with the time of the last update, and goes on by itself', async () => {
      const { page } = await openSample('<div data-live="x">one</div>');
      server.isLost = true;
      const message = page.locator('.connection');
      await eventually(async () => {
        await page.clock.fastForward(EVERY_MS);
        return (await message.allTextContents()).join();
      }).toMatch(/^Not connected: last update \d\d:\d\d:\d\d$/);
      expect(await message.getAttribute('role')).toBe('status');
      await shoot(page, 'connection');
      expect(await page.locator('[data-live=x]').textContent()).toBe('one');
      await expectAccessible(page);
      server.isLost = false;
      await change(page, '<div data-live="x">two</div>');
      await eventually(async () => {
        await page.clock.fastForward(EVERY_MS);
        return page.locator('[data-live=x]').textContent();
      }).toBe('two');
      expect(await message.count()).toBe(0);
      await leave(page);
    });

    test('says that the session ended, with a link to the sign-in that leads back', async () => {
      const { page } = await openSample('<div data-live="x">one</div>');
      server.isSignedOut = true;
      await page.clock.fastForward(EVERY_MS + 1_000);
      const link = page.locator('.connection a');
      await eventually(() => link.getAttribute('href')).toBe('/sign-in?return=%2Fdashboard%2Fsample');
      await leave(page);
    });
  });

  describe('with the keyboard', () => {
    test('j and k move over the rows, x ticks, Enter opens, and none of them acts while a person types', async () => {
      const { page } = await openSample(
        `<label for="q">Search</label><input id="q" data-search="" type="search">${list(up)}`,
      );
      for (const key of ['j', 'j', 'j', 'k', 'x']) await page.keyboard.press(key);
      expect(await page.locator('tr.focused th').textContent()).toBe('b');
      expect(await page.locator('tr.selected th').allTextContents()).toEqual(['b']);
      await page.keyboard.press('/');
      await page.keyboard.type('jkx?');
      expect(await page.locator('#q').inputValue()).toBe('jkx?');
      expect(await page.locator('tr.selected').count()).toBe(1);
      expect(await page.locator('dialog').count()).toBe(0);
      await page.locator('h1').click();
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await page.waitForURL(`**${PATH}?monitor=c`);
      await leave(page);
    });

    test.each<Run>([
      { colorScheme: 'light', width: 1440 },
      { colorScheme: 'dark', width: 360 },
    ])(
      'the palette finds sections, actions and monitors, and is accessible at $width px in $colorScheme',
      async (run) => {
        const { page } = await openSample('<p>Text</p>', run);
        await page.route('**/dashboard/search*', (route) =>
          route.fulfill({
            json: {
              actions: [{ path: '/dashboard/keys', label: 'Create an API key' }],
              monitors: route.request().url().endsWith('q=shop')
                ? [{ path: `${PATH}?found`, name: '<b>Shop</b>', state: 'Down' }]
                : [],
              incidents: [],
            },
          }),
        );
        await page.keyboard.press('Control+k');
        const input = page.getByRole('combobox');
        await eventually(() => page.getByRole('option').count()).toBeGreaterThan(2);
        await expectAccessible(page);
        await shoot(page, 'palette', run);
        expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
        await page.keyboard.press('ArrowDown');
        const active = await input.getAttribute('aria-activedescendant');
        expect(await page.locator(`#${active}`).getAttribute('aria-selected')).toBe('true');
        await input.fill('shop');
        await page.clock.fastForward(1_000);
        await eventually(() => page.getByRole('option').first().textContent()).toBe(
          '<b>Shop</b>Monitor · Down',
        );
        await page.keyboard.press('Escape');
        // The event that removes a closed dialog comes after the key.
        await eventually(() => page.locator('dialog').count()).toBe(0);
        await page.keyboard.press('Control+k');
        await page.getByRole('combobox').fill('shop');
        await page.clock.fastForward(1_000);
        await eventually(() => page.getByRole('option').first().textContent()).toContain('Monitor');
        await page.keyboard.press('Enter');
        await page.waitForURL(`**${PATH}?found`);
        await leave(page);
      },
    );

    test('? shows the keys, and a person can turn single keys off', async () => {
      const { page } = await openSample(list(up));
      await page.keyboard.press('?');
      await shoot(page, 'keys');
      await expectAccessible(page);
      await page.getByLabel(/^Single keys/).uncheck();
      await page.getByRole('button', { name: 'Close', exact: true }).click();
      await page.keyboard.press('j');
      expect(await page.locator('tr.focused').count()).toBe(0);
      await page.keyboard.press('Control+k');
      expect(await page.getByRole('combobox').count()).toBe(1);
      await leave(page);
    });
  });

  describe('a list', () => {
    test('shows its toolbar with the number of chosen rows, takes ranges with Shift, and all of the page at once', async () => {
      const { page } = await openSample(list(up));
      const bar = page.locator('.bulk');
      expect(await bar.isVisible()).toBe(false);
      await page.locator('input[value=b]').click();
      await page.locator('input[value=d]').click({ modifiers: ['Shift'] });
      expect(await page.locator('tr.selected th').allTextContents()).toEqual(['b', 'c', 'd']);
      expect(await bar.textContent()).toContain('3 selected');
      await shoot(page, 'bulk');
      await expectAccessible(page);
      await page.getByLabel('Select all on this page').check();
      expect(await bar.textContent()).toContain('5 selected');
      await page.getByLabel('Select all on this page').uncheck();
      expect(await bar.isVisible()).toBe(false);
      await leave(page);
    });
  });

  describe('a form', () => {
    const form = (attributes = '', button = '') =>
      `<form method="post" action="${PATH}" ${attributes}><button type="submit" ${button}>Delete it</button></form>`;

    test('is sent once, however often its button is pressed', async () => {
      const { page } = await openSample(form());
      server.afterPost = '<p>done</p>';
      await page.evaluate(
        'const f = document.querySelector("main form"); f.requestSubmit(); f.requestSubmit();',
      );
      await eventually(() => page.locator('main').textContent()).toContain('done');
      expect(server.posts).toHaveLength(1);
      await leave(page);
    });

    test('asks before what needs a second thought, and is not sent after a no', async () => {
      const { page } = await openSample(form('', 'data-confirm="Delete monitor Shop?"'));
      server.afterPost = '<p>done</p>';
      const button = page.locator('main form button');
      await button.click();
      const dialog = page.getByRole('dialog', { name: 'Delete monitor Shop?' });
      await dialog.waitFor();
      await shoot(page, 'confirm');
      await expectAccessible(page);
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      expect(server.posts).toEqual([]);
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Delete it');
      await button.click();
      await dialog.getByRole('button', { name: 'Delete it' }).click();
      await eventually(() => server.posts.length).toBe(1);
      expect(server.posts[0]).toContain('confirm=yes');
      await leave(page);
    });

    test('that was refused has the focus on its first wrong field, and warns before typed text is lost', async () => {
      const fields = [1, 2, 3, 4].map(
        (number) => `<label for="f${number}">F</label><input id="f${number}" name="f${number}"
          ${number === 3 ? 'aria-invalid="true"' : ''}>`,
      );
      const { page } = await openSample(`<form method="post" action="${PATH}">${fields.join('')}</form>`);
      await eventually(() => page.evaluate('document.activeElement.id')).toBe('f3');
      await page.keyboard.type('half');
      const asked = page.waitForEvent('dialog');
      await page.close({ runBeforeUnload: true });
      const dialog = await asked;
      expect(dialog.type()).toBe('beforeunload');
      await dialog.dismiss();
      expect(await page.locator('#f3').inputValue()).toBe('half');
      await leave(page);
    });

    test('shows the fields of another type at once, and keeps what was typed', async () => {
      const variant = (type: string, field: string) => `
        <nav data-variant-links=""><a href="${PATH}?type=tcp">TCP</a> <a href="${PATH}?type=http">HTTP</a></nav>
        <form method="post" action="${PATH}"><label for="name">Name</label><input id="name" name="name">
        <fieldset data-variants="check.type"><input type="hidden" name="check.type" value="${type}">
        <label for="port">Port</label><input id="port" name="check.port">
        <label for="own">${field}</label><input id="own" name="check.${field}"></fieldset></form>`;
      server.pages.set(`${PATH}?type=http`, variant('http', 'path'));
      const { page } = await openSample(variant('tcp', 'send'));
      await page.locator('#name').fill('Shop');
      await page.locator('#port').fill('8443');
      await page.getByRole('link', { name: 'HTTP' }).click();
      await eventually(() => page.locator('input[type=hidden][name="check.type"]').inputValue()).toBe('http');
      expect(await page.locator('#name').inputValue()).toBe('Shop');
      expect(await page.locator('#port').inputValue()).toBe('8443');
      expect(await page.locator('input[name="check.path"]').count()).toBe(1);
      expect(page.url()).toContain('?type=http');
      await leave(page);
    });

    test('is drawn anew by a button that needs no valid form, with the focus on that button', async () => {
      const types = (chosen: string) => `<form method="post" action="${PATH}"><label for="name">Name</label>
        <input id="name" name="name" required value="${chosen === 'http' ? 'Shop' : ''}">
        ${['tcp', 'http']
          .map(
            (type) => `<button type="submit" name="do" value="${type}" formnovalidate
              aria-pressed="${type === chosen}">${type}</button>`,
          )
          .join('')}
        <fieldset data-variants="check.type"><input type="hidden" name="check.type" value="${chosen}"></fieldset></form>`;
      const { page } = await openSample(types('tcp'));
      server.afterPost = types('http');
      await page.locator('#name').fill('Shop');
      await page.getByRole('button', { name: 'http' }).click();
      await eventually(() => page.locator('input[name="check.type"]').inputValue()).toBe('http');
      expect(server.posts[0]).toBe('name=Shop&do=http&check.type=tcp');
      expect(await page.evaluate('document.activeElement.textContent')).toBe('http');
      expect(await page.locator('#name').inputValue()).toBe('Shop');
      await leave(page);
    });

    test('with a preview shows what is typed after a pause, without leaving the page', async () => {
      const preview = (text: string) => `<div data-preview="${PATH}"><form method="post" action="/nowhere">
        <label for="text">Text</label><textarea id="text" name="text"></textarea>
        <button type="submit" formaction="${PATH}" formnovalidate>Show the preview</button></form>
        <div data-preview-result="" aria-live="polite">${text}</div></div>`;
      const { page } = await openSample(preview('nothing'));
      server.afterPost = preview('one');
      await page.locator('#text').pressSequentially('x');
      await page.clock.fastForward(2_000);
      const result = page.locator('[data-preview-result]');
      await eventually(() => result.textContent()).toBe('one');
      server.afterPost = preview('two');
      await page.locator('main').getByRole('button').click();
      await eventually(() => result.textContent()).toBe('two');
      expect(await page.locator('#text').inputValue()).toBe('x');
      expect(server.posts).toEqual(['text=x', 'text=x']);
      await leave(page);
    });

    test('with an optimistic change shows it at once, the message of the server after it, and the old state after an error', async () => {
      const page1 = `<div data-live="x">Open <span data-optimistic="acknowledged">${form()}</span></div>`;
      const { page } = await openSample(page1);
      server.afterPost = '<p role="alert"><strong>Another person has it.</strong></p>';
      server.postStatus = 409;
      const button = page.locator('main form button').first();
      await button.click();
      await eventually(() => page.locator('.toast').textContent()).toContain('Another person has it.');
      expect(await button.textContent()).toBe('Delete it');
      server.postStatus = 200;
      server.afterPost = `<div class="notice message toast good" role="status"><div><p><strong>Acknowledged.</strong></p></div>
        <form method="post" action="${PATH}"><button type="submit">Undo</button></form></div><div data-live="x">Taken</div>`;
      await button.click();
      await eventually(() => page.locator('[data-live=x]').textContent()).toBe('Taken');
      await page.clock.fastForward(1_000);
      expect(await page.locator('.toast').textContent()).toContain('Acknowledged.');
      await shoot(page, 'toast');
      await expectAccessible(page);
      await page.keyboard.press('u');
      await eventually(() => server.posts.length).toBe(3);
      await leave(page);
    });
  });

  describe('a chart', () => {
    const now = Date.now();
    const values = (base: number) => Array.from({ length: 60 }, (_, index) => base + (index % 7));
    const data = {
      ...{ unit: 'ms', x: values(0).map((_, index) => now - (60 - index) * 60_000) },
      series: [
        { label: 'Frankfurt', values: values(20) },
        { label: '</script><b>', values: values(40) },
      ],
      stacks: [
        {
          label: 'Phases',
          parts: [
            { label: 'Connect', values: values(5) },
            { label: 'TLS', values: values(9) },
          ],
        },
      ],
      bands: [{ from: now - 1_200_000, to: now - 900_000, state: 'down' }],
    };
    const figure = `<figure class="chart" id="latency" data-chart="Latency"><figcaption>Latency</figcaption>
      <script type="application/json">${JSON.stringify(data).replaceAll('<', '\\u003c')}</script>
      <details open><summary>Figures as a table</summary><table><tr><th scope="row">x</th><td>1</td></tr></table></details></figure>`;

    test.each<Run>([
      { colorScheme: 'light', width: 1440 },
      { colorScheme: 'dark', width: 360 },
    ])('is drawn with a legend that toggles, views and values, at $width px in $colorScheme', async (run) => {
      const { page, messages } = await openSample(`<div data-live="x">${figure}</div>`, run);
      await page.addScriptTag({ type: 'module', url: await chartPath() });
      await eventually(() => page.locator('.chart canvas').count()).toBe(1);
      expect(await page.locator('details').getAttribute('open')).toBeNull();
      const first = page.locator('.chart-legend button').first();
      await first.click();
      expect(await first.getAttribute('aria-pressed')).toBe('false');
      await page.locator('.chart-canvas .u-over').hover({ position: { x: 60, y: 50 } });
      await eventually(() => page.locator('.chart-legend .value').last().textContent()).toMatch(/ ms$/);
      const box = (await page.locator('.chart-canvas .u-over').boundingBox())!;
      await page.mouse.move(box.x + 40, box.y + 40);
      await page.mouse.down();
      await page.mouse.move(box.x + 140, box.y + 40, { steps: 4 });
      await page.mouse.up();
      const reset = page.getByRole('button', { name: 'Reset zoom' });
      await eventually(() => reset.isVisible()).toBe(true);
      await reset.click();
      await page.getByLabel('What the chart shows').selectOption('Phases');
      expect(await page.locator('.chart-legend bdi').allTextContents()).toEqual(['Connect', 'TLS']);
      await expectAccessible(page);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      await change(page, `<div data-live="x">${figure.replace('"TLS"', '"Handshake"')}</div>`);
      await eventually(() => page.locator('.chart-legend bdi').allTextContents()).toEqual([
        'Connect',
        'Handshake',
      ]);
      expect(await page.locator('.chart canvas').count()).toBe(1);
      await shoot(page, 'chart', run);
      expect(messages).toEqual([]);
      await leave(page);
    });
  });
});

const chartPath = async (): Promise<string> =>
  (await import('../../../src/http/dashboard/asset-paths.ts')).ASSET_PATHS['chart.js'];
