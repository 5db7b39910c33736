// Bodies that never end: a run ends once everything expected has arrived.
import type net from 'node:net';
import zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { askProbe, words } from '../../../support/net/ask-probe.ts';
import { serve, timedRun } from '../../../support/net/http-run.ts';
import { rawTarget, type WebTarget } from '../../../support/net/http-server.ts';

type Talk = (socket: net.Socket) => void;

/** Sends a head, then lets `talk` send the body; the connection stays open. */
const streaming = (head: string, talk: Talk = () => {}): Promise<WebTarget> =>
  serve(
    rawTarget((socket) => {
      socket.once('data', () => {
        socket.write(`HTTP/1.1 200 OK\r\n${head}\r\n`);
        talk(socket);
      });
    }),
  );

/** Sends each part so many ms after the one before, then stays silent. */
const parts =
  (everyMs: number, ...texts: readonly (string | Uint8Array)[]): Talk =>
  (socket) => {
    for (const [at, text] of texts.entries())
      setTimeout(() => socket.writable && socket.write(text), everyMs * at);
  };

const SSE = 'content-type: text/event-stream\r\n';
const CHUNKED = 'transfer-encoding: chunked\r\n';
const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
/** Far above what a run takes that ends early. */
const LONG = { timeoutMs: 3_000 };

describe.concurrent('a body without a length that never ends', () => {
  test.each([
    ['silent after its headers', '', parts(0)],
    ['of server-sent events', SSE, parts(20, ...Array.from({ length: 100 }, () => 'data: hello\n\n'))],
    ['in chunks', CHUNKED, parts(20, ...Array.from({ length: 100 }, () => chunk('data')))],
    [
      'of audio',
      'content-type: audio/mpeg\r\nicy-name: x\r\n',
      parts(5, ...Array.from({ length: 100 }, () => Buffer.alloc(1_600, 255))),
    ],
    ['in gzip', 'content-encoding: gzip\r\n', parts(0, zlib.gzipSync('hello').subarray(0, 12))],
  ])('is ok at its headers if nothing is expected of it: %s', async (_, head, talk) => {
    const { observation, tookMs } = await timedRun(await streaming(head, talk), LONG);
    expect(words(observation)).toBe('ok');
    expect(tookMs).toBeLessThan(1_500);
    expect(observation.timings.totalMs).toBeLessThan(1_000);
  });

  test('is judged by its status at once', async () => {
    const { observation, detail, tookMs } = await timedRun(await streaming(SSE), { ...LONG, status: [204] });
    expect(words(observation)).toBe('failed unexpected_reply');
    expect(detail).toBe('answered 200 OK instead of 204');
    expect(tookMs).toBeLessThan(1_500);
  });

  test.each([
    ['contains, across two parts', { contains: 'data: hello' }],
    ['contains and matches', { contains: 'hello', matches: 'da.a: hello' }],
    ['a pattern with the end of a line', { matches: '(?m)^data: hello$' }],
    ['a pattern with the edge of a word', { matches: '\\bhello\\b' }],
  ])('is ok as soon as its text has arrived: %s', async (_, check) => {
    const target = await streaming(SSE, parts(60, 'event: x\ndata: he', 'llo\n\n', 'data: more\n\n'));
    const { observation, tookMs } = await timedRun(target, { ...LONG, ...check });
    expect(words(observation)).toBe('ok');
    expect(observation.timings.totalMs).toBeGreaterThan(55);
    expect(observation.timings.totalMs).toBeLessThan(1_000);
    expect(tookMs).toBeLessThan(1_500);
  });

  test('is ok as soon as a whole JSON document has arrived that meets its queries', async () => {
    const document = parts(60, '{"jobs":[{"state":', '"up"}', ']}', '\n');
    const jsonPath = [{ path: '$.jobs[*].state', equals: 'up' }];
    const { observation, tookMs } = await timedRun(await streaming('', document), { ...LONG, jsonPath });
    expect(words(observation)).toBe('ok');
    expect(observation.timings.totalMs).toBeGreaterThan(115);
    expect(tookMs).toBeLessThan(1_500);
    const down = [{ path: '$.jobs[*].state', equals: 'down' }];
    const other = await timedRun(await streaming('', document), { timeoutMs: 400, jsonPath: down });
    expect(words(other.observation)).toBe('failed timeout');
  });

  test('is ok as soon as its text has arrived in a compressed stream', async () => {
    const gzip = zlib.createGzip({ flush: zlib.constants.Z_SYNC_FLUSH });
    const target = await streaming('content-encoding: gzip\r\n', (socket) => {
      gzip.on('data', (bytes) => socket.write(bytes));
      gzip.write('first part, ');
      gzip.write('second part');
    });
    const { observation, tookMs } = await timedRun(target, { ...LONG, contains: 'second part' });
    expect(words(observation)).toBe('ok');
    expect(tookMs).toBeLessThan(1_500);
    gzip.destroy();
  });

  test('is ok as soon as a text in its own encoding has arrived', async () => {
    const target = await streaming(
      'content-type: text/html\r\n',
      parts(0, Buffer.from('<meta charset=latin1>Gr\xf6\xdfe', 'latin1')),
    );
    expect(words((await timedRun(target, { ...LONG, contains: 'Größe' })).observation)).toBe('ok');
  });

  test('is judged late after much text as well', async () => {
    const long = 'x'.repeat(200_000);
    const target = await streaming('', parts(40, long, long, 'and the text', '.', '.'));
    const { observation } = await timedRun(target, { ...LONG, contains: 'and the text' });
    expect(words(observation)).toBe('ok');
    expect(observation.timings.totalMs).toBeLessThan(1_000);
  });

  test.each([
    ['a text that does not come', { contains: 'other' }],
    ['a pattern that does not match', { matches: 'other' }],
    ['a pattern that the end of the body decides', { matches: 'hello$' }],
    ['JSON', { jsonPath: [{ path: '$', exists: true }] }],
    ['JSON and a text', { contains: 'hello', jsonPath: [{ path: '$', exists: true }] }],
  ])('times out if something is missing at the deadline: %s', async (_, check) => {
    const { observation, detail } = await timedRun(await streaming('', parts(0, '{"a":"b"} hello')), {
      timeoutMs: 250,
      ...check,
    });
    expect(words(observation)).toBe('failed timeout');
    expect(detail).toContain('answered 200 and did not finish its body within 250 ms');
  });
});

describe.concurrent('a text that must not come in a body that never ends', () => {
  test('is judged at the deadline, and the wait is not the latency of the target', async () => {
    const target = await streaming(SSE, parts(30, 'data: a\n\n', 'data: b\n\n'));
    const check = { timeoutMs: 700, notContains: 'error', maxLatencyMs: 500 };
    const { observation, tookMs } = await timedRun(target, check);
    expect(words(observation)).toBe('ok');
    expect(observation).not.toHaveProperty('degraded');
    expect(tookMs).toBeGreaterThan(690);
    expect(observation.timings.totalMs).toBeLessThan(500);
  });

  test('counts the latency to the last expected text', async () => {
    const target = await streaming(SSE, parts(120, 'data: a\n\n', 'data: b\n\n'));
    const check = { timeoutMs: 900, contains: 'data: b', notContains: 'error', maxLatencyMs: 100 };
    const { observation } = await timedRun(target, check);
    expect(observation).toMatchObject({ outcome: 'ok', degraded: [{ code: 'latency' }] });
    expect(observation.timings.totalMs).toBeGreaterThan(110);
    expect(observation.timings.totalMs).toBeLessThan(700);
  });

  test('fails the check as soon as it comes', async () => {
    const target = await streaming(SSE, parts(50, 'data: a\n\n', 'data: err', 'or\n\n'));
    const { observation, detail, tookMs } = await timedRun(target, { ...LONG, notContains: 'error' });
    expect(words(observation)).toBe('failed unexpected_reply');
    expect(detail).toBe('the body contains "error"');
    expect(tookMs).toBeLessThan(1_500);
  });

  test('does not excuse a text that is missing', async () => {
    const target = await streaming(SSE, parts(0, 'data: a\n\n'));
    const check = { timeoutMs: 250, notContains: 'error', contains: 'b' };
    expect(words((await timedRun(target, check)).observation)).toBe('failed timeout');
  });

  test('is judged at the end of a body that ends', async () => {
    const target = await streaming(CHUNKED, parts(100, chunk('all '), `${chunk('is well')}0\r\n\r\n`));
    const { observation, tookMs } = await timedRun(target, {
      ...LONG,
      notContains: 'error',
      maxLatencyMs: 50,
    });
    expect(observation).toMatchObject({ outcome: 'ok', degraded: [{ code: 'latency' }] });
    expect(tookMs).toBeLessThan(1_500);
  });

  test('is unmeasured if the invocation ends first', async () => {
    const target = await streaming(SSE, parts(0, 'data: a\n\n'));
    const check = {
      type: 'http',
      url: `http://127.0.0.1:${target.port}/`,
      notContains: 'error',
      timeoutMs: 5_000,
    };
    const { observations } = await askProbe([check], { deadlineMs: 300 });
    expect(observations.map(words)).toEqual(['unmeasured deadline']);
  });
});

describe.concurrent('a body that breaks off', () => {
  const broken = (head: string, body: string, waitMs: number, reset = false): Promise<WebTarget> =>
    streaming(head, (socket) => {
      socket.write(body);
      setTimeout(() => (reset ? socket.resetAndDestroy() : socket.end()), waitMs);
    });

  test.each([
    ['at once, with nothing expected', 'unexpected_reply', {}, 0, false],
    ['shortly after its text', 'unexpected_reply', { contains: 'hello' }, 50, false],
    ['with a reset', 'reset', {}, 50, true],
    ['late, while a text must not come', 'unexpected_reply', { notContains: 'error' }, 400, false],
    ['late, while a text is missing', 'unexpected_reply', { contains: 'other' }, 400, false],
  ])('still fails the check if chunks end early: %s', async (_, code, check, waitMs, reset) => {
    const target = await broken(CHUNKED, chunk('hello'), waitMs, reset);
    expect(words((await timedRun(target, { ...LONG, ...check })).observation)).toBe(`failed ${code}`);
  });

  test('a body with a length must arrive whole, whatever is expected', async () => {
    const target = await streaming('content-length: 50\r\n', parts(0, 'hello'));
    for (const check of [{}, { contains: 'hello' }, { notContains: 'error' }]) {
      const { observation } = await timedRun(target, { timeoutMs: 250, ...check });
      expect(words(observation)).toBe('failed timeout');
    }
  });
});

test('a redirect whose body never ends is followed', async () => {
  const end = await streaming('content-length: 7\r\n', parts(0, 'the end'));
  const target = await serve(
    rawTarget((socket) => {
      socket.once('data', () =>
        socket.write(`HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:${end.port}/\r\n\r\nmoved`),
      );
    }),
  );
  expect(words((await timedRun(target, { ...LONG, contains: 'the end' })).observation)).toBe('ok');
});

test('a pattern on an endless body of small parts takes bounded time', async () => {
  const target = await streaming('', (socket) => {
    const timer = setInterval(() => socket.write('(a|b)'.repeat(150)), 1);
    socket.once('close', () => clearInterval(timer));
  });
  const used = process.cpuUsage();
  const { observation } = await timedRun(target, { timeoutMs: 800, matches: '(.*a){12}[^ab()|]' });
  const { user } = process.cpuUsage(used);
  expect(words(observation)).toBe('failed timeout');
  expect(user / 1_000).toBeLessThan(2_000);
});
