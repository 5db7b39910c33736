// Owns the tests of what answers a step of a script: lines before a `send`, replies of several lines, text without a break.
import { afterEach, describe, expect, test } from 'vitest';
import type { Observation } from '../../../../probes/contract/index.ts';
import { askProbe, words } from '../../../support/net/ask-probe.ts';
import {
  type Conversation,
  type ScriptedServer,
  startScriptedServer,
} from '../../../support/net/scripted-server.ts';

const HOST = '127.0.0.1';
let server: ScriptedServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function run(talk: (with_: Conversation) => void, steps: object[], check = {}): Promise<Observation> {
  await server?.close();
  server = await startScriptedServer(talk);
  const options = { type: 'script', host: HOST, port: server.port, steps, timeoutMs: 600, ...check };
  return (await askProbe([options])).observations[0]!;
}
const detailOf = (observation: Observation): string => ('detail' in observation ? observation.detail : '');

type Part = string | number;

/** Sends the texts one by one; a number waits so many ms. */
function sendParts(talk: Conversation, parts: readonly Part[]): void {
  let atMs = 0;
  for (const part of parts) {
    if (typeof part === 'number') atMs += part;
    else if (atMs === 0) talk.send(part);
    else setTimeout(() => talk.socket.writable && talk.send(part), atMs);
  }
}

/** Greets, then gives the next answer to each line of the probe. */
const answering =
  (greeting: readonly Part[], ...answers: readonly (readonly Part[])[]) =>
  (talk: Conversation): void => {
    let count = 0;
    sendParts(talk, greeting);
    talk.onLine(() => sendParts(talk, answers[count++] ?? []));
  };

const EHLO = [{ expect: '220' }, { send: 'EHLO p\r\n' }, { expect: '250', unless: '^[45]' }];
const MAIL = [{ send: 'MAIL FROM:<a@example.org>\r\n' }, { expect: '250', unless: '^[45]' }];
const FIVE_LINES = '250-mail Hello\r\n250-SIZE 1\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 HELP\r\n';

describe('a send draws a line', () => {
  test('the rest of the answer to EHLO does not answer MAIL FROM', async () => {
    const smtp = answering(['220 mail\r\n'], [FIVE_LINES], ['530 5.7.57 not authenticated\r\n']);
    const observation = await run(smtp, [...EHLO, ...MAIL]);
    expect(words(observation)).toBe('failed unexpected_reply');
    expect(detailOf(observation)).toBe(
      'step 5 expected a line with "250", and the peer sent "530 5.7.57 not authenticated"',
    );
  });

  test('a rest that arrives late does not answer the next command, which waits for it', async () => {
    const late = ['250-mail Hello\r\n', 60, '250-SIZE 1\r\n250-X\r\n', 60, '250 HE', 30, 'LP\r\n'];
    const observation = await run(answering(['220 mail\r\n'], late, ['530 no\r\n']), [...EHLO, ...MAIL]);
    expect(detailOf(observation)).toContain('step 5 expected a line with "250", and the peer sent "530 no"');
    expect(words(await run(answering(['220 mail\r\n'], late, ['250 ok\r\n']), [...EHLO, ...MAIL]))).toBe(
      'ok',
    );
  });

  test('the probe sends nothing before a greeting of several lines is complete', async () => {
    const receivedEarly: string[] = [];
    const postscreen = (talk: Conversation): void => {
      talk.send('220-mail waits\r\n');
      setTimeout(() => {
        receivedEarly.push(...talk.received);
        talk.send('220 mail\r\n');
      }, 100);
      talk.onLine(() => talk.send('250 ok\r\n'));
    };
    expect(words(await run(postscreen, EHLO))).toBe('ok');
    expect(receivedEarly).toEqual([]);
  });

  test('lines without a code that arrived before a send do not answer it', async () => {
    const chatty = answering(['hello\r\nOK ready\r\n'], ['ERR no\r\n']);
    const steps = [
      { expect: 'hello' },
      { pauseMs: 50 },
      { send: 'PING\r\n' },
      { expect: 'OK', unless: '^ERR' },
    ];
    const observation = await run(chatty, steps);
    expect(detailOf(observation)).toContain('expected a line with "OK", and the peer sent "ERR no"');
  });

  test('bytes that arrived before a send do not answer it', async () => {
    const binary = answering(['\u0001\u0001'], ['\u0002']);
    const steps = (hex: string) => [{ pauseMs: 50 }, { send: 'x\n' }, { expectHex: hex }];
    expect(words(await run(binary, steps('02')))).toBe('ok');
    expect(words(await run(binary, steps('01')))).toBe('failed unexpected_reply');
  });

  test('a reply of which a part arrived before a send does not answer it with its rest', async () => {
    const steps = [
      { expect: '220' },
      { send: 'EHLO p\r\n' },
      { pauseMs: 60 },
      { send: 'MAIL\r\n' },
      { expect: '250', unless: '^5' },
    ];
    const halves: [first: string, rest: string][] = [
      ['250-one\r\n', '250 two\r\n'],
      ['250-one\r\n250-t', 'wo\r\n250 three\r\n'],
    ];
    for (const [first, rest] of halves) {
      const smtp = answering(['220 mail\r\n'], [first, 150, rest], [150, '530 no\r\n']);
      expect(detailOf(await run(smtp, steps))).toContain('and the peer sent "530 no"');
    }
  });
});

describe('a reply of several lines', () => {
  test('one reply meets one expectation of its code, also when commands are pipelined', async () => {
    const pipelined = [
      { expect: '220' },
      { send: 'EHLO p\r\nMAIL\r\n' },
      { expect: '250' },
      { expect: '250', unless: '^5' },
    ];
    const smtp = answering(['220 mail\r\n'], [FIVE_LINES], ['550 no\r\n']);
    expect(detailOf(await run(smtp, pipelined))).toContain(
      'step 4 expected a line with "250", and the peer sent "550 no"',
    );
    expect(words(await run(answering(['220 mail\r\n'], [FIVE_LINES], ['250 ok\r\n']), pipelined))).toBe('ok');
  });

  test('steps before the next send may each expect a line of the same reply', async () => {
    const steps = [
      { expect: '220' },
      { send: 'EHLO p\r\n' },
      { expect: 'SIZE' },
      { expect: '8BITMIME' },
      { expectMatch: '^250 ' },
      { send: 'QUIT\r\n' },
      { expectMatch: '^221 ' },
    ];
    expect(words(await run(answering(['220 mail\r\n'], [FIVE_LINES], ['221 bye\r\n']), steps))).toBe('ok');
  });

  test('a line of the reply that matches `unless` fails the step, behind the expected line as well', async () => {
    const steps = [{ expect: '220', unless: '^[45]' }];
    expect(detailOf(await run(answering(['220-mail\r\n', 50, '554 blocked\r\n']), steps))).toBe(
      'step 1 expected a line with "220", and the peer sent "554 blocked"',
    );
  });

  test('a reply of FTP may have lines without a code in it', async () => {
    const ftp = answering(
      ['220-Welcome\r\n 331 users before you\r\n  220 no\r\n220 ready\r\n'],
      ['331 password\r\n'],
    );
    const steps = [{ expect: '220' }, { send: 'USER a\r\n' }, { expect: '331' }];
    expect(words(await run(ftp, steps))).toBe('ok');
  });

  test('a reply that does not end is a timeout, and one that ends with the connection is complete', async () => {
    expect(words(await run(answering(['220-mail\r\n']), [{ expect: '220' }]))).toBe('failed timeout');
    expect(words(await run((talk) => void talk.socket.end('221-bye\r\n'), [{ expect: '221' }]))).toBe('ok');
  });
});

describe('text without a line break', () => {
  const STREAM = "<?xml version='1.0'?><stream:stream id='1' xmlns='jabber:client'>";
  const FEATURES = '<stream:features><starttls/></stream:features>';
  const steps = [
    { send: '<stream:stream>\n' },
    { expect: '<stream:stream', unless: '<stream:error' },
    { expectMatch: '<starttls[^>]*>', unless: '<stream:error' },
  ];

  test('a script follows XMPP, which has no lines, however its text is split', async () => {
    expect(words(await run(answering([], [STREAM + FEATURES]), steps, { timeoutMs: 1_500 }))).toBe('ok');
    expect(words(await run(answering([], [STREAM, 300, FEATURES]), steps, { timeoutMs: 1_500 }))).toBe('ok');
    const failing = answering([], [`${STREAM}<stream:error/>`]);
    expect(detailOf(await run(failing, steps, { timeoutMs: 1_500 }))).toContain('step 3');
  });

  test('a script answers prompts', async () => {
    const telnet = answering(['machine\r\nlogin: '], ['\r\nPassword: '], ['\r\nwelcome\r\n']);
    const login = [
      { expectMatch: 'login: $' },
      { send: 'me\n' },
      { expect: 'Password:' },
      { send: 'secret\n' },
      { expect: 'welcome' },
    ];
    expect(words(await run(telnet, login, { timeoutMs: 1_500 }))).toBe('ok');
  });

  test('an expected text with a line break is the end of a line', async () => {
    const lines = answering(['ready\r\n'], ['+OK 12\r\n', 60, '+OK 1\r\n']);
    const steps = [{ expect: 'ready\n' }, { send: 'COUNT\r\n' }, { expect: '+OK 1\r\n' }];
    expect(words(await run(lines, steps))).toBe('ok');
    expect(words(await run(answering(['readyish\r\n']), [{ expect: 'ready\r\n' }]))).toBe('failed timeout');
  });

  test('a line that arrives in two parts is still one line', async () => {
    const split = (first: string) => answering([first, 60, `AY${first === 'OK' ? '' : '!'}\r\n`]);
    expect(words(await run(split('OK'), [{ expectMatch: '^OK$' }]))).toBe('failed timeout');
    expect(words(await run(split('OK'), [{ expect: 'OK', unless: 'never' }]))).toBe('ok');
  });

  test('the pause that shows that no line break follows does not count as latency', async () => {
    const prompt = answering(['ready> ']);
    expect(await run(prompt, [{ expect: 'ready>' }], { maxLatencyMs: 200 })).not.toHaveProperty('degraded');
  });
});
