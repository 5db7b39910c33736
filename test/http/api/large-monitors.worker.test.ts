// A monitor that is too large for a job is refused when it is written, with the path of the field and the limit.
import { beforeEach, expect, test } from 'vitest';
import { ask, createMonitor, empty, patch, post, SHOP } from '../../support/d1/http-mesh.ts';

beforeEach(empty);

const SECRET = 's'.repeat(4_096);
const check = (uses: number) => ({
  ...{ type: 'http', url: 'https://shop.example.com/', method: 'POST' },
  ...{ body: '{{token}}'.repeat(uses), secrets: { token: SECRET } },
});

function expectTooLarge(answer: { status: number; json: { errors: object[] } }, path: string): void {
  expect(answer.status).toBe(422);
  expect(answer.json.errors).toMatchObject([
    {
      path,
      message: expect.stringMatching(/^A check may take at most 1000000 bytes, but this one takes \d{7}/),
    },
  ]);
}

test('a new monitor, a changed one, a configuration and a debug run with a check that is too large are refused', async () => {
  expectTooLarge(await post('/api/v1/monitors', { ...SHOP, check: check(300) }), 'check.body');
  await createMonitor({ check: check(10) });
  expectTooLarge(await patch('/api/v1/monitors/shop', { check: check(300) }), 'check.body');
  expect((await ask('/api/v1/monitors/shop')).json.check.body).toBe('{{token}}'.repeat(10));
  const monitors = [
    { ...SHOP, id: 'small' },
    { ...SHOP, check: check(300) },
  ];
  const applied = await ask('/api/v1/configuration', { method: 'PUT', body: { monitors, channels: [] } });
  expectTooLarge(applied, 'monitors[1].check.body');
  expectTooLarge(await post('/api/v1/check', { check: check(300) }), 'check.body');
});

test('a stored secret counts where a changed check uses it', async () => {
  await createMonitor({ check: check(10) });
  const kept = { ...check(300), secrets: { token: null } };
  expectTooLarge(await patch('/api/v1/monitors/shop', { check: kept }), 'check.body');
});
