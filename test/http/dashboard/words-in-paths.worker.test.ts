// No word of a path hides the page of an entity: in place of an id, it begins as no id can. Reads the routes of the app, so
// that a new word is covered.
import { beforeAll, describe, expect, test } from 'vitest';
import { idSchema } from '../../../src/http/api/common.ts';
import { createApp } from '../../../src/http/app.ts';
import { ask, createMonitor, empty, post, RECEIVER } from '../../support/d1/http-mesh.ts';
import { get, type SignedIn, signIn } from '../../support/d1/signed-in.ts';

/** Without the assets, whose parameter is the hash of a style. */
const routes = createApp().routes.filter(({ method, path }) => method !== 'ALL' && !/[*{]/.test(path));

const isParameter = (segment: string): boolean => segment.startsWith(':');

/** The words of `path` that a request for `general` could have as the value of a parameter. */
function hidingWords(general: string, path: string): readonly string[] {
  const [wanted, segments] = [general.split('/'), path.split('/')];
  const pairs = wanted.map((one, index): [string, string] => [one, segments[index] ?? '']);
  const isSame = ([one, other]: [string, string]) => isParameter(one) || isParameter(other) || one === other;
  if (wanted.length !== segments.length || !pairs.every(isSame)) return [];
  return pairs.filter(([one, other]) => isParameter(one) && !isParameter(other)).map(([, other]) => other);
}

const words = [
  ...new Set(
    routes.flatMap(({ method, path }) =>
      routes.flatMap((other) => (other.method === method ? hidingWords(path, other.path) : [])),
    ),
  ),
];

test('no word of a path is a possible id where another path has a parameter', () => {
  expect(words).toContain('_new');
  expect(words.filter((word) => idSchema.safeParse(word).success)).toEqual([]);
});

describe('an entity whose id or name is such a word', () => {
  let ada: SignedIn;
  beforeAll(async () => {
    await empty();
    ada = await signIn('admin', { name: 'Ada' });
  });

  test.each([
    ['monitors', 'new', () => createMonitor({ id: 'new', name: 'First' })],
    ['monitors', 'bulk', () => createMonitor({ id: 'bulk', name: 'Second' })],
    ['channels', 'new', () => made('channels', { ...RECEIVER, id: 'new', name: 'Third' })],
    ['routes', 'new', () => made('routes', { id: 'new', name: 'Fourth', steps: STEPS })],
    [
      'routes',
      'who-would-be-notified',
      () => made('routes', { name: 'Who would be notified?', steps: STEPS }),
    ],
    ['schedules', 'new', () => made('schedules', { id: 'new', name: 'Sixth' })],
  ])('of the %s, %s, has its page', async (section, id, create) => {
    await create();
    const stored = (await ask(`/api/v1/${section}/${id}`)).json as { name: string };
    const { status, text } = await get(`/dashboard/${section}/${id}`, ada);
    expect([status, text.includes(stored.name)]).toEqual([200, true]);
    expect((await get(`/dashboard/${section}/_new`, ada)).status).toBe(200);
  });

  const STEPS = [{ channels: ['new'] }];
  async function made(section: string, body: unknown): Promise<void> {
    expect((await post(`/api/v1/${section}`, body)).status).toBe(201);
  }
});
