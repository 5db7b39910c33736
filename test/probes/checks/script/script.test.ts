// Owns the tests of a script against a server on loopback. Longer than 300 lines, since all tests share that server.

import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Observation } from '../../../../probes/contract/index.ts';
import { because } from '../../../support/missing-program.ts';
import { askProbe, inTime, words } from '../../../support/net/ask-probe.ts';
import { type Authority, createAuthority, noOpenssl, type Pair } from '../../../support/net/certificates.ts';
import { factsOf, textFact } from '../../../support/net/facts.ts';
import {
  type Conversation,
  type ScriptedServer,
  startScriptedServer,
} from '../../../support/net/scripted-server.ts';
import { stoppedTarget } from '../../../support/net/targets.ts';

const HOST = '127.0.0.1';
let server: ScriptedServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** One run of a script against a server with this conversation. */
async function run(
  talk: (with_: Conversation) => void,
  steps: object[],
  check: object = {},
  pair?: Pair,
  trace = false,
): Promise<Observation> {
  server = await startScriptedServer(talk, pair);
  const options = { type: 'script', host: HOST, port: server.port, steps, timeoutMs: 600, ...check };
  return (await askProbe([options], { trace })).observations[0]!;
}
const detailOf = (observation: Observation): string => ('detail' in observation ? observation.detail : '');

/** The part of Redis that the scripts use. */
const redis = (talk: Conversation): void =>
  talk.onLine((line) =>
    talk.send(line === 'PING' ? '+PONG\r\n' : line === 'AUTH open sesame' ? '+OK\r\n' : '-ERR no\r\n'),
  );

describe('a script', () => {
  test('a script is ok if every step succeeds, and ends with a FIN', async () => {
    let ended = false;
    const observation = await run(
      (talk) => {
        redis(talk);
        talk.socket.on('end', () => {
          ended = true;
          talk.socket.end();
        });
      },
      [{ send: 'PING\r\n' }, { expect: '+PONG', unless: '^-' }],
    );
    expect(words(observation)).toBe('ok');
    expect(observation.timings.firstByteMs).toBeGreaterThan(0);
    expect(server?.received).toEqual(['PING']);
    expect(ended).toBe(true);
  });

  test('a script skips lines before the expected one, such as banners', async () => {
    const smtp = (talk: Conversation): void => {
      talk.send('220-welcome\r\n220-to the machine\r\n220 ready\r\n');
      talk.onLine((line) =>
        talk.send(line === 'QUIT' ? '221 bye\r\n' : '250-one\r\n250-two\r\n250 three\r\n'),
      );
    };
    const steps = [
      { expectMatch: '^220 ' },
      { send: 'EHLO probe\r\n' },
      { expectMatch: '^250 ' },
      { send: 'QUIT\r\n' },
      { expect: '221' },
    ];
    expect(words(await run(smtp, steps))).toBe('ok');
    expect(server?.received).toEqual(['EHLO probe', 'QUIT']);
  });

  test('a script fails at once at a line that matches `unless`, and names the step and the line', async () => {
    const startedAt = performance.now();
    const observation = await run(redis, [
      { send: 'PING\r\n' },
      { expect: '+PONG', unless: '^-' },
      { send: 'SHUTDOWN\r\n' },
      { expect: '+OK', unless: '^-' },
    ]);
    expect(observation).toMatchObject({ outcome: 'failed', code: 'unexpected_reply', phase: 'reply' });
    expect(detailOf(observation)).toBe('step 4 expected a line with "+OK", and the peer sent "-ERR no"');
    expect(observation).toMatchObject({ response: { body: '+PONG\n-ERR no' } });
    expect(performance.now() - startedAt).toBeLessThan(inTime(300));
  });

  test('a script accepts an expected line even if `unless` also matches it', async () => {
    expect(words(await run((talk) => talk.send('-OK\n'), [{ expect: 'OK', unless: '^-' }]))).toBe('ok');
  });

  test('a script that waits until its timeout reports the last line received', async () => {
    const observation = await run(redis, [{ send: 'HELLO\r\n' }, { expectMatch: '^[+]OK' }]);
    expect(observation).toMatchObject({
      outcome: 'failed',
      code: 'timeout',
      phase: 'reply',
      response: { body: '-ERR no' },
    });
    expect(detailOf(observation)).toBe(
      `step 2 expected a line that matches ^[+]OK: ${HOST}:${server?.port} is connected and did not send a line within 600 ms; the last line received was "-ERR no"`,
    );
  });

  test('a script accepts a last line without its line break, and fails on an incomplete one', async () => {
    const sends = (text: string) => (talk: Conversation) => void talk.socket.end(text);
    expect(words(await run(sends('hello\nready'), [{ expect: 'ready' }]))).toBe('ok');
    await server?.close();
    const observation = await run(sends('hello\nrea'), [{ expect: 'ready' }]);
    expect(words(observation)).toBe('failed unexpected_reply');
    expect(detailOf(observation)).toBe(
      'step 1 expected a line with "ready", and the peer ended the connection',
    );
    expect(observation).toMatchObject({ response: { body: 'hello\nrea' } });
  });

  test('a script compares bytes one by one', async () => {
    const mysql = Buffer.from('4a0000000a382e3000', 'hex');
    const sends = (bytes: Uint8Array) => (talk: Conversation) => talk.send(bytes);
    expect(words(await run(sends(mysql), [{ expectHex: '?? ?? ?? 00 0a' }]))).toBe('ok');
    await server?.close();
    const observation = await run(sends(mysql), [{ expectHex: '?? ?? ?? 00 09' }]);
    expect(detailOf(observation)).toBe(
      'step 1 expected the bytes ?? ?? ?? 00 09, and the peer sent "0x4a0000000a"',
    );
    await server?.close();
    const short = await run((talk) => void talk.socket.end('J'), [{ expectHex: '?? ??' }]);
    expect(detailOf(short)).toBe('step 1 expected the bytes ?? ??, and the peer ended the connection before');
    await server?.close();
    const sent = await run(
      (talk) => talk.onData((data) => talk.send(data)),
      [{ sendHex: '00 ff' }, { expectHex: '00 ff' }],
    );
    expect(words(sent)).toBe('ok');
  });

  test('a script waits for the end of the connection', async () => {
    const quits = (talk: Conversation): void =>
      talk.onLine(() => void talk.socket.end('221 bye\r\nreally\r\n'));
    const steps = [{ send: 'QUIT\r\n' }, { expect: '221' }, { expectEnd: true }];
    expect(words(await run(quits, steps))).toBe('ok');
    await server?.close();
    const observation = await run((talk) => talk.onLine(() => talk.send('221 bye\r\n')), steps);
    expect(words(observation)).toBe('failed timeout');
    expect(detailOf(observation)).toContain('step 3 expected the end of the connection: ');
  });

  test('a script pauses, and a slow conversation raises a warning', async () => {
    const observation = await run(redis, [{ pauseMs: 150 }, { send: 'PING\r\n' }, { expect: '+PONG' }], {
      maxLatencyMs: 100,
    });
    expect(observation).toMatchObject({ outcome: 'ok', degraded: [{ code: 'latency', limit: 100 }] });
    expect(observation.timings.totalMs).toBeGreaterThan(150);
  });

  test('a script reports a reset with its step', async () => {
    const observation = await run(
      (talk) => talk.onLine(() => void talk.socket.resetAndDestroy()),
      [{ send: 'PING\r\n' }, { expect: '+PONG' }],
    );
    expect(words(observation)).toBe('failed reset');
    expect(detailOf(observation)).toMatch(
      /^step 2 expected a line with "\+PONG": 127.0.0.1:\d+ reset the connection$/,
    );
  });

  test('a script to a process that hangs behind its open port is a timeout in the reply phase', async () => {
    const stopped = await stoppedTarget();
    const steps = [{ send: 'PING\r\n' }, { expect: '+PONG' }];
    const options = { type: 'script', host: HOST, port: stopped.port, steps, timeoutMs: 400 };
    const { observations, tookMs } = await askProbe([options]);
    expect(observations[0]).toMatchObject({ outcome: 'failed', code: 'timeout', phase: 'reply' });
    expect(tookMs).toBeLessThan(inTime(900));
    await stopped.close();
  });
});

describe('a hostile peer', () => {
  const steps = [{ expect: 'ready' }];

  test.each<[string, (talk: Conversation) => void, string]>([
    [
      'that sends empty lines without end',
      (talk) => talk.send('\n'.repeat(400_000)),
      'sent 1001 lines without it',
    ],
    [
      'that sends one line without end',
      (talk) => talk.send('x'.repeat(400_000)),
      'a line of more than 8192 bytes',
    ],
    [
      'that sends long lines without end',
      (talk) => talk.send(`${'x'.repeat(8_000)}\n`.repeat(300)),
      'more than 1048576 bytes',
    ],
  ])('a hostile peer fails the script quickly: a peer %s', async (_, talk, hint) => {
    const startedAt = performance.now();
    const observation = await run(talk, steps, { timeoutMs: 5_000 });
    expect(words(observation)).toBe('failed unexpected_reply');
    expect(detailOf(observation)).toContain(hint);
    expect(performance.now() - startedAt).toBeLessThan(inTime(1_500));
  });

  test('a hostile peer cannot make a large pattern expensive', async () => {
    const pattern = '(a?){160}a{160}';
    const startedAt = performance.now();
    const observation = await run(
      (talk) => talk.send(`${'a'.repeat(100)}${'b'.repeat(7_000)}\n`.repeat(140)),
      [{ expectMatch: `${pattern}c` }],
      {
        timeoutMs: 5_000,
      },
    );
    expect(words(observation)).toBe('failed unexpected_reply');
    expect(performance.now() - startedAt).toBeLessThan(inTime(1_500));
  });

  test('a peer that sends one byte a second does not send a line in time', async () => {
    const drips = (talk: Conversation): void => {
      talk.send('r');
      const timer = setInterval(() => talk.send('e'), 1_000);
      talk.socket.on('close', () => clearInterval(timer));
    };
    expect(words(await run(drips, steps))).toBe('failed timeout');
  });

  test('a peer that has closed its half receives the data, and the script does not wait for it', async () => {
    const startedAt = performance.now();
    expect(words(await run((talk) => void talk.socket.end(), steps))).toBe('failed unexpected_reply');
    expect(performance.now() - startedAt).toBeLessThan(inTime(400));
  });
});

describe('secrets of a script', () => {
  const secrets = { password: 'open sesame' };

  test('secrets of a script are sent and expected, and never reported in any encoding', async () => {
    const steps = [{ send: 'AUTH {{password}}\r\n' }, { expect: '{{password}}!', unless: '^-' }];
    const answers = [
      '-ERR wrong: open sesame\r\n',
      `-${'x'.repeat(100)} open sesame ${'x'.repeat(900)} open sesame\r\n-again\r\n`,
      `-${Buffer.from('user:open sesame').toString('base64')}\r\n`,
      `-\u0001open sesame\r\n`,
    ];
    for (const answer of answers) {
      const observation = await run((talk) => talk.onLine(() => talk.send(answer)), steps, { secrets });
      expect(server?.received).toEqual(['AUTH open sesame']);
      expect(words(observation)).toBe('failed unexpected_reply');
      expect(JSON.stringify(observation)).not.toMatch(/sesame|open ses|b3BlbiBzZXNhbW/);
      expect(detailOf(observation)).toContain('"{{password}}!"');
      await server?.close();
    }
  });

  test('secrets of a script are redacted from a trace before it is truncated', async () => {
    const steps = [{ send: 'AUTH {{password}}\r\n' }, { expect: 'never', unless: '^-' }];
    for (const before of [0, 380, 390, 393]) {
      const answer = `-${'x'.repeat(before)}open sesame${'y'.repeat(90)}\r\n`;
      const observation = await run(
        (talk) => talk.onLine(() => talk.send(answer)),
        steps,
        { secrets },
        undefined,
        true,
      );
      const text = JSON.stringify(observation);
      expect(text).toContain('sent \\"AUTH •••');
      expect(text).not.toMatch(/x[opens ]+[^•]*$|xo|sesame/);
      await server?.close();
    }
  });

  test('secrets of a script are compared literally', async () => {
    const steps = [{ send: 'AUTH {{password}}\r\n' }, { expect: '{{password}}!' }];
    const right = await run((talk) => talk.onLine(() => talk.send('open sesame!\r\n')), steps, { secrets });
    expect(words(right)).toBe('ok');
  });
});

describe.skipIf(noOpenssl !== null)(`TLS in a script${because(noOpenssl)}`, () => {
  let authority: Authority;
  let pair: Pair;
  beforeAll(async () => {
    authority = await createAuthority();
    pair = await authority.issue('DNS:mail.example.com,IP:127.0.0.1', -1, 10);
  });

  const STEPS = [
    { expect: '220' },
    { send: 'STARTTLS\r\n' },
    { expect: '220' },
    { startTls: true },
    { send: 'EHLO probe\r\n' },
    { expectMatch: '^250 ' },
  ];
  /** `more` is what comes in the clear right behind the go-ahead. */
  const smtp =
    (more = '') =>
    (talk: Conversation): void => {
      talk.send('220 ready\r\n');
      talk.onLine((line) => {
        if (line !== 'STARTTLS') return talk.send('502 no\r\n');
        talk.send(`220 go ahead\r\n${more}`);
        const secured = talk.startTls(pair);
        secured.onLine(() => secured.send('250-inside\r\n250 done\r\n'));
      });
    };

  test('a script starts TLS on the open connection and reports the certificate', async () => {
    const observation = await run(smtp(), STEPS, { ca: authority.ca, serverName: 'mail.example.com' });
    expect(detailOf(observation)).toBe('');
    expect(observation.outcome).toBe('ok');
    expect(factsOf(observation)['tls.protocol']).toBe('TLSv1.3');
    expect(observation).toMatchObject({ degraded: [{ code: 'certificate', limit: 14 }] });
    expect(observation.timings.tlsMs).toBeGreaterThan(0);
    expect(server?.received).toEqual(['STARTTLS', 'EHLO probe']);
  });

  test('a script starts TLS with the first byte', async () => {
    const observation = await run(
      redis,
      [{ send: 'PING\r\n' }, { expect: '+PONG' }],
      { tls: true, ca: authority.ca, certificateDays: [] },
      pair,
    );
    expect(detailOf(observation)).toBe('');
    expect(observation.outcome).toBe('ok');
    expect(Date.parse(textFact(observation, 'tls.validTo'))).not.toBeNaN();
    expect(observation).not.toHaveProperty('degraded');
  });

  test('a script rejects a certificate for another name or of an unknown authority, unless it trusts any', async () => {
    const other = await run(smtp(), STEPS, { ca: authority.ca, serverName: 'shop.example.com' });
    expect(other).toMatchObject({ outcome: 'failed', code: 'tls', phase: 'tls' });
    expect(detailOf(other)).toMatch(/^step 4 \(startTls\): .*not for shop\.example\.com/);
    await server?.close();
    expect(words(await run(smtp(), STEPS))).toBe('failed tls');
    await server?.close();
    expect(words(await run(smtp(), STEPS, { trust: 'any' }))).toBe('ok');
  });

  test('a script does not accept plain text as encrypted data', async () => {
    const observation = await run(smtp('250 injected\r\n'), STEPS, { trust: 'any' });
    expect(words(observation)).toBe('failed unexpected_reply');
    expect(detailOf(observation)).toContain('step 4 (startTls): ');
    expect(detailOf(observation)).toContain('sent more bytes where TLS had to start');
  });

  test('a script fails as tls without TLS at the server, and as timeout without a response', async () => {
    const babbles = (talk: Conversation): void => talk.onData(() => talk.send('220 what?\r\n'));
    expect(words(await run(babbles, [{ expect: 'x' }], { tls: true }))).toBe('failed tls');
    await server?.close();
    const observation = await run(() => {}, [{ expect: 'x' }], { tls: true, timeoutMs: 300 });
    expect(observation).toMatchObject({ outcome: 'failed', code: 'timeout', phase: 'tls' });
  });

  test('a script requests TLS from PostgreSQL', async () => {
    const postgres = (talk: Conversation): void =>
      talk.onData((data) => {
        if (data.toString('hex') !== '0000000804d2162f') return;
        talk.send('S');
        talk.startTls(pair);
      });
    const steps = [{ sendHex: '00 00 00 08 04 d2 16 2f' }, { expectHex: '53' }, { startTls: true }];
    expect(words(await run(postgres, steps, { ca: authority.ca }))).toBe('ok');
  });
});

test('a script reports at once that a peer ended before TLS started', async () => {
  const observation = await run(
    (talk) => void talk.socket.end('220 ready\r\n'),
    [{ expect: '220' }, { pauseMs: 50 }, { startTls: true }],
  );
  expect(words(observation)).toBe('failed tls');
  expect(detailOf(observation)).toContain('ended the connection');
});

test('a secret that returns in two parts is redacted as a whole', async () => {
  const observation = await run(
    (talk) =>
      talk.onLine((line) => {
        talk.send(`got ${line.slice(0, 6)}`);
        setTimeout(() => talk.send(line.slice(6)), 50);
      }),
    [{ send: '{{key}}\r\n' }, { expectEnd: true }],
    { secrets: { key: 'front-and-back' }, timeoutMs: 300 },
  );
  expect(words(observation)).toBe('failed timeout');
  expect(observation).toMatchObject({ response: { body: 'got •••' } });
  expect(detailOf(observation)).toContain('"got •••"');
});
