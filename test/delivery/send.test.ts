// One delivery attempt against real receivers on loopback: what counts as delivered, and the text of a failure.
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { generateSecret } from '../../src/channels/webhook.ts';
import { type DeliveryAttempt, type SendOptions, send } from '../../src/delivery/send.ts';
import { channelPlace, seal } from '../../src/store/encryption.ts';
import { VERSION } from '../../src/version.ts';
import { bodyOf } from '../support/engine/notifications.ts';

const config = {
  encryptionKey: btoa('0123456789abcdef0123456789abcdef'),
  allowLoopback: true,
  publicUrl: 'https://status.example.com',
};
const secret = generateSecret();
const notification = { id: 'inc_1_opened', body: bodyOf('incident.opened') };
const open: Server[] = [];

afterEach(() => {
  vi.restoreAllMocks();
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function receiver(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function attempt(url: string, options: Partial<SendOptions> = {}): Promise<DeliveryAttempt> {
  const sealedConfig = await seal(config, channelPlace('hook'), { url, secret });
  return send(
    config,
    { id: 'hook', type: 'webhook', sealedConfig, createdAt: 1 },
    { notifications: [notification], receipt: null },
    {
      now: Date.now,
      ...options,
    },
  );
}

/** Makes the documented timeout a hundred times shorter. */
function quickTimeout(): void {
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    expect(ms).toBe(15_000);
    return timeout(ms / 100);
  });
}

test('a receiver that responds 2xx got the whole notification, signed', async () => {
  const requests: { request: IncomingMessage; body: string }[] = [];
  const url = await receiver(async (request, response) => {
    requests.push({ request, body: await text(request) });
    response.writeHead(202).end('thanks');
  });
  expect(await attempt(`${url}/hook?for=us`)).toMatchObject({
    delivered: true,
    gone: false,
    status: 202,
    error: null,
  });
  const { request, body } = requests[0]!;
  expect([request.method, request.url, request.headers['user-agent']]).toEqual([
    'POST',
    '/hook?for=us',
    `probemesh/${VERSION}`,
  ]);
  expect(new Webhook(secret).verify(body, request.headers as Record<string, string>)).toEqual(
    notification.body,
  );
});

test('a redirect is a failed attempt, and its target gets no request', async () => {
  let requests = 0;
  const target = await receiver((_, response) => {
    requests += 1;
    response.end();
  });
  for (const status of [301, 302, 303, 307, 308]) {
    const url = await receiver((_, response) => response.writeHead(status, { location: target }).end());
    const { delivered, error } = await attempt(url);
    expect({ delivered, error }).toEqual({
      delivered: false,
      error: expect.stringContaining('redirects are not followed'),
    });
  }
  expect(requests).toBe(0);
});

test('410 is distinguished from every other refusal', async () => {
  for (const status of [400, 401, 404, 410, 429, 500, 503]) {
    const url = await receiver((_, response) => response.writeHead(status).end());
    expect(await attempt(url)).toMatchObject({ delivered: false, gone: status === 410, status });
  }
});

describe('a slow receiver', () => {
  test('a receiver that does not respond within 15 s fails the attempt', async () => {
    quickTimeout();
    const url = await receiver(() => {});
    expect(await attempt(url)).toMatchObject({
      delivered: false,
      status: null,
      error: expect.stringMatching(/did not respond within 15 s$/),
    });
  });

  test('a refusal whose body never ends is reported without the body', async () => {
    quickTimeout();
    const url = await receiver((_, response) => {
      response.writeHead(500);
      response.write('half a sen');
    });
    const { status, error, durationMs } = await attempt(url);
    expect(status).toBe(500);
    expect(error).toMatch(/responded 500$/);
    expect(durationMs).toBeLessThan(5_000);
  });

  test('a receiver that responds 200 and never ends its body counts as delivered', async () => {
    quickTimeout();
    const url = await receiver((_, response) => {
      response.writeHead(200);
      response.write('and then');
    });
    expect(await attempt(url)).toMatchObject({ delivered: true, status: 200 });
  });
});

test('about a kilobyte of an endless response is read', async () => {
  let sent = 0;
  const url = await receiver((_, response) => {
    response.writeHead(500);
    const more = (): void => {
      while (!response.destroyed && response.write('x'.repeat(16_384))) sent += 16_384;
    };
    response.on('drain', more);
    more();
  });
  const { error } = await attempt(url);
  expect(error?.length).toBeLessThan(250);
  // The buffers of the sockets are sent without being read.
  expect(sent).toBeLessThan(20_000_000);
});

test('a closed port and a server without HTTP are failures with the host and a reason', async () => {
  const tcp = createTcpServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
  const { port } = tcp.address() as AddressInfo;
  expect(await attempt(`http://127.0.0.1:${port}/`)).toMatchObject({
    delivered: false,
    status: null,
    error: expect.stringContaining(`127.0.0.1:${port} could not be reached`),
  });
  await new Promise((resolve) => tcp.close(resolve));
  expect(await attempt(`http://127.0.0.1:${port}/`)).toMatchObject({ delivered: false, status: null });
});

test('an echoed address or secret of the receiver is redacted from the error', async () => {
  const path = '/services/T0KEN%2B123/B4RRIER?key=s3cr3t-value';
  const url = await receiver((request, response) => {
    response
      .writeHead(404)
      .end(`Cannot POST ${request.url} or T0KEN+123 or s3cr3t-value\n\u0007${secret} B4RRIER`);
  });
  const { error } = await attempt(url + path);
  expect(error).toContain('Cannot POST');
  for (const hidden of ['T0KEN', 's3cr3t', 'B4RRIER', secret, '\u0007', '\n'])
    expect(error).not.toContain(hidden);
});

test('a forbidden receiver is never contacted', async () => {
  const fetch = vi.fn<typeof globalThis.fetch>();
  const sealedConfig = await seal(config, channelPlace('hook'), { url: 'http://127.0.0.1:1/hook', secret });
  const deployed = { ...config, allowLoopback: false, publicUrl: 'https://status.example.com' };
  const result = await send(
    deployed,
    { id: 'hook', type: 'webhook', sealedConfig, createdAt: 1 },
    { notifications: [notification], receipt: null },
    {
      now: Date.now,
      fetch,
    },
  );
  expect(result).toMatchObject({
    delivered: false,
    status: null,
    error: expect.stringMatching(/^not sent: /),
  });
  expect(fetch).not.toHaveBeenCalled();
});

describe('whether an attempt can have reached its receiver', () => {
  /** What the local runtime throws, whether the connection was refused or reset after the request. */
  const lost: SendOptions['fetch'] = () => Promise.reject(new Error('Network connection lost.'));

  test('a refused connection did not reach it, and one that broke off may have', async () => {
    const url = 'http://127.0.0.1:1/';
    const answers = [false, true];
    const attempts = answers.map((answer) => attempt(url, { fetch: lost, canConnect: async () => answer }));
    expect((await Promise.all(attempts)).map(({ reached }) => reached)).toEqual(['no', 'maybe']);
    expect(await attempt(url, { fetch: lost })).toMatchObject({ reached: 'maybe' });
  });

  test('the request is made although no connection seems possible, and its response counts', async () => {
    const url = await receiver((_, response) => response.writeHead(204).end());
    expect(await attempt(url, { canConnect: async () => false })).toMatchObject({
      delivered: true,
      reached: 'maybe',
    });
  });

  test('a receiver that does not respond may have got the request', async () => {
    quickTimeout();
    const url = await receiver(() => {});
    expect(await attempt(url, { canConnect: async () => false })).toMatchObject({ reached: 'maybe' });
  });

  test("a response that Cloudflare gives in a receiver's place says whether it was reached, any other may be its own", async () => {
    const respond =
      (status: number, server: string): SendOptions['fetch'] =>
      async () =>
        new Response(null, { status, headers: { server } });
    const reached = async (status: number, server: string): Promise<string> =>
      (await attempt('http://127.0.0.1:1/', { fetch: respond(status, server)! })).reached;
    for (const status of [521, 523, 525, 526]) expect(await reached(status, 'cloudflare')).toBe('no');
    for (const status of [500, 502, 520, 522, 524, 530])
      expect(await reached(status, 'cloudflare')).toBe('maybe');
    expect(await reached(521, 'nginx')).toBe('maybe');
  });

  test('a request that was never made did not reach it', async () => {
    expect(await attempt('http://192.168.0.1/')).toMatchObject({ reached: 'no' });
    const broken = await send(
      config,
      { id: 'hook', type: 'webhook', sealedConfig: 'v1.AAAA', createdAt: 1 },
      { notifications: [notification], receipt: null },
      {
        now: Date.now,
      },
    );
    expect(broken).toMatchObject({ reached: 'no' });
  });
});
