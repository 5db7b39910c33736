import { expect, test } from 'vitest';
import { askProbe, words } from '../../support/net/ask-probe.ts';
import { serve } from '../../support/net/http-run.ts';
import { rawTarget } from '../../support/net/http-server.ts';

test('a report with many long responses stays within what Lambda returns', async () => {
  const long = `: ${'\xff'.repeat(256)}\r\n`;
  const names = ['via', 'age', 'date', 'allow', 'server', 'cf-ray', 'x-cache', 'location', 'retry-after'];
  const { port } = await serve(
    rawTarget((socket) =>
      socket.once('data', () => {
        socket.write(`HTTP/1.1 500 no\r\n${names.map((name) => name + long).join('')}\r\n`, 'latin1');
        socket.end('\x01'.repeat(1_024));
      }),
    ),
  );
  const check = { type: 'http', url: `http://127.0.0.1:${port}/`, timeoutMs: 8_000 };
  const { observations } = await askProbe(Array.from({ length: 650 }, () => check));
  expect(new Set(observations.map(words))).toEqual(new Set(['failed unexpected_reply']));
  expect(Buffer.byteLength(JSON.stringify(observations))).toBeLessThan(6_000_000);
  expect(observations[0]).toHaveProperty('response');
});
