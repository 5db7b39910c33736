// Which pages `npm run bench:dashboard` measures: all that the table of access has.
import { expect, test } from 'vitest';
import { subjects } from '../../bench/dashboard/pages.ts';
import { RULES } from '../../src/http/access/rules.ts';

const IDS = {
  ...{
    channel: 'c',
    route: 'r',
    schedule: 's',
    heartbeat: 'h',
    maintenance: 'w',
    silence: 'w',
    statusPage: 'p',
  },
  ...{
    publicIncident: 'i',
    update: 'u',
    announcement: 'a',
    template: 't',
    reportSchedule: 'rs',
    person: 'pe',
  },
  ...{ key: 'k', provider: 'idp', incident: 'inc' },
  delivery: ['n', 'c'] as const,
  now: 1,
};

const matches = (rule: string, path: string): boolean =>
  new RegExp(`^${rule.replaceAll(/:[a-zA-Z]+/g, '[^/]+')}$`).test(path.split('?')[0]!);

test('the benchmark measures every page of the dashboard, with an id in place of each parameter', () => {
  const paths = subjects(IDS).map(({ path }) => path);
  const pages = Object.keys(RULES).flatMap((rule) => /^GET (\/dashboard(?:\/.*)?)$/.exec(rule)?.[1] ?? []);
  expect(pages.length).toBeGreaterThan(50);
  expect(pages.filter((rule) => !paths.some((path) => matches(rule, path)))).toEqual([]);
  expect(paths.filter((path) => path.includes('/:') || path.includes('undefined'))).toEqual([]);
});
