// Owns the tests of names in Unicode in the API: the Worker accepts, keeps and refuses the same names as a probe.
import { beforeEach, expect, test } from 'vitest';
import { ask, empty, post } from '../support/d1/http-mesh.ts';

beforeEach(empty);

const monitor = (check: object) => ({ name: 'Shop', intervalSeconds: 60, check });

test.each([
  [{ type: 'tcp', host: 'münchen.test', port: 443 }],
  [{ type: 'tls', host: 'shop.test', serverName: '例え.テスト' }],
  [{ type: 'dns', name: '_dmarc.münchen.test', server: '😀.test' }],
  [{ type: 'http', url: 'https://münchen.test/', headers: { host: 'straße.test' } }],
])('the API keeps and shows the names of %j as they were written', async (check) => {
  const created = await post('/api/v1/monitors', monitor(check));
  expect(created.status, created.text).toBe(201);
  expect(created.json.check).toMatchObject(check);
  expect((await ask(`/api/v1/monitors/${created.json.id}`)).json.check).toMatchObject(check);
});

test('a name that DNS does not allow is refused with its path', async () => {
  const refused = await post('/api/v1/monitors', monitor({ type: 'tcp', host: 'אab.test', port: 443 }));
  expect(refused.status).toBe(422);
  expect(refused.json.errors).toMatchObject([
    { path: 'check.host', message: expect.stringMatching(/^Invalid international name/) },
  ]);
});

test('an address in other digits is not a name', async () => {
  const refused = await post('/api/v1/monitors', monitor({ type: 'tcp', host: '１２７.0.0.1', port: 443 }));
  expect(refused.json.errors).toMatchObject([
    { path: 'check.host', message: 'Write an IP address with the digits 0 to 9, such as 192.0.2.1.' },
  ]);
});
