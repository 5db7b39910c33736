// Signed requests, by which a target recognises the probes: the real probe, a real server, and the verifier of examples/verify-probe.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createVerifier } from '../../../../examples/verify-probe/verify.mjs';
import { http as httpCheck } from '../../../../probes/checks/http/index.ts';
import { readSigner } from '../../../../probes/net/request-signer.ts';
import { createSigningKey, publicKeyOf } from '../../../../scripts/deploy/signing-key.ts';
import { keyDirectory } from '../../../../src/services/signing-keys/key-directory.ts';
import { askProbe } from '../../../support/net/ask-probe.ts';
import { answering, leading, run } from '../../../support/net/http-run.ts';

const MESH = 'https://status.acme.dev';
const key = createSigningKey();

beforeEach(() => {
  process.env.PROBEMESH_SIGNING_KEY = key.privateKey;
  process.env.PROBEMESH_SIGNATURE_AGENT = MESH;
});
afterEach(() => {
  delete process.env.PROBEMESH_SIGNING_KEY;
  delete process.env.PROBEMESH_SIGNATURE_AGENT;
  vi.restoreAllMocks();
});

/** Verifies as a target does, with the directory of a mesh that publishes these keys. */
const verifierOf = (publicKeys: readonly string[] = [key.publicKey], now = Date.now) =>
  createVerifier(MESH, {
    now,
    fetch: async (url: string) => {
      expect(url).toBe(`${MESH}/.well-known/http-message-signatures-directory`);
      return Response.json(await keyDirectory(publicKeys));
    },
  });

type Got = Awaited<ReturnType<typeof leading>>['got'][number];
const headersOf = ({ headers }: Got) => headers as Record<string, string>;
const verified = ({ headers }: Got, verify = verifierOf()) =>
  verify(headers.host!, headers as Record<string, string>);

describe('a check with `sign`', () => {
  test('sends requests that the verifier of the example accepts', async () => {
    const target = await leading();
    expect((await run(target.port, { sign: true })).outcome).toBe('ok');
    expect(await verified(target.got[0]!)).toMatchObject({ ok: true });
  });

  test('signs each hop of a redirect for its own authority', async () => {
    const other = await leading();
    const first = await leading({ '/': [302, `http://127.0.0.1:${other.port}/there`] });
    expect((await run(first.port, { sign: true })).outcome).toBe('ok');
    const [from, to] = [first.got[0]!, other.got[0]!];
    expect(await verified(from)).toMatchObject({ ok: true });
    expect(await verified(to)).toMatchObject({ ok: true });
    expect(await verifierOf()(to.headers.host!, headersOf(from))).toMatchObject({ ok: false });
    expect(from.headers['signature-input']).not.toBe(to.headers['signature-input']);
  });

  test('signs for the virtual host of a `host` header, without a default port', async () => {
    const target = await leading();
    await run(target.port, { sign: true, headers: { host: 'Shop.Example.com:80' } });
    expect(await verifierOf()('shop.example.com', headersOf(target.got[0]!))).toMatchObject({ ok: true });
  });

  test('covers the user-agent of the monitor', async () => {
    const target = await leading();
    await run(target.port, { sign: true, headers: { 'user-agent': 'Acme availability' } });
    const headers = headersOf(target.got[0]!);
    expect(await verifierOf()(headers.host!, headers)).toMatchObject({ ok: true });
    const changed = { ...headers, 'user-agent': 'Another' };
    expect(await verifierOf()(headers.host!, changed)).toMatchObject({ ok: false });
  });

  test('has the same verdict as without, for a target that fails', async () => {
    const target = await answering((_request, response) => response.writeHead(503).end('down'));
    const [signed, unsigned] = [await run(target.port, { sign: true }), await run(target.port)];
    const verdict = ({ outcome, ...rest }: typeof signed) => ({
      outcome,
      code: 'code' in rest ? rest.code : null,
      detail: 'detail' in rest ? rest.detail : null,
    });
    expect(verdict(signed)).toEqual(verdict(unsigned));
    expect(verdict(signed).outcome).toBe('failed');
  });

  test('sends a nonce that differs for each request, so that a target can refuse copies', async () => {
    const target = await leading();
    for (let index = 0; index < 2; index += 1) await run(target.port, { sign: true });
    const nonces = target.got.map((got) => /nonce="([^"]+)"/.exec(headersOf(got)['signature-input']!)?.[1]);
    expect(new Set(nonces).size).toBe(2);
  });

  test('refuses headers of the signature, and a user-agent with a secret', () => {
    const errors = (headers: object, secrets = {}) =>
      httpCheck.options
        .safeParse({ type: 'http', url: 'https://shop.example.com/', sign: true, headers, secrets })
        .error?.issues.map(({ message }) => message);
    expect(errors({ Signature: 'x' })).toEqual([
      'The probe sets the header "signature" of a signed request itself. Remove it.',
    ]);
    expect(errors({ 'user-agent': 'a {{token}}' }, { token: 'secret' })).toEqual([
      '`sign` covers the user-agent, so it must be a text without secrets. Change it, or remove `sign`.',
    ]);
    expect(errors({ 'x-own': 'y' })).toBeUndefined();
  });
});

describe('without `sign`', () => {
  test('a request has no header of a signature, although the probe has a key', async () => {
    const target = await leading();
    await run(target.port);
    expect(Object.keys(target.got[0]!.headers).filter((name) => name.startsWith('signature'))).toEqual([]);
  });
});

describe('a probe that has no usable key', () => {
  test.each([
    ['no key', '', ''],
    ['a key that is cut off', key.privateKey.slice(0, 20), MESH],
    ['a key that is no key', 'garbage', MESH],
    ['a key without an address', key.privateKey, ''],
    ['an address without encryption', key.privateKey, 'http://status.acme.dev'],
  ])('measures nothing with `sign`, and all other checks, with %s', async (_title, secret, agent) => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
    process.env.PROBEMESH_SIGNING_KEY = secret;
    process.env.PROBEMESH_SIGNATURE_AGENT = agent;
    const target = await leading();
    const url = `http://127.0.0.1:${target.port}/`;
    const { observations } = await askProbe([
      { type: 'http', url, sign: true },
      { type: 'http', url },
    ]);
    expect(observations[0]).toMatchObject({ outcome: 'unmeasured', reason: 'unknown_check' });
    expect(JSON.stringify(observations[0])).toContain('PROBEMESH_SIGNING_KEY');
    expect(observations[1]!.outcome).toBe('ok');
    expect(target.got).toHaveLength(1);
    if (secret !== '') expect(JSON.stringify(logged.mock.calls)).not.toContain(secret);
  });
});

describe('the verifier of the example', () => {
  const signedGot = async (): Promise<Got> => {
    const target = await leading();
    await run(target.port, { sign: true });
    return target.got[0]!;
  };

  test('refuses a request for another host, of another key, too late, too early, and without a signature', async () => {
    const got = await signedGot();
    const headers = headersOf(got);
    const reason = async (host: string, sent: Record<string, string>, verify = verifierOf()) =>
      (await verify(host, sent)).reason;
    expect(await reason('evil.example', headers)).toBe('the signature does not match the request');
    expect(await reason(got.headers.host!, headers, verifierOf([createSigningKey().publicKey]))).toMatch(
      /^your mesh has no key/,
    );
    const later = verifierOf(undefined, () => Date.now() + 120_000);
    expect(await reason(got.headers.host!, headers, later)).toBe('the signature is too old');
    const earlier = verifierOf(undefined, () => Date.now() - 120_000);
    expect(await reason(got.headers.host!, headers, earlier)).toBe('the signature is of the future');
    expect(await reason(got.headers.host!, {})).toBe('the request is not signed');
  });

  test('refuses a signature whose parts or parameters were changed', async () => {
    const got = await signedGot();
    const headers = headersOf(got);
    const input = headers['signature-input']!;
    const changes = [
      input.replace(/expires=\d+/, 'expires=9999999999'),
      input.replace('"user-agent"', '"accept"'),
      input.replace('web-bot-auth', 'another'),
      input.replace(/nonce="./, 'nonce="_'),
    ];
    for (const changed of changes) {
      const result = await verifierOf()(got.headers.host!, { ...headers, 'signature-input': changed });
      expect([changed, result.ok]).toEqual([changed, false]);
    }
  });

  test('accepts the old and the new key during a rotation, and asks for the keys once', async () => {
    const got = await signedGot();
    const next = createSigningKey();
    let asked = 0;
    const verify = createVerifier(MESH, {
      fetch: async () => {
        asked += 1;
        return Response.json(await keyDirectory([key.publicKey, next.publicKey]));
      },
    });
    process.env.PROBEMESH_SIGNING_KEY = next.privateKey;
    const rotated = await signedGot();
    expect(await verified(got, verify)).toMatchObject({ ok: true });
    expect(await verified(rotated, verify)).toMatchObject({ ok: true });
    expect(asked).toBe(1);
  });
});

describe('the server of the example', () => {
  /** A process starts, on a machine that may be busy. */
  const SLOW_MS = 60_000;
  const SLOW = { timeoutMs: 9_000 };
  let child: ChildProcess | undefined;
  let directory: http.Server | undefined;
  afterEach(async () => {
    if (child?.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit');
    directory?.close();
  });

  async function startServer(meshUrl: string): Promise<number> {
    const path = new URL('../../../../examples/verify-probe/server.mjs', import.meta.url).pathname;
    const env = { ...process.env, MESH_URL: meshUrl, PORT: '0' };
    child = spawn(process.execPath, [path], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(child.stdout!, 'data');
    return Number(/ready (\d+)/.exec(String(line))![1]);
  }

  test('answers 204 to a probe, and 401 to anything else', { timeout: SLOW_MS }, async () => {
    directory = http.createServer(async (_request, response) =>
      response.end(JSON.stringify(await keyDirectory([key.publicKey]))),
    );
    directory.listen(0, '127.0.0.1');
    await once(directory, 'listening');
    const { port: keys } = directory.address() as { port: number };
    const port = await startServer(`http://127.0.0.1:${keys}`);
    expect(await run(port, { ...SLOW, sign: true, status: [204] })).toMatchObject({ outcome: 'ok' });
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(401);
  });

  test('answers 503 while it cannot read the keys', { timeout: SLOW_MS }, async () => {
    const port = await startServer('http://127.0.0.1:1');
    expect(await run(port, { ...SLOW, sign: true, status: [503] })).toMatchObject({ outcome: 'ok' });
  });
});

describe('the key', () => {
  /** RFC 9421, appendices B.1.4 and B.2.6. */
  const TEST_KEY = 'MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF';
  const BASE = [
    '"date": Tue, 20 Apr 2021 02:07:55 GMT',
    '"@method": POST',
    '"@path": /foo',
    '"@authority": example.com',
    '"content-type": application/json',
    '"content-length": 18',
    '"@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length")' +
      ';created=1618884473;keyid="test-key-ed25519"',
  ].join('\n');

  test('signs as the test vector of RFC 9421 does', () => {
    expect(readSigner(TEST_KEY, MESH)!.sign(BASE)).toBe(
      'wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==',
    );
  });

  test('is named by its thumbprint, in requests and in the directory', async () => {
    const { keys } = await keyDirectory([publicKeyOf(TEST_KEY)]);
    expect(keys[0]).toMatchObject({ x: 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs' });
    expect(keys[0]!.kid).toBe('poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U');
    expect(readSigner(TEST_KEY, MESH)!.keyId).toBe(keys[0]!.kid);
  });
});
