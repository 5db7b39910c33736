// Owns the tests of how a server must use TLS: old servers, versions to refuse, and client certificates.

import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkSchema } from '../../../../probes/checks/catalogue.ts';
import type { Observation } from '../../../../probes/contract/index.ts';
import { because, programProblem } from '../../../support/missing-program.ts';
import { askProbe, words } from '../../../support/net/ask-probe.ts';
import { type Authority, createAuthority, noOpenssl, type Pair } from '../../../support/net/certificates.ts';
import { factsOf } from '../../../support/net/facts.ts';
import { httpsTarget, rawTarget, tlsTarget, type WebTarget } from '../../../support/net/http-server.ts';

const NAMES = 'DNS:localhost,IP:127.0.0.1';
const OLD = { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;

const noGnutls = programProblem('gnutls-serv', '--version');

describe.skipIf(noOpenssl !== null)(`how a server uses TLS${because(noOpenssl)}`, () => {
  let authority: Authority;
  let pair: Pair;
  const closers: (() => unknown)[] = [];
  beforeAll(async () => {
    authority = await createAuthority();
    pair = await authority.issue(NAMES);
  });
  afterAll(() => Promise.all(closers.map((close) => close())));

  const serve = async (options: tls.TlsOptions = {}): Promise<WebTarget> => {
    const target = await tlsTarget({ ...pair, ...options });
    closers.push(() => target.close());
    return target;
  };
  const answer: http.RequestListener = (_, response) => response.end('hello');
  const serveHttp = async (options: tls.TlsOptions = {}, listener = answer): Promise<WebTarget> => {
    const target = await httpsTarget({ ...pair, ...options }, listener);
    closers.push(() => target.close());
    return target;
  };
  const ask = async (check: object): Promise<Observation> =>
    (await askProbe([{ ca: authority.ca, timeoutMs: 1_500, ...check }])).observations[0]!;
  const askTls = ({ port }: { port: number }, check: object): Promise<Observation> =>
    ask({ type: 'tls', host: 'localhost', port, ...check });
  const askHttp = ({ port }: { port: number }, check: object): Promise<Observation> =>
    ask({ type: 'http', url: `https://localhost:${port}/`, ...check });
  const detailOf = (observation: Observation): string =>
    'detail' in observation ? observation.detail : 'ok';

  describe('old servers', () => {
    test('a server of TLS 1.0 is accepted with `legacyTls`, with `"trust": "any"`, and not otherwise', async () => {
      const old = await serve({ ...OLD, maxVersion: 'TLSv1' });
      expect(words(await askTls(old, {}))).toBe('failed tls');
      expect(factsOf(await askTls(old, { legacyTls: true }))['tls.protocol']).toBe('TLSv1');
      expect(words(await askTls(old, { ca: undefined, trust: 'any' }))).toBe('ok');
      expect(words(await askTls(old, { ca: undefined, trust: 'any', legacyTls: false }))).toBe('failed tls');
      expect(words(await askTls(old, { legacyTls: true, minVersion: 'TLSv1.2' }))).toBe('failed tls');
      const web = await serveHttp({ ...OLD, maxVersion: 'TLSv1.1' });
      expect(words(await askHttp(web, {}))).toBe('failed tls');
      expect(words(await askHttp(web, { minVersion: 'TLSv1' }))).toBe('ok');
      expect(words(await askHttp(web, { legacyTls: true }))).toBe('ok');
    });

    test('a certificate is verified with `legacyTls` as well', async () => {
      const observation = await askTls(await serve(), { ca: undefined, legacyTls: true });
      expect(words(observation)).toBe('failed tls');
      expect(detailOf(observation)).toContain("the certificate's issuer is not trusted");
    });

    test.skipIf(noGnutls !== null)(
      `a server without secure renegotiation (RFC 5746) is accepted with \`legacyTls\` and "trust": "any"${because(noGnutls)}`,
      async () => {
        const port = await startProgram('gnutls-serv', (key, cert, free) => [
          ...['-q', '--http', '-p', String(free), '--x509certfile', cert, '--x509keyfile', key],
          ...['--priority', 'NORMAL:-VERS-TLS1.3:%DISABLE_SAFE_RENEGOTIATION'],
        ]);
        const refused = await askTls({ port }, {});
        expect(words(refused)).toBe('failed tls');
        expect(detailOf(refused)).toContain('Set `legacyTls`');
        expect(words(await askTls({ port }, { legacyTls: true }))).toBe('ok');
        expect(words(await askTls({ port }, { ca: undefined, trust: 'any' }))).toBe('ok');
        expect(words(await askHttp({ port }, { legacyTls: true }))).toBe('ok');
      },
    );
  });

  describe('versions that a server must refuse', () => {
    const refuseVersions = ['TLSv1', 'TLSv1.1'];

    test('a server that refuses them is ok, and their handshakes do not count as latency', async () => {
      const modern = await serve();
      const observation = await askTls(modern, { refuseVersions });
      expect(detailOf(observation)).toBe('ok');
      expect(modern.connections).toBe(3);
      const { tlsMs = 0, connectMs = 0, totalMs = 0, dnsMs = 0 } = observation.timings;
      expect(totalMs).toBeLessThan(dnsMs + connectMs + tlsMs + 100);
      expect(factsOf(observation)['tls.protocol']).toBe('TLSv1.3');
      expect(words(await askHttp(await serveHttp(), { refuseVersions }))).toBe('ok');
    });

    test('a server that accepts a single one of them fails', async () => {
      const old = await serve({ ...OLD, minVersion: 'TLSv1.1' });
      expect(detailOf(await askTls(old, { refuseVersions }))).toBe(
        'the server accepts TLSv1.1, which it must refuse',
      );
      expect(words(await askTls(old, { refuseVersions: ['TLSv1'] }))).toBe('ok');
      const web = await serveHttp(OLD);
      const observation = await askHttp(web, { refuseVersions: ['TLSv1'] });
      expect(observation).toMatchObject({ code: 'tls', phase: 'tls' });
      expect(detailOf(observation)).toBe('the server accepts TLSv1, which it must refuse');
      expect(detailOf(await askTls(await serve(), { refuseVersions: ['TLSv1.2'] }))).toContain(
        'accepts TLSv1.2',
      );
    });
  });

  describe('a server that must require a client certificate', () => {
    const clientCertificate = 'required';
    const REQUIRE = { requestCert: true, rejectUnauthorized: true };

    test.each(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const)(
      'is ok if it refuses the probe in %s',
      async (version) => {
        const versions = { ...OLD, minVersion: version, maxVersion: version };
        const more = { clientCertificate, legacyTls: true };
        const strict = await serve({ ...versions, ...REQUIRE });
        expect(detailOf(await askTls(strict, more))).toBe('ok');
        expect(detailOf(await askHttp(await serveHttp({ ...versions, ...REQUIRE }), more))).toBe('ok');
        // Without the option, the refusal is a failure.
        if (version === 'TLSv1.2')
          expect(words(await askTls(strict, { legacyTls: true }))).toBe('failed tls');
      },
    );

    test.each(['TLSv1.2', 'TLSv1.3'] as const)(
      'fails if it only requests one, or none, in %s',
      async (version) => {
        const versions = { minVersion: version, maxVersion: version };
        const lax = { ...versions, requestCert: true, rejectUnauthorized: false };
        const accepts = 'the server requests a client certificate, but accepts clients without';
        const none = 'the server does not request a client certificate';
        const more = { clientCertificate };
        // The probe waits for a refusal until its timeout, so the runs wait together.
        const details = await Promise.all([
          serve(lax).then((server) => askTls(server, more)),
          serveHttp(lax).then((server) => askHttp(server, more)),
          serve(versions).then((server) => askTls(server, more)),
          serveHttp(versions).then((server) => askHttp(server, more)),
        ]);
        expect(details.map(detailOf)).toEqual([
          `${accepts}. If it refuses requests instead, use an http check`,
          `${accepts}, and answered 200 OK`,
          none,
          expect.stringContaining(none),
        ]);
      },
    );

    test('is ok if it answers the request with 400, as nginx does, and not without a request for a certificate', async () => {
      const refusing: http.RequestListener = (_, response) =>
        response.writeHead(400).end('No required SSL certificate');
      const lax = { requestCert: true, rejectUnauthorized: false };
      const nginx = await serveHttp(lax, refusing);
      expect(detailOf(await askHttp(nginx, { clientCertificate }))).toBe('ok');
      const plain = await serveHttp({}, refusing);
      expect(words(await askHttp(plain, { clientCertificate }))).toBe('failed tls');
    });

    test.each(['TLSv1.2', 'TLSv1.3'] as const)(
      'must have a trusted certificate of its own in %s',
      async (version) => {
        const versions = { minVersion: version, maxVersion: version };
        const expired = await authority.issue(NAMES, -20, -2);
        const strict = await serve({ ...versions, ...REQUIRE, ...expired });
        expect(detailOf(await askTls(strict, { clientCertificate }))).toContain('the certificate expired on');
        const soon = await authority.issue(NAMES, -1, 2.5);
        expect(
          await askTls(await serve({ ...versions, ...REQUIRE, ...soon }), { clientCertificate }),
        ).toMatchObject({
          outcome: 'ok',
          degraded: [{ code: 'certificate', limit: 3 }],
        });
      },
    );

    test.each(['-tls1_2', '-tls1_3'])('is recognized if it is openssl s_server with %s', async (version) => {
      const port = await startProgram('openssl', (key, cert, free) => [
        ...['s_server', '-quiet', '-accept', String(free), '-key', key, '-cert', cert],
        ...['-Verify', '1', '-verify_return_error', version],
      ]);
      expect(detailOf(await askTls({ port }, { clientCertificate }))).toBe('ok');
    });

    test('fails as a timeout if the server hangs', async () => {
      const silent = await rawTarget(() => {});
      closers.push(() => silent.close());
      expect(words(await askTls(silent, { clientCertificate, timeoutMs: 300 }))).toBe('failed timeout');
    });
  });

  /** Runs a server with the pair, and resolves with its port once it accepts connections. */
  async function startProgram(
    name: string,
    args: (key: string, cert: string, port: number) => string[],
  ): Promise<number> {
    const folder = await mkdtemp(join(tmpdir(), 'probemesh-tls-'));
    const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
    await Promise.all([writeFile(key, pair.key), writeFile(cert, pair.cert)]);
    const port = await freePort();
    const child = spawn(name, args(key, cert, port), { stdio: 'ignore' });
    closers.push(() => {
      child.kill();
      return rm(folder, { recursive: true });
    });
    for (let tries = 0; !(await isListening(port)); tries += 1) {
      if (tries > 100) throw new Error(`${name} does not listen on port ${port}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return port;
  }
});

describe('options that say how a server must use TLS', () => {
  const http = { type: 'http', url: 'https://shop.example.com/' };
  const tlsCheck = { type: 'tls', host: 'shop.example.com' };
  const plain = { type: 'http', url: 'http://shop.example.com/' };
  test.each([
    [{ ...plain, refuseVersions: ['TLSv1'] }, 'refuseVersions: `refuseVersions` needs a URL with https://.'],
    [
      { ...plain, clientCertificate: 'required' },
      'clientCertificate: `clientCertificate` needs a URL with https',
    ],
    [{ ...http, clientCertificate: 'required', contains: 'x' }, 'clientCertificate: A server that refuses'],
    [{ ...http, clientCertificate: 'optional' }, 'clientCertificate: The only valid value'],
    [{ ...http, maxVersion: 'TLSv1.1' }, 'maxVersion: The default `minVersion` is TLSv1.2'],
    [{ ...tlsCheck, refuseVersions: [] }, 'refuseVersions: `refuseVersions` is empty'],
    [{ ...tlsCheck, refuseVersions: ['SSLv3'] }, 'refuseVersions.0: The version must be one of'],
    [{ ...tlsCheck, refuseVersions: ['TLSv1', 'TLSv1'] }, 'refuseVersions: A version appears twice'],
    [{ ...tlsCheck, refuseVersions: ['TLSv1.2', 'TLSv1.3'] }, 'refuseVersions: The check itself offers only'],
    [{ ...tlsCheck, legacyTls: 'yes' }, 'legacyTls: `legacyTls` must be true or false.'],
    [
      { type: 'script', host: 'a.example.com', port: 25, steps: [{ expect: '220' }], legacyTls: true },
      'legacyTls: The conversation does not use TLS.',
    ],
  ])('%j is not valid', (check, hint) => {
    const issue = checkSchema.safeParse(check).error?.issues[0];
    expect(`${issue?.path.join('.')}: ${issue?.message}`).toContain(hint);
  });
  test.each([
    [{ ...tlsCheck, legacyTls: true, maxVersion: 'TLSv1.1' }],
    [{ ...tlsCheck, trust: 'any', maxVersion: 'TLSv1' }],
    [{ ...plain, minVersion: 'TLSv1.3' }],
  ])('%j is valid', (check) => expect(checkSchema.safeParse(check).success).toBe(true));
});

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.on('close', () => socket.destroy());
    socket.once('connect', () => socket.destroy());
  });
