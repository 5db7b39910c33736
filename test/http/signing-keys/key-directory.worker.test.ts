// The directory of the keys with which the probes sign requests.
import { expect, test } from 'vitest';
import { ask } from '../../support/d1/http-mesh.ts';

const PATH = '/.well-known/http-message-signatures-directory';
/** RFC 9421, appendix B.1.4, and its thumbprint. */
const X = 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs';
const THUMBPRINT = 'poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U';
const OTHER = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

test('lists every public key by its thumbprint, for anyone, and no private part', async () => {
  const answer = await ask(PATH, { token: null, env: { PROBE_PUBLIC_KEYS: `${X}, ${OTHER}` } });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('application/http-message-signatures-directory+json');
  expect(answer.headers.get('cache-control')).toBe('public, max-age=3600');
  expect(answer.json.keys).toHaveLength(2);
  expect(answer.json.keys[0]).toEqual({ kty: 'OKP', crv: 'Ed25519', x: X, kid: THUMBPRINT, use: 'sig' });
});

test('a mesh whose probes sign nothing has no directory', async () => {
  expect((await ask(PATH, { token: null })).status).toBe(404);
});

test('a host of a status page does not serve the directory', async () => {
  const env = { PROBE_PUBLIC_KEYS: X, PAGE_HOSTS: 'status.shop.test' };
  const answer = await ask(`https://status.shop.test${PATH}`, { token: null, env });
  expect(answer.status).toBe(404);
});
