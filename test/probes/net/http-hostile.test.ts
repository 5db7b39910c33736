import zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { inTime, words } from '../../support/net/ask-probe.ts';
import { serve, timedRun } from '../../support/net/http-run.ts';
import { cannedTarget, httpTarget, rawTarget, type WebTarget } from '../../support/net/http-server.ts';
import { closedPort, stoppedTarget } from '../../support/net/targets.ts';

/** Sends the same chunk as fast as the client reads, until the client is gone or `bytes` are sent. */
const pouring = (head: string, chunk: string | Uint8Array, bytes = 1e9): Promise<WebTarget> =>
  rawTarget((socket) => {
    let left = bytes;
    const pour = (): void => {
      while (left > 0 && !socket.destroyed) {
        left -= chunk.length;
        if (!socket.write(chunk)) return;
      }
      if (left <= 0) socket.end();
    };
    socket.once('data', () => {
      socket.write(head);
      socket.on('drain', pour);
      pour();
    });
  });

const grownBy = async (act: () => Promise<void>): Promise<number> => {
  const before = process.memoryUsage().rss;
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss);
  }, 5);
  await act();
  clearInterval(timer);
  return (Math.max(most, process.memoryUsage().rss) - before) / 1_048_576;
};

describe('a hostile HTTP server', () => {
  const megabyte = Buffer.alloc(65_536, 'a');

  test('a body of 1 GB is read only at its beginning and uses no memory for the rest', async () => {
    const huge = await serve(pouring('HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n', megabyte));
    const chunked = await serve(
      pouring('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', `10000\r\n${'a'.repeat(65_536)}\r\n`),
    );
    const endless = await serve(pouring('HTTP/1.1 200 OK\r\n\r\n', megabyte));
    const grown = await grownBy(async () => {
      for (const target of [huge, chunked, endless]) {
        expect(words((await timedRun(target)).observation)).toBe('ok');
        expect((await timedRun(target, { contains: 'b' })).detail).toBe(
          'the body does not contain "b" in its first 1048576 characters',
        );
        expect((await timedRun(target, { jsonPath: [{ path: '$', exists: true }] })).detail).toContain(
          'the body is too long to parse as JSON',
        );
        expect(words((await timedRun(target, { notContains: 'b' })).observation)).toBe('ok');
      }
    });
    expect(grown).toBeLessThan(64);
  });

  test('a gzip bomb is read only at its beginning', async () => {
    const bomb = zlib.gzipSync(Buffer.alloc(200_000_000));
    const target = await serve(
      httpTarget((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)),
    );
    const grown = await grownBy(async () => {
      expect((await timedRun(target, { contains: 'x' })).detail).toContain('in its first 1048576 characters');
    });
    expect(grown).toBeLessThan(64);
  });

  test.each([
    ['broken deflate', 'deflate', Buffer.alloc(100, 0x88)],
    ['truncated deflate without its wrapper', 'deflate', zlib.deflateRawSync('hello, hello').subarray(0, 6)],
    ['plain text as gzip', 'gzip', Buffer.from('plain text')],
    [
      'a truncated gzip',
      'gzip',
      zlib.gzipSync(Buffer.from(Array.from({ length: 4_000 }, (_, at) => (at * 31) % 251))).subarray(0, 150),
    ],
    ['broken brotli', 'br', Buffer.alloc(100, 255)],
  ])('a body that cannot be decompressed fails the check: %s', async (_, encoding, bytes) => {
    const target = await serve(
      httpTarget((__, response) => response.writeHead(200, { 'content-encoding': encoding }).end(bytes)),
    );
    const { observation, detail } = await timedRun(target);
    expect(words(observation)).toBe('failed unexpected_reply');
    expect(detail).toContain('sent a body that cannot be decompressed');
  });

  test.each([
    [
      'headers',
      pouring('HTTP/1.1 200 OK\r\n', 'x-header: one of very many\r\n'.repeat(100)),
      'bytes of headers',
    ],
    ['one header', pouring('HTTP/1.1 200 OK\r\nx-long: ', 'a'.repeat(10_000)), 'bytes of headers'],
    ['interim answers', pouring('', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(500)), 'bytes for one response'],
    [
      'early hints',
      pouring('', 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'.repeat(500)),
      'bytes for one response',
    ],
    [
      'trailers',
      pouring(
        'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n',
        'x-trailer: one\r\n'.repeat(500),
      ),
      'bytes of headers',
    ],
    [
      'chunk extensions',
      pouring('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;', 'a=b;'.repeat(5_000)),
      '',
    ],
    ['empty lines', pouring('', '\r\n'.repeat(5_000)), 'bytes for one response'],
    ['a status line', pouring('HTTP/1.1 200 ', 'OK'.repeat(5_000)), ''],
  ])('an endless flood of %s fails the check in time', async (_, made, expectedDetail) => {
    const { observation, tookMs, detail } = await timedRun(await serve(made));
    expect(words(observation)).toBe('failed unexpected_reply');
    expect(observation).toHaveProperty('phase', 'reply');
    expect(detail).toContain(expectedDetail);
    expect(tookMs).toBeLessThan(inTime(1_500));
  });

  test.each([
    ['HTTP/0.9', '<html>hello</html>'],
    ['a binary greeting', Buffer.from([0, 1, 2, 255, 254, 10, 13, 0])],
    ['an SSH banner', 'SSH-2.0-OpenSSH_9.9\r\n'],
    ['HTTP/2 frames', Buffer.from([0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100])],
    ['an invalid status', 'HTTP/1.1 2x0 OK\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello'],
    ['a negative length', 'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\nhello'],
    ['an invalid chunk size', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhello\r\n'],
    ['a protocol change', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'],
    ['an immediate end', ''],
  ])('a reply that is not HTTP fails the check: %s', async (_, bytes) => {
    const { observation, tookMs } = await timedRun(await serve(cannedTarget(bytes)));
    expect(words(observation)).toBe('failed unexpected_reply');
    expect(observation).toHaveProperty('phase', 'reply');
    expect(tookMs).toBeLessThan(1_500);
  });

  test('a status beyond all classes is an unexpected reply', async () => {
    const { observation, detail } = await timedRun(
      await serve(cannedTarget('HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n')),
    );
    expect(words(observation)).toBe('failed unexpected_reply');
    expect(detail).toBe('answered 999 instead of 2xx');
  });

  test('thousands of headers and hostile header names are an unexpected reply', async () => {
    const many = `HTTP/1.1 500 x\r\n${'a:\r\n'.repeat(3_000)}__proto__: x\r\nconstructor: y\r\nlocation: z\r\n\r\n`;
    const { observation } = await timedRun(await serve(cannedTarget(many)));
    expect(words(observation)).toBe('failed unexpected_reply');
  });
});

describe('the body of a response', () => {
  test('a body that ends before its length fails the check', async () => {
    const { observation, detail } = await timedRun(
      await serve(cannedTarget('HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhello')),
    );
    expect(words(observation)).toBe('failed unexpected_reply');
    expect(detail).toContain('answered 200 and ended in the middle of the body');
  });

  test('bytes after the length of a body are ignored', async () => {
    const target = await serve(cannedTarget('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello, and more'));
    expect(words((await timedRun(target, { matches: '^hello$' })).observation)).toBe('ok');
  });

  test('a reset in the middle of a body fails the check with reset', async () => {
    const target = await serve(
      rawTarget((socket) => {
        socket.once('data', () => {
          socket.write('HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhello');
          setTimeout(() => socket.resetAndDestroy(), 30);
        });
      }),
    );
    expect(words((await timedRun(target)).observation)).toBe('failed reset');
  });
});

describe('an HTTP server that stops responding', () => {
  test.each([
    ['after the request', '', 'did not answer the request within 300 ms'],
    ['in the status line', 'HTTP/1.1 20', 'did not answer the request within 300 ms'],
    ['in the headers', 'HTTP/1.1 200 OK\r\ncontent-ty', 'did not answer the request within 300 ms'],
    [
      'after an interim response',
      'HTTP/1.1 100 Continue\r\n\r\n',
      'did not answer the request within 300 ms',
    ],
    [
      'before the body',
      'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n',
      'answered 200 and did not finish its body within 300 ms',
    ],
    [
      'in the body',
      'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel',
      'answered 200 and did not finish its body within 300 ms',
    ],
    [
      'before the last chunk',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n',
      'did not finish its body',
    ],
  ])('a server that stops %s times out in the reply phase', async (_, bytes, expectedDetail) => {
    const { observation, tookMs, detail } = await timedRun(await serve(cannedTarget(bytes, true)), {
      timeoutMs: 300,
      // A body without a length has to end only if something is expected of it that has not arrived.
      contains: 'hello there',
    });
    expect(words(observation)).toBe('failed timeout');
    expect(observation).toHaveProperty('phase', 'reply');
    expect(detail).toContain(expectedDetail);
    expect(tookMs).toBeGreaterThan(290);
    expect(observation.timings.totalMs).toBeLessThan(550);
    // Closing takes time as well on a busy machine.
    expect(tookMs).toBeLessThan(1_550);
  });

  test('a server that sends a byte now and then times out', async () => {
    const target = await serve(
      rawTarget((socket) => {
        socket.once('data', () => {
          socket.write('HTTP/1.1 200 OK\r\n\r\n');
          const timer = setInterval(() => socket.write('.'), 20);
          socket.once('close', () => clearInterval(timer));
        });
      }),
    );
    const { observation } = await timedRun(target, { timeoutMs: 300, contains: 'hello' });
    expect(words(observation)).toBe('failed timeout');
    expect(observation.timings.totalMs).toBeLessThan(550);
  });

  test('a process that hangs behind an open port times out in the reply phase', async () => {
    const hung = await stoppedTarget();
    const { observation, detail } = await timedRun(hung, { timeoutMs: 300 });
    expect(observation).toMatchObject({ outcome: 'failed', code: 'timeout', phase: 'reply' });
    expect(detail).toContain('is connected and did not answer the request');
    await hung.close();
  });
});

test('an http check of a closed port fails with refused in the connect phase', async () => {
  const { observation } = await timedRun({ port: await closedPort() });
  expect(observation).toMatchObject({ outcome: 'failed', code: 'refused', phase: 'connect' });
});
