// The copies over a real HTTP server as the coordinator: what is written when, and what must never stay or be claimed.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { copyPages } from '../../../src/watchdog/page-copy/copy-pages.ts';
import { MemoryBucket } from '../../support/memory-bucket.ts';
import { copyDeps, KEY, TestCoordinator } from '../../support/page-copy.ts';
import { component, group, MINUTE_MS, NOW, pageView, statusPage } from '../../support/page-view.ts';

let coordinator: TestCoordinator;
let bucket: MemoryBucket;

const shop = (id: string, changes = {}) =>
  pageView({ page: statusPage({ language: 'en' }, { id, title: `The page ${id}` }), ...changes });

beforeEach(async () => {
  coordinator = await new TestCoordinator().start();
  bucket = new MemoryBucket();
  coordinator.pages.set('default', pageView());
  coordinator.pages.set('eu', shop('eu'));
});
afterEach(() => coordinator.stop());

type Changes = Parameters<typeof copyDeps>[2];
const run = (changes: Changes = {}) => copyPages(copyDeps(coordinator, bucket, changes));
const later = (minutes: number, changes: Changes = {}) => {
  coordinator.now = NOW + minutes * MINUTE_MS;
  return run(changes);
};
const silent = (minutes: number, since = 1) => ({
  ...{ isSilent: true, silentSince: NOW + since * MINUTE_MS, now: NOW + minutes * MINUTE_MS },
});
const json = (path: string) => JSON.parse(bucket.text(path));
const entry = (id: string) => json('pages.json').pages.find((page: { id: string }) => page.id === id);
const fail = (status: number) => (response: { writeHead(status: number): { end(): void } }) =>
  response.writeHead(status).end();

describe('while the coordinator answers', () => {
  test('every public page is copied in its languages, with its summary, and listed', async () => {
    expect((await run()).written).toEqual(['default', 'eu']);
    expect([...bucket.objects.keys()].toSorted()).toEqual([
      ...['copy.json', 'eu/copy.json', 'eu/index.html', 'eu/summary.json'],
      ...['index.de.html', 'index.html', 'pages.json', 'summary.json'],
    ]);
    expect(bucket.text('index.html')).toContain('taken at <time datetime="2026-11-26T10:00:00.000Z">');
    expect(bucket.text('index.de.html')).toContain('lang="de"');
    expect(bucket.objects.get('index.html')!.contentType).toBe('text/html; charset=utf-8');
    expect(json('eu/summary.json')).toMatchObject({
      page: { id: 'eu', updated_at: '2026-11-26T10:00:00.000Z' },
      status: { indicator: 'none' },
      copy: { of: 'https://status.test/pages/eu', taken_at: '2026-11-26T10:00:00.000Z' },
    });
    expect(entry('eu')).toMatchObject({ confirmedAt: '2026-11-26T10:00:00.000Z', silentSince: null });
  });

  test('the list is asked with a signature, and the pages without credentials', async () => {
    await run();
    const [list, ...pages] = coordinator.requests;
    expect(list!.headers['probemesh-signature']).toMatch(/^v1=[0-9a-f]{64}$/);
    expect(pages.map(({ path }) => path)).toEqual(['/copy.json', '/pages/eu/copy.json']);
    for (const { headers } of pages)
      expect(Object.keys(headers).filter((name) => /probemesh|authorization|cookie/.test(name))).toEqual([]);
    expect(JSON.stringify([...bucket.objects])).not.toContain(KEY);
  });

  test('a page that shows the same is written every five minutes, and confirmed every minute', async () => {
    await run();
    bucket.written.length = 0;
    for (const minute of [1, 2, 3, 4]) expect((await later(minute)).unchanged).toEqual(['default', 'eu']);
    expect(bucket.written).toEqual(['pages.json', 'pages.json', 'pages.json', 'pages.json']);
    expect(entry('default').confirmedAt).toBe('2026-11-26T10:04:00.000Z');
    expect(bucket.text('index.html')).toContain('26 Nov 2026, 10:00 UTC');
    bucket.written.length = 0;
    expect((await later(5)).written).toEqual(['default', 'eu']);
    expect(bucket.text('index.html')).toContain('taken at <time datetime="2026-11-26T10:05:00.000Z">');
    // What is kept for the silent form has no times, so it is not written again.
    expect(bucket.written).not.toContain('copy.json');
  });

  test('a page that shows something else is written in the same minute', async () => {
    await run();
    coordinator.pages.set(
      'eu',
      shop('eu', {
        state: 'major_outage',
        groups: [group(null, [component({ condition: 'down', verdict: 'down' })])],
      }),
    );
    expect(await later(1)).toMatchObject({ written: ['eu'], unchanged: ['default'] });
    expect(bucket.text('eu/index.html')).toContain('Major outage');
    expect(json('eu/summary.json').status.indicator).toBe('critical');
  });

  test.each([401, 403, 404])(
    'a page that answers %i to a reader is not copied, and its copy is replaced',
    async (status) => {
      await run();
      coordinator.faults.set('/pages/eu/copy.json', fail(status));
      expect((await later(1)).removed).toEqual(['eu']);
      expectGone('eu');
      coordinator.pages.set('new', shop('new'));
      coordinator.faults.set('/pages/new/copy.json', fail(status));
      await later(2);
      expect([...bucket.objects.keys()].filter((path) => path.startsWith('new/'))).toEqual([]);
    },
  );

  test('a page that is not listed any more is replaced within the minute: no object has a word of it', async () => {
    await run();
    coordinator.pages.delete('eu');
    expect((await later(1)).removed).toEqual(['eu']);
    expectGone('eu');
    expect(entry('eu')).toBeUndefined();
  });

  test('a removal that fails is tried again, and the silent form never brings the page back', async () => {
    await run();
    coordinator.pages.delete('eu');
    bucket.beforePut = (path) => {
      if (path === 'eu/index.html') throw new Error('SlowDown');
    };
    expect((await later(1)).failed).toEqual([{ page: 'eu', error: 'SlowDown' }]);
    // What the silent form is made of went first.
    expect(bucket.text('eu/copy.json')).not.toContain('The page eu');
    bucket.beforePut = () => {};
    await copyPages(copyDeps(coordinator, bucket, silent(5, 2)));
    expectGone('eu');
  });

  test('a page that leaves before its first copy was whole is found again', async () => {
    bucket.beforePut = (path) => {
      if (path === 'eu/summary.json') throw new Error('InternalError');
    };
    const manifest = bucket.put;
    // The run ends before the last list is written.
    let lists = 0;
    const put: typeof manifest = async (path, ...rest) => {
      if (path === 'pages.json' && ++lists === 2) throw new Error('killed');
      await manifest(path, ...rest);
    };
    await expect(run({ put })).rejects.toThrow('killed');
    expect(bucket.text('eu/index.html')).toContain('The page eu');
    bucket.beforePut = () => {};
    coordinator.pages.delete('eu');
    await later(1);
    expectGone('eu');
  });

  test('a language that a page has not any more is replaced', async () => {
    await run();
    coordinator.pages.set('default', pageView({ page: statusPage({ language: 'de' }) }));
    await later(1);
    expect(bucket.text('index.html')).toContain('lang="de"');
    expect(bucket.text('index.de.html')).toContain('No copy of this page');
    expect(entry('default').files).not.toContain('index.de.html');
  });

  function expectGone(id: string): void {
    const objects = [...bucket.objects].filter(([path]) => path.startsWith(`${id}/`));
    expect(objects.length).toBeGreaterThan(2);
    for (const [path, { body }] of objects) {
      expect([path, body]).not.toEqual([path, expect.stringMatching(/The page|Web shop|operational/i)]);
      expect(body).toMatch(/No copy of this page|is not copied/);
    }
  }
});

describe('when a part fails', () => {
  test('one page that fails keeps its copy with its own time, and the others are copied', async () => {
    await run();
    coordinator.faults.set('/copy.json', fail(500));
    const result = await later(6);
    expect(result).toMatchObject({ written: ['eu'], failed: [{ page: 'default' }] });
    expect(bucket.text('index.html')).toContain('taken at <time datetime="2026-11-26T10:00:00.000Z">');
    expect(entry('default').confirmedAt).toBe('2026-11-26T10:00:00.000Z');
    expect(entry('eu').confirmedAt).toBe('2026-11-26T10:06:00.000Z');
  });

  test.each([
    [
      'is cut off',
      (response: {
        writeHead(status: number, headers: object): { write(text: string): void };
        destroy(): void;
      }) => {
        response.writeHead(200, { 'content-length': '5000' }).write('{"version":1');
        response.destroy();
      },
    ],
    [
      'is no JSON',
      (response: { writeHead(status: number): { end(text: string): void } }) =>
        response.writeHead(200).end('<html>secret text'),
    ],
    [
      'is a copy of another page',
      (response: { writeHead(status: number): { end(text: string): void } }) =>
        response.writeHead(200).end(bucket.text('eu/copy.json')),
    ],
    [
      'redirects',
      (response: { writeHead(status: number, headers: object): { end(): void } }) =>
        response.writeHead(302, { location: '/elsewhere' }).end(),
    ],
  ])('an answer that %s changes no copy, and the error quotes nothing of it', async (_, answer) => {
    await run();
    const before = bucket.text('index.html');
    coordinator.faults.set('/copy.json', answer as never);
    const { failed } = await later(6);
    expect(failed.map(({ page }) => page)).toEqual(['default']);
    expect(failed[0]!.error).not.toContain('secret');
    expect(bucket.text('index.html')).toBe(before);
    expect(coordinator.requests.map(({ path }) => path)).not.toContain('/elsewhere');
  });

  test.each([
    ['the list fails', 500, ''],
    ['the list is refused', 401, ''],
    ['the list is no list', 200, '{"pages": "none"}'],
    ['an entry of the list has a folder elsewhere', 200, '{"pages": [{"id": "../x", "path": "/"}]}'],
  ])('if %s, nothing is written and nothing is removed', async (_, status, body) => {
    await run();
    const before = [...bucket.objects];
    coordinator.faults.set('/watchdog/pages', (response) => response.writeHead(status).end(body));
    await expect(later(6)).rejects.toThrow(/list/);
    expect([...bucket.objects]).toEqual(before);
  });

  test('a write that fails halfway leaves whole objects, and the page is written again in the next minute', async () => {
    await run();
    coordinator.pages.set('default', pageView({ page: statusPage({}, { title: 'Renamed' }) }));
    bucket.beforePut = (path) => {
      if (path === 'index.de.html') throw new Error('SlowDown');
    };
    expect((await later(1)).failed).toEqual([{ page: 'default', error: 'SlowDown' }]);
    for (const path of ['index.html', 'index.de.html'])
      expect(bucket.text(path)).toMatch(/^<!doctype.*<\/html>/s);
    bucket.beforePut = () => {};
    expect((await later(2)).written).toEqual(['default']);
    expect(bucket.text('index.de.html')).toContain('Renamed');
  });

  test.each(['', 'not json', '{"version":1,"pages":[{"id":"eu","files":["../../etc"]}]}', '{"version":9}'])(
    'with the damaged list %j every page is written anew',
    async (damaged) => {
      bucket.objects.set('pages.json', { body: damaged, contentType: '' });
      expect((await run()).written).toEqual(['default', 'eu']);
      expect([...bucket.objects.keys()].some((path) => path.includes('..'))).toBe(false);
    },
  );
});

describe('when the coordinator is silent', () => {
  const GREEN = /class="[^"]*\b(good|known)\b|"indicator":"none"|"status":"operational"|taken at/;

  test('every copy names when it was last confirmed, from where, and since when the monitoring is unreachable', async () => {
    await run();
    await later(2);
    await coordinator.stop();
    expect((await copyPages(copyDeps(coordinator, bucket, silent(6, 3)))).written).toEqual(['default', 'eu']);
    const english = bucket.text('index.html').replace(/<[^>]*>/g, '');
    expect(english).toContain('No current data');
    // Confirmed at 10:02, although the page was written at 10:00.
    expect(english).toContain('Last confirmed at 26 Nov 2026, 10:02 UTC, from Frankfurt (eu-central-1).');
    expect(english).toContain('The monitoring itself is unreachable, since 26 Nov 2026, 10:03 UTC.');
    expect(english).toContain('Last known: Operational, at 26 Nov 2026, 10:02 UTC');
    expect(bucket.text('index.de.html')).toContain('Keine aktuellen Daten');
    for (const path of ['index.html', 'index.de.html', 'summary.json', 'eu/index.html', 'eu/summary.json'])
      expect([path, GREEN.test(bucket.text(path))]).toEqual([path, false]);
    expect(json('summary.json')).toMatchObject({
      page: { updated_at: '2026-11-26T10:02:00.000Z' },
      status: { indicator: 'minor', description: 'No Current Data' },
      copy: {
        ...{ last_confirmed_at: '2026-11-26T10:02:00.000Z', from: 'Frankfurt (eu-central-1)' },
        unreachable_since: '2026-11-26T10:03:00.000Z',
      },
    });
  });

  test('a single lost minute rewrites nothing', async () => {
    await run();
    bucket.written.length = 0;
    for (const minute of [1, 2, 3]) await copyPages(copyDeps(coordinator, bucket, silent(minute, 1)));
    expect(bucket.written).toEqual([]);
    await copyPages(copyDeps(coordinator, bucket, silent(4, 1)));
    expect(bucket.text('index.html')).toContain('No current data');
  });

  test('it is written once, also by the watchdog of the other region', async () => {
    await run();
    await copyPages(copyDeps(coordinator, bucket, silent(5)));
    bucket.written.length = 0;
    await copyPages(copyDeps(coordinator, bucket, silent(6)));
    await copyPages(copyDeps(coordinator, bucket, { ...silent(7, 3), region: 'us-east-1' }));
    expect(bucket.written).toEqual([]);
  });

  test.each([
    ['is missing', null],
    ['is damaged', '{"version":1,'],
    ['is of another version', '{"version":2}'],
  ])('if what was kept of a page %s, its copy says only that there is no current data', async (_, kept) => {
    await run();
    if (kept === null) bucket.objects.delete('copy.json');
    else bucket.objects.set('copy.json', { body: kept, contentType: '' });
    await copyPages(copyDeps(coordinator, bucket, silent(5)));
    for (const path of ['index.html', 'index.de.html']) {
      expect(bucket.text(path)).toContain('Last confirmed at 2026-11-26 10:00 UTC, from Frankfurt');
      expect(bucket.text(path)).not.toMatch(/operational/i);
    }
    expect(json('summary.json').status.indicator).toBe('minor');
    expect(bucket.text('eu/index.html')).toContain('The page eu');
  });

  test('a write that fails is tried again in the next minute', async () => {
    await run();
    bucket.beforePut = (path) => {
      if (path === 'eu/summary.json') throw new Error('SlowDown');
    };
    expect((await copyPages(copyDeps(coordinator, bucket, silent(5)))).failed).toEqual([
      { page: 'eu', error: 'SlowDown' },
    ]);
    bucket.beforePut = () => {};
    expect((await copyPages(copyDeps(coordinator, bucket, silent(6)))).written).toEqual(['eu']);
    expect(json('eu/summary.json').status.indicator).toBe('minor');
  });

  test('when it answers again, every page is a copy of it in that minute', async () => {
    await run();
    await copyPages(copyDeps(coordinator, bucket, silent(5)));
    expect((await later(6)).written).toEqual(['default', 'eu']);
    expect(bucket.text('index.html')).toContain('taken at <time datetime="2026-11-26T10:06:00.000Z">');
    expect(json('summary.json')).toMatchObject({ status: { indicator: 'none' } });
    expect(entry('eu').silentSince).toBeNull();
  });

  test('before the first copy there is nothing to claim, and nothing is written', async () => {
    await copyPages(copyDeps(coordinator, bucket, silent(5)));
    expect(bucket.written).toEqual([]);
  });
});
