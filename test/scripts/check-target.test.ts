// `npm run check-target` on real targets on loopback: what it prints, and its exit code.
import { execFile } from 'node:child_process';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { checkTarget as run } from '../../scripts/check-target/command.ts';
import { readOptions } from '../../scripts/check-target/options.ts';
import { showResults } from '../../scripts/check-target/show.ts';
import type { CheckResult } from '../../src/http/api/check-runs/schema.ts';
import { closedPort, openTarget } from '../support/net/targets.ts';

const BOOT = fileURLToPath(new URL('../../scripts/bootstrap.mjs', import.meta.url));
const SECRET = 'canary-7f3e9a';

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function checkTarget(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  let out = '';
  let err = '';
  const code = await run(args, {
    env,
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    onInterrupt: () => {},
  });
  return { code, out, err };
}

describe('an invalid command line', () => {
  test.each([
    [[], /^check-target: Give one target/],
    [['a:1', 'b:2'], /Give one target/],
    [['a:1', '--tpye', 'tcp'], /Unknown option '--tpye'\. --help/],
    [['a:1', '--type', 'ftp'], /--type must be one of tcp, .*, not ftp/],
    [['shop.example.com'], /^check-target: port: /],
    [['shop.example.com:0'], /port: `port` must be a whole number between 1 and 65535/],
    [['shop.example.com:99999'], /port: `port` must be a whole number/],
    [['127.1:80'], /host: An IPv4 address must have four decimal numbers/],
    [['a:1', '--timeout', 'soon'], /timeoutMs: /],
    [['a:1', '--option', 'expect'], /--option must be name=value, not expect/],
    [['a:1', '--option', 'expext=open'], /expext: Unknown field/],
    [['a:1', '--options', '[1]'], /--options must be a JSON object/],
    [['a:1', '--secret', `token=${SECRET}`], /--secret token must come from the environment: use token=env:/],
    [['a:1', '--secret', 'token=env:NO_SUCH'], /the environment variable NO_SUCH is not set/],
    [['a:1', '--locations', 'moon'], /--locations has "moon"/],
    [['a:1', '--locations', 'aws:a-1a,aws:a-1a'], /--locations must have at most 12 locations, each once/],
    [['a:1', '--url', 'mesh'], /--url must be a URL .*, not mesh/],
    [['a:1', '--url', 'http://127.0.0.1:1'], /PROBEMESH_API_KEY is not set/],
    [['a:1', '--monitor', 'shop'], /give its --url as well/],
  ] as [string[], RegExp][])('the arguments %j end check-target with 2 and one line', async (args, line) => {
    const { code, out, err } = await checkTarget(args);
    expect(err).toMatch(line);
    expect([code, out, err.trim().split('\n').length]).toEqual([2, '', 1]);
    expect(err).not.toContain(SECRET);
  });
});

describe('with probes on this machine', () => {
  test('check-target runs as a person types it, and its exit code is the outcome', async () => {
    const port = await closedPort();
    const typed = promisify(execFile)(process.execPath, [BOOT, 'check-target', `127.0.0.1:${port}`]);
    await expect(typed).rejects.toMatchObject({ code: 1, stdout: expect.stringMatching(/failed refused/) });
  });

  test('check-target prints an open port as ok, with phases and trace, for each location', async () => {
    const target = await openTarget();
    const args = [`127.0.0.1:${target.port}`, '--option', 'samples=2', '--locations', 'aws:one-1,aws:two-2'];
    const { code, out, err } = await checkTarget(args);
    await target.close();
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(
      /^this machine as aws:one-1 {2}ok at 127\.0\.0\.1\n {2}connect +\d+\.\d{3} ms\n {2}total +\d+\.\d{3} ms\n/,
    );
    expect(out).toMatch(/^this machine as aws:two-2 {2}ok/m);
    expect(out).toMatch(/^ {2}samples +2 sent, 0 lost, min .* jitter /m);
    expect(out).toMatch(
      new RegExp(`^ +\\d+\\.\\d{3} ms {2}connecting to 127\\.0\\.0\\.1:${target.port}$`, 'm'),
    );
    expect(new Set(target.peers).size).toBe(process.platform === 'linux' ? 2 : 1);
  });

  test('check-target prints an HTTP request and its response, without any secret', async () => {
    const requests: unknown[] = [];
    const server = createServer((request, response) => {
      const { authorization = '' } = request.headers;
      requests.push(authorization);
      response.writeHead(500, { server: authorization }).end(`refused: ${authorization}`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/health?deep=1`;
    const args = [url, '--option', 'headers={"authorization":"Bearer {{token}}"}', '--secret', 'token=env:T'];
    const { code, out, err } = await checkTarget(args, { T: SECRET });
    server.close();
    expect([code, err, requests]).toEqual([1, '', [`Bearer ${SECRET}`]]);
    expect(out).toMatch(/^this machine {2}failed unexpected_reply in reply at 127\.0\.0\.1$/m);
    expect(out).toMatch(/^ {2}first byte +\d+\.\d{3} ms$/m);
    expect(out).toMatch(/^ {2}status +500$/m);
    expect(out).toMatch(/ms {2}GET \/health\?deep=1$/m);
    expect(out).toMatch(/ms {2}> authorization: Bearer •••$/m);
    expect(out).not.toContain(SECRET);
  });

  test('check-target prints a closed port as failed, and ends with 1', async () => {
    const port = await closedPort();
    const { code, out } = await checkTarget([`127.0.0.1:${port}`, '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(out).results).toMatchObject([
      {
        ...{ location: 'this machine', outcome: 'failed', code: 'refused', phase: 'connect' },
        ...{ address: '127.0.0.1', reason: null, trace: [{ text: `connecting to 127.0.0.1:${port}` }, {}] },
      },
    ]);
  });

  test('check-target prints a check that cannot run here as unmeasured, and ends with 3', async () => {
    const { code, out } = await checkTarget(['[2606:4700::1111]:443']);
    expect(out).toMatch(/^this machine {2}unmeasured no_ipv6\n {2}.* and this machine has no IPv6\n/);
    expect(code).toBe(3);
  });

  test('check-target does not connect to a forbidden address', async () => {
    const { code, out } = await checkTarget(['10.0.0.1:443']);
    expect([code, out.split('\n')[0]]).toEqual([1, expect.stringMatching(/failed forbidden_address/)]);
  });
});

describe('through a running mesh', () => {
  const servers: Server[] = [];
  afterAll(() => {
    for (const server of servers) server.close();
  });

  /** A fake mesh for tests of the command line; test/system/start uses a real one. */
  async function mesh(status: number, body: unknown): Promise<{ url: string; bodies: unknown[] }> {
    const bodies: unknown[] = [];
    const read = async (request: IncomingMessage): Promise<string> => {
      let text = '';
      for await (const chunk of request) text += chunk;
      return text;
    };
    const server = createServer(async (request, response) => {
      bodies.push({
        path: request.url,
        token: request.headers.authorization,
        body: JSON.parse(await read(request)),
      });
      response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(body));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies };
  }
  const env = { PROBEMESH_API_KEY: 'token', SHOP_TOKEN: SECRET };

  test('check-target prints the error of a mesh, and ends with 2 if the command line can fix it, else with 3', async () => {
    const errors = [{ path: 'check.port', message: 'AWS blocks TCP port 25.' }];
    for (const [status, body, exitCode, line] of [
      [422, { errors }, 2, 'check.port: AWS blocks TCP port 25.'],
      [401, { detail: 'This token is not known.' }, 2, 'This token is not known.'],
      [429, { detail: 'Wait 60 seconds.' }, 3, 'Wait 60 seconds.'],
      [500, { title: 'Something is broken here' }, 3, 'Something is broken here'],
    ] as const) {
      const { url } = await mesh(status, body);
      const { code, err } = await checkTarget(['a:25', '--url', url], env);
      expect([code, err]).toEqual([exitCode, `check-target: ${line}\n`]);
    }
    const { code, err } = await checkTarget(['a:25', '--url', `http://127.0.0.1:${await closedPort()}`], env);
    expect([code, err]).toEqual([
      3,
      expect.stringMatching(/does not respond as a mesh does: .*ECONNREFUSED/),
    ]);
  });

  test('check-target sends a mesh the check as written, with token and secrets from the environment', async () => {
    const { url, bodies } = await mesh(200, { results: [] });
    const args = ['a:1', '--url', `${url}/`, '--locations', 'aws:us-east-1', '--monitor', 'shop'];
    const options = [
      '--options',
      '{"timeoutMs": 900, "secrets": {"other": null}}',
      '--secret',
      'token=env:SHOP_TOKEN',
    ];
    const { code } = await checkTarget([...args, ...options, '--option', 'expect=closed'], env);
    expect(code).toBe(3);
    const secrets = { other: null, token: SECRET };
    const check = { host: 'a', port: 1, timeoutMs: 900, secrets, expect: 'closed', type: 'tcp' };
    const body = { check, locations: ['aws:us-east-1'], monitor: 'shop' };
    expect(bodies).toEqual([{ path: '/api/v1/check', token: 'Bearer token', body }]);
  });
});

test.each([
  [['https://shop.example.com/'], { type: 'http', url: 'https://shop.example.com/' }],
  [['shop.example.com', '--type', 'dns'], { type: 'dns', name: 'shop.example.com' }],
  [['[2001:db8::1]:53', '--type', 'udp'], { type: 'udp', host: '2001:db8::1', port: 53 }],
  [
    ['mail.example.com:25', '--timeout', '900'],
    { type: 'tcp', host: 'mail.example.com', port: 25, timeoutMs: 900 },
  ],
])('the arguments %j become options of the check', (args, check) => {
  expect(readOptions(args, {})?.check).toEqual(check);
});

test('text of a target cannot control the terminal', () => {
  const result: CheckResult = {
    ...{ location: 'aws:us-east-1', startedAt: '2026-11-24T09:30:00.000Z', outcome: 'failed' },
    ...{
      code: 'unexpected_reply',
      reason: null,
      detail: '\u001b[2Jgone\u202e',
      phase: 'reply',
      address: null,
    },
    ...{
      timings: {},
      samples: null,
      facts: [
        { name: 'dns.answers', value: ['a\nb'] },
        { name: 'tls.validTo', value: '2027-03-31T23:59:59.000Z' },
      ],
      degraded: [],
    },
    ...{ response: { status: 500, headers: { x: '\r\u0007' }, body: 'one\n\u009b31mtwo' } },
    ...{ trace: [{ atMs: 1, text: 'a\tb' }] },
  };
  const shown = showResults([result]);
  expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(shown).toContain('\\u{1b}[2Jgone\\u{202e}');
  expect(shown).toMatch(/^ {2}dns\.answers +a\\u\{a\}b\n {2}tls\.validTo +2027-03-31T23:59:59\.000Z$/m);
  expect(shown).toMatch(/^ {2}body +one\n {2}body +\\u\{9b\}31mtwo$/m);
});
