// Which paths of a status page need what, and where a browser goes after it got access.
import { expect, test } from 'vitest';
import { isForPrograms, needsNoAccess, pathOnPage } from '../../../src/http/pages/page-paths.ts';
import { safePagePath } from '../../../src/http/pages/page-return-path.ts';

test('only what gives access, or has a token in a mail, needs no access', () => {
  for (const path of ['/access', '/access/mail', '/access/hand-over', '/unsubscribe', '/subscribe/confirm'])
    expect([path, needsNoAccess(path)]).toEqual([path, true]);
  for (const path of [
    '/',
    '/subscribe',
    '/accessible',
    '/access-log',
    '/x/access',
    '/incidents/access',
    '/feed.rss',
  ])
    expect([path, needsNoAccess(path)]).toEqual([path, false]);
});

test('a key opens what programs read, and no page for people', () => {
  const programs = [
    '/feed.rss',
    '/feed.atom',
    '/feed.json',
    '/maintenance.ics',
    '/index.md',
    '/llms.txt',
    '/embed',
  ];
  for (const path of [...programs, '/badges/status.svg', '/api/v2/summary.json'])
    expect([path, isForPrograms(path)]).toEqual([path, true]);
  for (const path of [
    '/',
    '/incidents/feed.rss',
    '/monitors/x',
    '/history/2026-11',
    '/subscribe',
    '/api/v1/status',
  ])
    expect([path, isForPrograms(path)]).toEqual([path, false]);
});

test('a path is the same on a page at the root and below /pages', () => {
  for (const [path, expected] of [
    ['/', '/'],
    ['/feed.rss', '/feed.rss'],
    ['/pages/shop', '/'],
    ['/pages/shop/', '/'],
    ['/pages/shop/api/v2/status.json', '/api/v2/status.json'],
    ['/pages', '/pages'],
  ])
    expect(pathOnPage(path!)).toBe(expected);
});

test.each([
  ['', '/incidents/inc_1?x=1', '/incidents/inc_1?x=1'],
  ['', '/pages/shop', '/'],
  ['', '/access/mail?token=1', '/'],
  ['', 'https://evil.test', '/'],
  ['', '//evil.test', '/'],
  ['', null, '/'],
  ['/pages/shop', '/pages/shop', '/pages/shop'],
  ['/pages/shop', '/pages/shop/history', '/pages/shop/history'],
  ['/pages/shop', '/pages/shop-2', '/pages/shop'],
  ['/pages/shop', '/pages/shop/../bank', '/pages/shop'],
  ['/pages/shop', '/pages/shop/%2e%2e/bank', '/pages/shop'],
  ['/pages/shop', '/dashboard', '/pages/shop'],
])('on the page at "%s", the wish %j leads to %s', (base, wish, expected) => {
  expect(safePagePath(base, wish)).toBe(expected);
});
