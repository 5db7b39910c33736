// The page of the audit log: filters, pages, changes without markup, and a verification that finds damage.
import { beforeAll, describe, expect, test } from 'vitest';
import { systemCaller } from '../../../src/access/caller.ts';
import { ok } from '../../../src/result.ts';
import { runAudited } from '../../../src/store/audit.ts';
import { bindings, clock } from '../../support/d1/http-mesh.ts';
import { get, type SignedIn, signIn } from '../../support/d1/signed-in.ts';

const COUNT = 55;
const DAY_MS = 86_400_000;
const keys = { encryptionKey: bindings.ENCRYPTION_KEY! };
let ada: SignedIn;

/** One entry a day, and then the person: the log of a mesh begins before its people. */
beforeAll(async () => {
  for (let day = 1; day <= COUNT; day += 1)
    await runAudited(bindings.DB, keys, systemCaller(Date.UTC(2026, 0, day, 12)), async () =>
      ok({
        statements: [],
        record: {
          action: day === 1 ? 'monitor.created' : 'monitor.updated',
          target: { type: 'monitor', id: `m${day % 2}`, name: `<i>Monitor ${day}` },
          before: day === 1 ? null : { intervalSeconds: 60, tags: { team: '<b>' } },
          after: { intervalSeconds: day },
        },
      }),
    );
  clock.now = Date.UTC(2026, 0, 1) + COUNT * DAY_MS;
  ada = await signIn('admin', { name: 'Ada' });
});

const entriesOf = (text: string) =>
  [...text.matchAll(/Monitor (\d+)<\/a>/g)].map(([, number]) => Number(number));
const alertOf = (text: string) => /role="(alert|status)">(.*?)<p>Every change/s.exec(text)![2]!;

describe('the audit log', () => {
  test('shows the newest entries first, and the older ones on the next page', async () => {
    const { text } = await get('/dashboard/audit', ada);
    expect(entriesOf(text)).toEqual(Array.from({ length: 50 }, (_, index) => COUNT - index));
    const older = /href="(\/dashboard\/audit\?below=\d+)"/.exec(text)![1]!;
    const second = await get(older, ada);
    expect(entriesOf(second.text)).toEqual([5, 4, 3, 2, 1]);
    expect(second.text).not.toContain('Older entries');
  });

  test('shows names and values as text', async () => {
    const { text } = await get('/dashboard/audit', ada);
    expect(text).not.toMatch(/<i>Monitor|<b>/);
    expect(text).toContain('&lt;i&gt;Monitor 55');
    expect(text).toContain('{&quot;team&quot;:&quot;&lt;b&gt;&quot;}');
  });

  test.each([
    ['action=monitor.created', 1],
    ['action=monitor.deleted', 0],
    ['actor=nothing', 0],
    ['targetType=channel', 0],
    ['targetType=monitor&target=m0', 27],
    ['from=2026-01-10&to=2026-01-10', 1],
    ['from=2026-01-10&to=2026-01-19', 10],
    ['to=2025-12-31', 0],
    ['from=2026-03-01', 0],
    ['file=other.yaml', 0],
    ['below=3', 2],
    ['below=x', 50],
  ])('filtered by %s shows %i entries', async (query, count) => {
    const { text, status } = await get(`/dashboard/audit?${query}`, ada);
    expect(status).toBe(200);
    expect(entriesOf(text)).toHaveLength(count);
  });

  test.each(['from=2026-13-40', 'to=yesterday'])('says that the filter %s is not a day', async (query) => {
    const { text, status } = await get(`/dashboard/audit?${query}`, ada);
    expect(status).toBe(422);
    expect(text).toContain('Must be a day');
    expect(entriesOf(text)).toEqual([]);
  });

  test('keeps the filter on the page of older entries', async () => {
    const { text } = await get('/dashboard/audit?targetType=monitor', ada);
    expect(text).toMatch(/href="\/dashboard\/audit\?targetType=monitor&amp;below=\d+"/);
  });

  test('says what a verification finds', async () => {
    const verify = async () => alertOf((await get('/dashboard/audit?verify=yes', ada)).text);
    expect(await verify()).toMatch(/The log is whole: 55 entries verified\..*>55:[0-9a-f]{64}</s);
    await bindings.DB.prepare("UPDATE audit_entries SET actor_name = 'Eve' WHERE seq = 7").run();
    expect(await verify()).toMatch(/The log is not as it was written\..*entry 7/s);
  });
});
