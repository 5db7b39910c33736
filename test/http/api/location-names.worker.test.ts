// Names of locations: what is refused, what is stored and recorded, and what a page shows then.
import { beforeEach, expect, test } from 'vitest';
import { ask, createMonitor, runUntilConfirmed } from '../../support/d1/http-mesh.ts';
import { emptyPages, load } from '../../support/d1/status-pages.ts';

const PATH = '/api/v1/settings/location-names';
const put = (locationNames: unknown) => ask(PATH, { method: 'PUT', body: { locationNames } });

beforeEach(emptyPages);

test('a name that is none, an id that is none, and too many names are refused, each with its place', async () => {
  const many = Object.fromEntries(Array.from({ length: 61 }, (_, index) => [`agent:a${index}`, 'A']));
  for (const names of [
    { 'aws:eu-central-1': '' },
    { 'aws:eu-central-1': 'x'.repeat(61) },
    { 'aws:eu-central-1': 'two\nlines' },
    { Frankfurt: 'Frankfurt' },
    many,
    null,
  ]) {
    const refused = await put(names);
    expect([names, refused.status]).toEqual([names, 422]);
    expect(refused.json.errors[0].pointer ?? refused.json.errors[0].path).toContain('locationNames');
  }
  expect((await ask(PATH)).json).toEqual({ locationNames: {} });
});

test('a page shows the name of the mesh, and that of the region after it is gone', async () => {
  await createMonitor();
  await runUntilConfirmed(1, 0);
  const shown = async () => (await load()).locationNames['aws:eu-central-1'];
  expect(await shown()).toBe('Frankfurt');
  const longest = Object.fromEntries(
    Array.from({ length: 59 }, (_, index) => [`agent:${'a'.repeat(56)}${index}`, '漢'.repeat(60)]),
  );
  expect((await put({ 'aws:eu-central-1': ' Europe ', ...longest })).status).toBe(200);
  expect(await shown()).toBe('Europe');
  expect((await ask('/', { token: null })).text).not.toContain('aws:eu-central-1');
  await put({});
  expect(await shown()).toBe('Frankfurt');
  const { auditEntries } = (await ask('/api/v1/audit-entries?limit=2')).json;
  expect(auditEntries.map(({ action }: { action: string }) => action)).toEqual([
    'location_names.updated',
    'location_names.updated',
  ]);
});
