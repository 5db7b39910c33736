// Odd but healthy HTTP servers: a reply that clients accept is ok. And odd replies that must not affect other runs.
import { randomBytes } from 'node:crypto';
import zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { askProbe, words } from '../../support/net/ask-probe.ts';
import { detailOf, leading, run, serve } from '../../support/net/http-run.ts';
import { httpTarget, rawTarget, type WebTarget } from '../../support/net/http-server.ts';

/** Sends these bytes to each client, then ends. */
const responding = (...parts: readonly (string | Uint8Array)[]): Promise<WebTarget> =>
  serve(
    rawTarget((socket) =>
      socket.once('data', () => {
        for (const part of parts) socket.write(part);
        socket.end();
      }),
    ),
  );

describe('an odd HTTP response', () => {
  test.each([
    ['lines that end with a line feed alone', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok'],
    ['a header that is folded', 'HTTP/1.1 200 OK\r\nvia: one\r\n two\r\ncontent-length: 2\r\n\r\nok'],
    ['a control character in a header', 'HTTP/1.1 200 OK\r\nvia: a\x01\r\ncontent-length: 2\r\n\r\nok'],
  ])('an http check accepts %s', async (_, answer) => {
    const { port } = await responding(answer);
    expect(await run(port, { contains: 'ok' })).toMatchObject({ outcome: 'ok' });
  });

  test.each([
    ['with its wrapper', zlib.deflateSync('hello')],
    ['without it, as clients accept', zlib.deflateRawSync('hello')],
  ])('an http check reads deflate %s', async (_, body) => {
    const target = await serve(
      httpTarget((__, response) => response.writeHead(200, { 'content-encoding': 'deflate' }).end(body)),
    );
    expect(words(await run(target.port, { contains: 'hello', notContains: 'hello!' }))).toBe('ok');
  });

  test('an http check accepts a long body that gzip does not shrink', async () => {
    const body = zlib.gzipSync(randomBytes(3_000_000));
    const { port } = await responding(
      `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`,
      body,
    );
    expect(await run(port)).toMatchObject({ outcome: 'ok' });
    expect(await run(port, { notContains: 'z'.repeat(40) })).toMatchObject({ outcome: 'ok' });
  });

  test('an http check accepts a body in chunks of a few bytes', async () => {
    const { port } = await responding(
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n',
      `${'4\r\naaaa\r\n'.repeat(60_000)}4\r\nlast\r\n0\r\n\r\n`,
    );
    expect(await run(port)).toMatchObject({ outcome: 'ok' });
    expect(await run(port, { notContains: 'b', matches: 'last$' })).toMatchObject({ outcome: 'ok' });
  });
});

test.each(['000', '099'])('a status of %s fails its own run and leaves the report valid', async (status) => {
  const odd = await responding(`HTTP/1.1 ${status} x\r\ncontent-length: 0\r\n\r\n`);
  const well = await leading();
  const checks = [odd, well].map(({ port }) => ({ type: 'http', url: `http://127.0.0.1:${port}/` }));
  const { observations } = await askProbe(checks);
  expect(observations.map(words)).toEqual(['failed unexpected_reply', 'ok']);
  expect(detailOf(observations[0]!)).toContain(`answered with the invalid status ${Number(status)}`);
});

test('a redirect to a forbidden address fails without the phase of the response before it', async () => {
  const { port } = await leading({ '/': [302, 'http://10.0.0.1/'] });
  const observation = await run(port);
  expect(words(observation)).toBe('failed forbidden_address');
  expect(observation).not.toHaveProperty('phase');
});

test('a secret in its longest form does not break the run', async () => {
  const { port } = await leading();
  const check = { method: 'POST', body: '{{key}}', secrets: { key: '中'.repeat(4_096) }, status: [201] };
  expect(words(await run(port, check))).toBe('failed unexpected_reply');
});
