// Reading the coordinator over real sockets: everything that can answer in its place, or not at all.

import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isSignedRequest } from '../../src/signed-request.ts';
import { readCoordinator, sendReport } from '../../src/watchdog/read-coordinator.ts';
import { because } from '../support/missing-program.ts';
import { createAuthority, noOpenssl } from '../support/net/certificates.ts';
import { healthz, respondJson, type StubServer, startStub } from './coordinator-stub.ts';

let stub: StubServer;
beforeEach(async () => {
  stub = await startStub();
});
afterEach(() => stub.stop());

const read = () => readCoordinator(stub.url, fetch);

test.each([
  [{ status: 'ok' }, { kind: 'alive', tickAgeMs: 20_000 }],
  [
    { status: 'impaired', reasons: ['location_lost'] },
    { kind: 'alive', tickAgeMs: 20_000 },
  ],
  [
    { status: 'idle', tickAgeSeconds: null },
    { kind: 'alive', tickAgeMs: null },
  ],
  [
    { status: 'a status of the future', reasons: 'none' },
    { kind: 'alive', tickAgeMs: 20_000 },
  ],
  [{ tickAgeSeconds: -3 }, { kind: 'alive', tickAgeMs: 0 }],
  [{ tickAgeSeconds: 'old' }, { kind: 'alive', tickAgeMs: null }],
])('200 with %j means %j', async (body, observation) => {
  stub.answer((_, response) => respondJson(response, 200, healthz(body)));
  expect(await read()).toEqual(observation);
});

test('a coordinator of an earlier version, without the age of its tick, is alive', async () => {
  const { tickAgeSeconds: _, ...earlier } = healthz() as Record<string, unknown>;
  stub.answer((__, response) => respondJson(response, 200, earlier));
  expect(await read()).toEqual({ kind: 'alive', tickAgeMs: null });
});

test('503 of the coordinator has its reasons, and no other text of it', async () => {
  const reasons = ['ticks_stopped', '<b>', 'X'.repeat(500)];
  stub.answer((_, response) => respondJson(response, 503, healthz({ status: 'stopped', reasons })));
  expect(await read()).toEqual({
    ...{ kind: 'stopped', tickAgeMs: 20_000 },
    reason: '/healthz responds with 503: ticks_stopped',
  });
  expect(stub.received).toHaveLength(1);
});

test.each([
  [500, '{"status":"ok"}'],
  [404, 'not found'],
  [200, '<html>This domain is for sale</html>'],
  [200, ''],
  [200, 'null'],
  [200, '{"status":1}'],
  [503, '<html>error code: 1101</html>'],
  [522, '{"status":"ok"}'],
  [403, '{"status":"ok"}'],
])(
  '%i with the body %s is not an answer of the coordinator, and is asked once more',
  async (status, body) => {
    stub.answer((_, response) => void response.writeHead(status).end(body));
    expect(await read()).toMatchObject({ kind: 'silent', reason: expect.stringContaining(String(status)) });
    expect(stub.received).toHaveLength(2);
  },
);

test('a redirect is not followed', async () => {
  stub.answer((_, response) => void response.writeHead(302, { location: `${stub.url}/elsewhere` }).end());
  expect(await read()).toMatchObject({ kind: 'silent', reason: expect.stringContaining('redirect 302') });
  expect(stub.received.map(({ path }) => path)).toEqual(['/healthz', '/healthz']);
});

test('a body without an end is not read to its end', async () => {
  let written = 0;
  stub.answer((_, response) => {
    response.writeHead(200);
    const write = (): void => {
      if (response.destroyed) return;
      written += 16_384;
      response.write('x'.repeat(16_384), () => setImmediate(write));
    };
    write();
  });
  expect(await read()).toMatchObject({ kind: 'silent', reason: expect.stringContaining('64000 bytes') });
  expect(written).toBeLessThan(50_000_000);
});

test('a coordinator that hangs, or whose answer has no end in time, is silence', async () => {
  stub.answer(() => {});
  const silence = { kind: 'silent', reason: 'no complete answer within 0.2 s' };
  expect(await readCoordinator(stub.url, fetch, 200)).toEqual(silence);
  stub.answer((_, response) => void response.writeHead(200).write('{"status":'));
  expect(await readCoordinator(stub.url, fetch, 200)).toEqual(silence);
});

test('one lost request is not silence', async () => {
  let requests = 0;
  stub.answer((_, response) => {
    requests += 1;
    if (requests === 1) response.destroy();
    else respondJson(response, 200, healthz());
  });
  expect((await read()).kind).toBe('alive');
});

test('a port without a listener, and bytes that are neither HTTP nor TLS, are silence', async () => {
  const closed = await startStub();
  await closed.stop();
  const unheard = await readCoordinator(closed.url, fetch);
  expect(unheard).toMatchObject({ kind: 'silent', reason: expect.stringContaining('ECONNREFUSED') });
  const garbage = createServer((socket) => {
    socket.on('error', () => {});
    socket.end('garbage\r\n\r\n', () => socket.destroy());
  });
  await new Promise<void>((resolve) => garbage.listen(0, '127.0.0.1', resolve));
  const { port } = garbage.address() as AddressInfo;
  for (const scheme of ['http', 'https']) {
    const silent = await readCoordinator(`${scheme}://127.0.0.1:${port}`, fetch);
    expect(silent).toMatchObject({ kind: 'silent', reason: expect.stringMatching(/^no answer: /) });
  }
  garbage.close();
});

test.skipIf(noOpenssl !== null)(
  `a certificate that is not trusted is silence, with its code${because(noOpenssl)}`,
  async () => {
    const { key, cert } = await (await createAuthority()).selfSigned('DNS:localhost');
    const server = createTlsServer({ key, cert }, (_, response) => respondJson(response, 200, healthz()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const silent = await readCoordinator(`https://localhost:${port}`, fetch);
    expect(silent).toMatchObject({ kind: 'silent', reason: expect.stringContaining('CERT') });
    server.close();
    server.closeAllConnections();
  },
);

test('a report is signed, for its time, its path and its body', async () => {
  const now = 1_800_000_000_000;
  stub.answer((_, response) => respondJson(response, 202, { tick: 'requested' }));
  const key = 'a key of the watchdog';
  await sendReport({ coordinatorUrl: stub.url, key, region: 'eu-central-1', tick: true, now }, fetch);
  const [{ body, headers, method, path }] = stub.received as [(typeof stub.received)[number]];
  expect(JSON.parse(body)).toMatchObject({ region: 'eu-central-1', tick: true });
  const get = (name: string) => (headers[name] as string | undefined) ?? null;
  const isSigned = (parts: object = {}, at = now) =>
    isSignedRequest([key], { method, path, body, ...parts }, { get }, at);
  expect(await isSigned()).toBe(true);
  expect(await isSigned({ body: `${body} ` })).toBe(false);
  expect(await isSigned({ path: '/watchdog?x' })).toBe(false);
  expect(await isSigned({}, now + 61_000)).toBe(false);
});

test('a report that is refused, or that no server takes, throws nothing', async () => {
  stub.answer((_, response) => respondJson(response, 401, {}));
  const report = { coordinatorUrl: stub.url, key: 'k', region: 'r', tick: false, now: 0 };
  await expect(sendReport(report, fetch)).resolves.toBeUndefined();
  await expect(
    sendReport({ ...report, coordinatorUrl: 'http://127.0.0.1:1' }, fetch),
  ).resolves.toBeUndefined();
});
