import { expect, test } from 'vitest';
import { cacheKeyOf } from '../../src/http/cached-addresses.ts';

const ORIGIN = 'https://status.test';
const key = (path: string, init: RequestInit = {}): string | null =>
  cacheKeyOf(new Request(`${ORIGIN}${path}`, init));
const same = (a: string, b: string): boolean => key(a) !== null && key(a) === key(b);

test.each([
  ['another method', '/', { method: 'POST' }],
  ['credentials', '/', { headers: { authorization: 'Bearer x' } }],
  ['a path of the dashboard', '/dashboard', {}],
  ['a path of the API', '/api/v1/monitors', {}],
  ['the health', '/healthz', {}],
  ['a form of subscribers', '/subscribe', {}],
  ['a form below a page', '/pages/eu/access', {}],
  ['an unknown parameter of the API', '/api/v1/status?reader=1', {}],
  ['a query longer than any link has', `/badges/state.svg?label=${'x'.repeat(400)}`, {}],
] as const)('a request with %s has no key', (_, path, init) => {
  expect(key(path, init)).toBeNull();
});

test('every form of a page has a key, at the root and below its id', () => {
  const paths = [
    '/',
    '/incidents/a',
    '/monitors/a',
    '/history',
    '/history/2026-11',
    '/feed.rss',
    '/feed.atom',
  ];
  const more = ['/feed.json', '/maintenance.ics', '/index.md', '/llms.txt', '/api/v2/summary.json', '/embed'];
  const keys = [...paths, ...more, '/badges/state.svg', '/badges/monitor:a/uptime.json'].flatMap((path) => [
    key(path),
    key(path === '/' ? '/pages/eu' : `/pages/eu${path}`),
  ]);
  expect(keys).not.toContain(null);
  expect(new Set(keys).size).toBe(keys.length);
});

test('a parameter that the page does not know makes no other response', () => {
  expect(same('/', '/?reader=1')).toBe(true);
  expect(same('/feed.rss', '/feed.rss?key=guess')).toBe(true);
  expect(same('/monitors/a', '/monitors/a?range=1s')).toBe(true);
  // Values that change nothing must not bypass the cache either: a crowd of them would reach D1.
  expect(same('/?noRefresh', '/?noRefresh=1')).toBe(true);
  expect(same('/embed', '/embed?theme=pink')).toBe(true);
  expect(same('/badges/state.svg', '/badges/state.svg?days=x1')).toBe(true);
});

test('a parameter that the page knows makes another response, whatever the order', () => {
  expect(same('/', '/?noRefresh')).toBe(false);
  expect(same('/monitors/a', '/monitors/a?range=7d')).toBe(false);
  expect(same('/monitors/a?range=7d&noRefresh=', '/monitors/a?noRefresh=&range=7d')).toBe(true);
  expect(same('/api/v1/status', '/api/v1/status?verdict=down')).toBe(false);
  expect(same('/badges/state.svg', '/badges/state.svg?label=Shop')).toBe(false);
});

test('readers of one language share a response, and those of another one do not', () => {
  const of = (language: string) => key('/', { headers: { 'accept-language': language } });
  expect(of('de-AT,de;q=0.9')).toBe(of('de'));
  expect(of('xx, de;q=0.1')).toBe(of('de'));
  expect(of('de')).not.toBe(of('en-GB'));
  expect(of('xx')).toBe(of('en'));
});

test('the same path on another host is another page', () => {
  expect(cacheKeyOf(new Request('https://eu.example.com/'))).not.toBe(key('/'));
});
