// What `npm start` says about access: the setup link while it works, and an API key that a person has revoked.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { requireAdminKey, setupLink, signInPage } from '../../../scripts/start/access.ts';
import { StartError } from '../../../scripts/start/options.ts';

let server: Server;
afterEach(() => server.close());

/** A mesh that answers every request with this. */
async function meshWith(status: number, body: object) {
  server = createServer((_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { api: { url: `http://127.0.0.1:${port}`, token: 'pm_x' }, port };
}

test('a revoked key ends the start with the reason and the fix', async () => {
  const { api } = await meshWith(401, { detail: 'The API key was revoked.' });
  await expect(requireAdminKey(api)).rejects.toThrow(
    new StartError(
      'The API key of this mesh does not work: The API key was revoked. Set PROBEMESH_API_KEY to an API key of the role admin without a restriction, or to a new token: openssl rand -hex 32',
    ),
  );
});

test('a key with too small a role ends the start', async () => {
  const { api } = await meshWith(200, { role: 'editor' });
  await expect(requireAdminKey(api)).rejects.toThrow(/its role is editor\. Set PROBEMESH_API_KEY/);
});

test('a key of an admin lets the start continue', async () => {
  const { api } = await meshWith(200, { role: 'admin' });
  await expect(requireAdminKey(api)).resolves.toBeUndefined();
});

test('the setup link has the host name that passkeys need, and is gone once it was used', async () => {
  const open = await meshWith(200, { people: [], setupOpen: true });
  const link = `http://localhost:${open.port}/setup?token=pmt_x`;
  expect(await setupLink(open.api, { setupToken: 'pmt_x' })).toBe(link);
  server.close();
  const used = await meshWith(200, { people: [], setupOpen: false });
  expect(await setupLink(used.api, { setupToken: 'pmt_x' })).toBeUndefined();
  // Then people need the address of the sign-in page.
  expect(signInPage(used.api)).toBe(`http://localhost:${used.port}/sign-in`);
});
