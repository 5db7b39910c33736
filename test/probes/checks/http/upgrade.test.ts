import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { checkSchema } from '../../../../probes/checks/catalogue.ts';
import { words } from '../../../support/net/ask-probe.ts';
import { detailOf, run, serve } from '../../../support/net/http-run.ts';
import { cannedTarget, rawTarget } from '../../../support/net/http-server.ts';

const headers = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** A WebSocket server (RFC 6455): greets with a frame and never ends. */
const chat = () =>
  serve(
    rawTarget((socket) => {
      socket.once('data', (bytes) => {
        const request = String(bytes).toLowerCase();
        const key = /sec-websocket-key: (.*)\r\n/i.exec(String(bytes))?.[1];
        if (!/^connection: upgrade\r$/m.test(request) || !/^upgrade: websocket\r$/m.test(request) || !key) {
          socket.end('HTTP/1.1 426 Upgrade Required\r\ncontent-length: 0\r\n\r\n');
          return;
        }
        const accept = createHash('sha1')
          .update(key + GUID)
          .digest('base64');
        socket.write(
          `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
        );
        socket.write(Buffer.from([0x81, 0x02, 0x68, 0x69]));
      });
    }),
  );

test('a WebSocket server that switches protocols is ok with status 101', async () => {
  const { port } = await chat();
  const observation = await run(port, { headers, status: [101], timeoutMs: 1_000 });
  expect(words(observation)).toBe('ok');
  expect(observation).toMatchObject({ facts: expect.arrayContaining([{ name: 'http.status', value: 101 }]) });
  const { Connection: _, ...without } = headers;
  expect(words(await run(port, { headers: without, status: [101], timeoutMs: 1_000 }))).toBe('ok');
});

test('a server that switches protocols is not ok with another status', async () => {
  const { port } = await chat();
  expect(detailOf(await run(port, { headers }))).toBe('answered 101 Switching Protocols instead of 2xx');
});

test('a server that refuses the upgrade is judged by its status', async () => {
  const { port } = await chat();
  const { 'Sec-WebSocket-Key': _, ...without } = headers;
  expect(detailOf(await run(port, { headers: without, status: [101] }))).toBe(
    'answered 426 Upgrade Required instead of 101',
  );
});

test('a change of protocol that the check did not ask for fails it', async () => {
  const { port } = await serve(cannedTarget('HTTP/1.1 101 Switching\r\nupgrade: websocket\r\n\r\n', true));
  expect(detailOf(await run(port, { status: [101] }))).toContain(
    'changed the protocol without a request to do so',
  );
});

test('a 101 has no body to search', async () => {
  const { port } = await chat();
  const check = { headers, status: [101], contains: 'hi', timeoutMs: 1_000 };
  expect(detailOf(await run(port, check))).toBe('the body does not contain "hi"');
});

const wrong = (given: object): string => {
  const parsed = checkSchema.safeParse({ type: 'http', url: 'https://shop.example.com/', headers: given });
  if (parsed.success) return 'nothing';
  const [issue] = parsed.error.issues;
  return `${issue!.path.join('.')}: ${issue!.message}`;
};

test.each([
  [headers, 'nothing'],
  [{ upgrade: 'websocket' }, 'nothing'],
  [{ upgrade: 'websocket', connection: 'keep-alive, upgrade' }, 'nothing'],
  [{ upgrade: 'tcp' }, 'nothing'],
  [
    { connection: 'Upgrade' },
    'headers.connection: The header "connection" asks for an upgrade. Add the header "upgrade"',
  ],
  [
    { upgrade: 'websocket', connection: 'close' },
    'headers.connection: The probe sets the header "connection" itself',
  ],
  [{ upgrade: 'h2c' }, 'headers.upgrade: The probe sets the version of HTTP itself'],
  [{ upgrade: 'web\nsocket' }, 'headers.upgrade: A header value must be one line'],
])('the headers %j are judged: %s', (given, expected) => expect(wrong(given)).toContain(expected));
