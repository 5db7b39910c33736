import { beforeEach, describe, expect, test, vi } from 'vitest';
import { findCheck } from '../../../probes/checks/catalogue.ts';
import {
  ask,
  clock,
  createMonitor,
  empty,
  patch,
  post,
  RECEIVER,
  runUntilConfirmed,
  SHOP,
} from '../../support/d1/http-mesh.ts';

beforeEach(empty);

const invalid = (answer: { status: number; json: { errors: { path: string; message: string }[] } }) => {
  expect(answer.status).toBe(422);
  return answer.json.errors;
};

describe('creating a monitor', () => {
  test('a monitor with three fields gets every default, an id from its name, a path and an ETag', async () => {
    const { id: _, ...unnamed } = SHOP;
    const created = await post('/api/v1/monitors', unnamed);
    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toBe('/api/v1/monitors/web-shop');
    expect(created.headers.get('etag')).toBe('"1"');
    const at = new Date(clock.now).toISOString();
    expect(created.json).toEqual({
      id: 'web-shop',
      name: 'Web shop',
      check: {
        type: 'tcp',
        host: 'shop.example.com',
        port: 443,
        timeoutMs: 5000,
        expect: 'open',
        samples: 1,
      },
      intervalSeconds: 60,
      locations: 'all',
      alert: { quorum: 'majority', failures: 2, recoveries: 2, confirmSeconds: 10 },
      dependsOn: [],
      channels: 'default',
      group: null,
      description: null,
      runbookUrl: null,
      sloTarget: null,
      tags: {},
      public: true,
      paused: false,
      verdict: 'no_data',
      since: expect.any(String),
      incidentId: null,
      flapping: false,
      warnings: [],
      maintenance: false,
      createdAt: at,
      updatedAt: at,
    });
    expect((await ask('/api/v1/monitors/web-shop')).json).toEqual(created.json);
  });

  test('creating a monitor with an existing id is a conflict that names the id', async () => {
    await createMonitor();
    const again = await post('/api/v1/monitors', { ...SHOP, name: 'Another' });
    expect(again.status).toBe(409);
    expect(again.json.errors[0].path).toBe('id');
    expect((await ask('/api/v1/monitors')).json.monitors).toHaveLength(1);
  });

  test.each([
    ['port 0', { check: { ...SHOP.check, port: 0 } }, 'check.port'],
    ['port 65536', { check: { ...SHOP.check, port: 65536 } }, 'check.port'],
    ['a port that is a string', { check: { ...SHOP.check, port: '443' } }, 'check.port'],
    ['a host that is a URL', { check: { ...SHOP.check, host: 'https://shop.example.com' } }, 'check.host'],
    ['a loopback address', { check: { ...SHOP.check, host: '127.0.0.1' } }, 'check.host'],
    ['the metadata address', { check: { ...SHOP.check, host: '169.254.169.254' } }, 'check.host'],
    ['port 25 from Lambda', { check: { ...SHOP.check, port: 25 } }, 'check.port'],
    ['a check that does not exist', { check: { ...SHOP.check, type: 'icmp' } }, 'check.type'],
    ['an unknown field', { intervalSecond: 60 }, 'intervalSecond'],
    ['an unknown field of the check', { check: { ...SHOP.check, prot: 1 } }, 'check.prot'],
    ['an unsupported interval', { intervalSeconds: 61 }, 'intervalSeconds'],
    ['a quorum above the number of locations', { alert: { quorum: 7 } }, 'alert.quorum'],
    ['a quorum of 0', { alert: { quorum: 0 } }, 'alert.quorum'],
    ['eleven failures', { alert: { failures: 11 } }, 'alert.failures'],
    ['a location that does not exist', { locations: ['aws:moon-1'] }, 'locations[0]'],
    ['no location', { locations: [] }, 'locations'],
    ['a location twice', { locations: ['aws:us-east-1', 'aws:us-east-1'] }, 'locations'],
    ['a channel that does not exist', { channels: ['unknown'] }, 'channels[0]'],
    ['an id that is not a slug', { id: 'Web Shop' }, 'id'],
    ['a name of blanks', { name: '   ' }, 'name'],
    ['a name with a line break', { name: 'a\nb' }, 'name'],
    ['a tag that is a number', { tags: { a: 1 } }, 'tags.a'],
    ['public as a string', { public: 'yes' }, 'public'],
  ])(
    'a monitor with %s is rejected with the path of the field, and nothing is stored',
    async (_, changes, path) => {
      const errors = invalid(await post('/api/v1/monitors', { ...SHOP, ...changes }));
      expect(errors.map((error) => error.path)).toContain(path);
      expect(errors.every((error) => error.message.length > 10)).toBe(true);
      expect((await ask('/api/v1/monitors')).json.monitors).toEqual([]);
    },
  );

  test('a problem lists all invalid fields at once, with JSON pointers', async () => {
    const answer = await post('/api/v1/monitors', { check: { type: 'tcp', port: 0 }, nam: 'x' });
    const paths = invalid(answer).map((error) => error.path);
    expect(paths.sort()).toEqual(['check.host', 'check.port', 'nam', 'name']);
    expect(answer.json.errors).toContainEqual(expect.objectContaining({ pointer: '/check/port' }));
  });

  test('a problem lists two errors of one field, both with its whole path', async () => {
    const headers = { 'x-token': '{{a}}', 'X-Token': 'plain' };
    const check = { type: 'http', url: 'https://shop.example.com/', headers, secrets: { a: 'long enough' } };
    const errors = invalid(await post('/api/v1/monitors', { ...SHOP, check }));
    expect(errors.map((error) => error.path)).toEqual(['check.headers.X-Token', 'check.headers.X-Token']);
  });
});

describe('updating a monitor', () => {
  test('an update changes only the fields sent, and alert and check merge one level deep', async () => {
    await createMonitor({ tags: { team: 'shop' }, alert: { failures: 3 } });
    const changed = await patch('/api/v1/monitors/shop', { check: { port: 8443 }, alert: { recoveries: 4 } });
    expect(changed.status).toBe(200);
    expect(changed.json).toMatchObject({
      name: 'Web shop',
      check: { type: 'tcp', host: 'shop.example.com', port: 8443 },
      alert: { failures: 3, recoveries: 4, quorum: 'majority' },
      tags: { team: 'shop' },
    });
  });

  test('an update parses the check once, and the stored check only if the target changes', async () => {
    await createMonitor();
    const parse = vi.spyOn(findCheck('tcp')!.options._zod, 'run');
    const parsesOf = async (changes: object): Promise<number> => {
      parse.mockClear();
      expect((await patch('/api/v1/monitors/shop', changes)).status).toBe(200);
      return parse.mock.calls.length;
    };
    expect(await parsesOf({ name: 'Shop' })).toBe(1);
    expect(await parsesOf({ check: { timeoutMs: 4_000 } })).toBe(1);
    expect(await parsesOf({ check: { port: 8443 } })).toBe(2);
    parse.mockRestore();
  });

  test('an update is validated as a whole, and a rejected one changes nothing', async () => {
    await createMonitor();
    const before = (await ask('/api/v1/monitors/shop')).json;
    expect(invalid(await patch('/api/v1/monitors/shop', { check: { port: 0 } }))[0]?.path).toBe('check.port');
    expect(invalid(await patch('/api/v1/monitors/shop', { check: { prot: 1 } }))[0]?.path).toBe('check.prot');
    expect(invalid(await patch('/api/v1/monitors/shop', { id: 'other' }))[0]?.path).toBe('id');
    expect(invalid(await patch('/api/v1/monitors/shop', { alert: { quorum: 99 } }))[0]?.path).toBe(
      'alert.quorum',
    );
    expect((await ask('/api/v1/monitors/shop')).json).toEqual(before);
  });

  test('null resets an option of the check to its default, or removes it', async () => {
    const check = { ...SHOP.check, timeoutMs: 900, maxLatencyMs: 200 };
    await createMonitor({ check });
    const changed = await patch('/api/v1/monitors/shop', { check: { timeoutMs: null, maxLatencyMs: null } });
    expect(changed.json.check).toEqual({ ...SHOP.check, timeoutMs: 5000, expect: 'open', samples: 1 });
    const errors = invalid(
      await patch('/api/v1/monitors/shop', { check: { host: null, secrets: { a: 'b' } } }),
    );
    expect(errors.map((error) => error.path).sort()).toEqual(['check.host', 'check.secrets']);
  });

  test('one update can replace one expectation by another', async () => {
    const udp = { type: 'udp', host: 'shop.example.com', port: 7, send: 'a', expectHex: '61' };
    await createMonitor({ check: udp });
    const changed = await patch('/api/v1/monitors/shop', { check: { expectHex: null, expect: 'a' } });
    expect(changed.status).toBe(200);
    expect(changed.json.check).toMatchObject({ expect: 'a' });
    expect(changed.json.check).not.toHaveProperty('expectHex');
  });

  test('changing a warning threshold during an outage does not end the outage', async () => {
    const https = { type: 'http', url: 'https://shop.example.com/', maxLatencyMs: 500 };
    const tcp = { ...SHOP.check, samples: 2, maxLossPercent: 50 };
    await createMonitor({ check: https });
    await createMonitor({ id: 'second', name: 'Second', check: tcp });
    await runUntilConfirmed(1, 6);
    await runUntilConfirmed(2, 6);
    for (const [id, check] of [
      ['shop', { maxLatencyMs: 900, certificateDays: [30] }],
      ['second', { maxLossPercent: 20 }],
    ] as const) {
      const { incidentId } = (await ask(`/api/v1/monitors/${id}`)).json;
      expect(incidentId).toEqual(expect.any(String));
      expect((await patch(`/api/v1/monitors/${id}`, { check })).json).toMatchObject({
        ...{ incidentId, verdict: 'down', check },
      });
    }
    expect((await patch('/api/v1/monitors/shop', { check: { contains: 'x' } })).json.incidentId).toBeNull();
  });

  test('a check of another type replaces the whole old check', async () => {
    await createMonitor();
    const errors = invalid(await patch('/api/v1/monitors/shop', { check: { type: 'smtp' } }));
    expect(errors.map((error) => error.path)).toEqual(['check.type']);
  });

  test('reading, updating, explaining or deleting an unknown monitor is a 404', async () => {
    for (const [method, path] of [
      ['GET', ''],
      ['PATCH', ''],
      ['DELETE', ''],
      ['GET', '/explain'],
    ] as const) {
      const answer = await ask(`/api/v1/monitors/nothing${path}`, {
        method,
        ...(method === 'PATCH' ? { body: { paused: true } } : {}),
      });
      expect([method, answer.status]).toEqual([method, 404]);
      expect(answer.json.detail).toContain('"nothing"');
    }
  });

  test('a deleted monitor is a 404', async () => {
    await createMonitor();
    const deleted = await ask('/api/v1/monitors/shop', { method: 'DELETE' });
    expect([deleted.status, deleted.text]).toEqual([204, '']);
    expect((await ask('/api/v1/monitors/shop')).status).toBe(404);
  });
});

describe('verdicts', () => {
  test('a monitor that a quorum cannot reach is down, with the start and the incident', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 0);
    expect((await ask('/api/v1/monitors/shop')).json.verdict).toBe('up');
    const brokenAt = clock.now;
    await runUntilConfirmed(1, 6);
    const { json } = await ask('/api/v1/monitors/shop');
    expect(json).toMatchObject({ verdict: 'down', incidentId: expect.stringMatching(/^inc_/) });
    expect(Date.parse(json.since)).toBeGreaterThan(brokenAt);
    expect((await ask('/api/v1/monitors')).json.monitors[0]).toEqual(json);
  });
});

describe('the whole configuration', () => {
  const put = (body: unknown) => ask('/api/v1/configuration', { method: 'PUT', body });

  test('applying a configuration creates its monitors and channels and deletes all others', async () => {
    await createMonitor({ id: 'old' });
    const applied = await put({ monitors: [SHOP, { ...SHOP, id: 'two' }], channels: [RECEIVER] });
    expect([applied.status, applied.json]).toEqual([200, { created: 3, updated: 0, deleted: 1 }]);
    const ids = (await ask('/api/v1/monitors')).json.monitors.map((monitor: { id: string }) => monitor.id);
    expect(ids.sort()).toEqual(['shop', 'two']);
    expect((await ask('/api/v1/channels')).json.channels).toHaveLength(1);
  });

  test.each([
    ['a misspelled field', { monitors: [SHOP], chanels: [] }, 'chanels'],
    [
      'an invalid field deep inside',
      { monitors: [SHOP, { ...SHOP, id: 'b', check: { ...SHOP.check, port: 0 } }] },
      'monitors[1].check.port',
    ],
    ['an id twice', { monitors: [SHOP, SHOP] }, 'monitors[1].id'],
    ['an undefined channel', { monitors: [{ ...SHOP, channels: ['unknown'] }] }, 'monitors[0].channels[0]'],
    [
      'a receiver in a private network',
      { channels: [{ ...RECEIVER, config: { ...RECEIVER.config, url: 'https://10.0.0.1/' } }] },
      'channels[0].config.url',
    ],
  ])(
    'a configuration with %s is rejected with the path of the field, and nothing changes',
    async (_, document, path) => {
      await createMonitor({ id: 'old' });
      expect(invalid(await put(document)).map((error) => error.path)).toContain(path);
      const ids = (await ask('/api/v1/monitors')).json.monitors.map((monitor: { id: string }) => monitor.id);
      expect(ids).toEqual(['old']);
      expect((await ask('/api/v1/channels')).json.channels).toEqual([]);
    },
  );
});
