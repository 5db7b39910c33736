// The filters of the list of monitors, and of the other lists.
import { beforeAll, describe, expect, test } from 'vitest';
import { countD1 } from '../../support/d1/counted-d1.ts';
import {
  ask,
  bindings,
  createMonitor,
  empty,
  post,
  RECEIVER,
  runUntilConfirmed,
} from '../../support/d1/http-mesh.ts';

const names = async (query: string): Promise<string[]> => {
  const { status, json, text } = await ask(`/api/v1/monitors?${query}`);
  if (status !== 200) throw new Error(text);
  return json.monitors.map(({ id }: { id: string }) => id);
};

beforeAll(async () => {
  await empty();
  const http = (url: string) => ({ type: 'http', url });
  await createMonitor({ id: 'down', name: 'Straße 7', tags: { team: 'shop', stage: 'production' } });
  await createMonitor({
    id: 'up',
    name: 'ΟΔΟΣ',
    tags: { team: 'web', note: 'a:b' },
    check: http('https://münchen.test/health'),
  });
  await createMonitor({
    id: 'paused',
    name: 'Mail',
    paused: true,
    public: false,
    tags: { stage: 'staging' },
  });
  await createMonitor({ id: 'new', name: 'Neu', check: { type: 'dns', name: 'records.test', record: 'A' } });
  await runUntilConfirmed(1, 6);
  await runUntilConfirmed(2, 0);
});

describe('GET /monitors', () => {
  test.each([
    ['verdict=down', ['down']],
    ['verdict=up', ['up']],
    ['verdict=down&verdict=up', ['down', 'up']],
    ['verdict=up,down', ['down', 'up']],
    ['verdict=no_data', ['paused', 'new']],
    ['verdict=partial', []],
    ['paused=true', ['paused']],
    ['paused=false', ['new', 'down', 'up']],
    ['public=false', ['paused']],
    ['type=http', ['up']],
    ['type=http,dns', ['new', 'up']],
    ['tag=team', ['down', 'up']],
    ['tag=team:shop', ['down']],
    ['tag=team:sho', []],
    ['tag=note:a:b', ['up']],
    ['tag=team&tag=stage:production', ['down']],
    ['tag=team:shop&tag=team:web', []],
    ['tag=shop', []],
    ['q=STRASSE', ['down']],
    ['q=straß', ['down']],
    ['q=%CE%BF%CE%B4%CE%BF%CF%82', ['up']],
    ['q=M%C3%9CNCHEN', ['up']],
    ['q=xn--mnchen', ['up']],
    ['q=m%C3%BCnchen.test', ['up']],
    ['q=health', []],
    ['q=records.', ['new']],
    ['q=shop.example', ['paused', 'down']],
    ['q=%25', []],
    ['q=mail&paused=false', []],
    ['verdict=down&type=tcp&tag=team&q=7&paused=false&public=true', ['down']],
  ])('%s gives %j, by name', async (query, expected) => {
    expect(await names(query)).toEqual(expected);
  });

  test.each([
    ['verdict=DOWN', 'verdict', 'Must be one of "up", "partial", "down", "no_data".'],
    ['verdict=', 'verdict', 'Must be one of'],
    ['verdict=down,', 'verdict', 'Must be one of'],
    ['type=smtp', 'type', '"http"'],
    ['paused=yes', 'paused', 'Must be true or false.'],
    ['paused=true&paused=false', 'paused', 'Given 2 times'],
    ['tag=', 'tag', 'name:value'],
    ['tag=team=shop', 'tag', 'name:value'],
    ['q=', 'q', 'Must not be empty.'],
    [`q=${'x'.repeat(201)}`, 'q', 'at most 200'],
    ['limit=5', 'limit', 'verdict, tag, q, type, paused'],
  ])('%s is refused at %s', async (query, path, message) => {
    const { status, json } = await ask(`/api/v1/monitors?${query}`);
    expect([status, json.errors[0].path]).toEqual([422, path]);
    expect(json.errors[0].message).toContain(message);
  });

  test('a filter by verdict reads the rows that it returns, not those of all monitors', async () => {
    const counted = countD1(bindings.DB);
    await bindings.DB.prepare(
      `with recursive n(i) as (select 1 union all select i + 1 from n where i < 5000)
       insert into monitors (number, id, name, "check", secrets, interval_seconds, locations, alert, channels,
         tags, depends_on, public, paused, version, created_at, updated_at)
       select 100 + i, 'x-' || i, name, "check", secrets, interval_seconds, locations, alert, channels,
         tags, depends_on, public, paused, version, created_at, updated_at from monitors, n where monitors.number = 1`,
    ).run();
    const { json } = await ask('/api/v1/monitors?verdict=down', { env: { DB: counted.db } });
    expect(json.monitors.map(({ id }: { id: string }) => id)).toEqual(['down']);
    expect(counted.take().reduce((sum, { rowsRead }) => sum + rowsRead, 0)).toBeLessThan(100);
    await bindings.DB.prepare('delete from monitors where number > 100').run();
  });
});

describe('the other lists', () => {
  test('channels are filtered by text, type and whether they are enabled', async () => {
    await post('/api/v1/channels', RECEIVER);
    await post('/api/v1/channels', { ...RECEIVER, id: 'off', name: 'Nachtdienst', enabled: false });
    const ids = async (query: string) =>
      (await ask(`/api/v1/channels?${query}`)).json.channels.map(({ id }: { id: string }) => id);
    expect(await ids('enabled=false')).toEqual(['off']);
    expect(await ids('q=NACHT')).toEqual(['off']);
    expect(await ids('type=webhook&enabled=true')).toEqual(['on-call']);
    expect((await ask('/api/v1/channels?type=slak')).json.errors[0].path).toBe('type');
  });

  test('windows are filtered by the monitor that they cover, by its id, by its tag, or all', async () => {
    const window = (name: string, scope: object) =>
      post('/api/v1/silences', { name, durationMinutes: 5, ...scope });
    await window('by-id', { monitors: ['up'] });
    await window('by-tag', { tags: ['team:shop'] });
    await window('all', {});
    const ids = async (query: string) =>
      (await ask(`/api/v1/silences?${query}`)).json.silences.map(({ id }: { id: string }) => id);
    expect(await ids('monitor=up')).toEqual(['all', 'by-id']);
    expect(await ids('monitor=down')).toEqual(['all', 'by-tag']);
    expect(await ids('monitor=unknown')).toEqual([]);
    expect(await ids('monitor=down&q=tag&state=active')).toEqual(['by-tag']);
  });
});
