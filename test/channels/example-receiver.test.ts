// The example receiver as a user runs it: its own process, over a real socket.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import { generateSecret, webhook } from '../../src/channels/webhook.ts';
import { requestOf } from '../support/channels/requests.ts';
import { bodyOf } from '../support/engine/notifications.ts';

const path = new URL('../../examples/receiver/receiver.mjs', import.meta.url).pathname;
let child: ChildProcessByStdio<null, Readable, Readable> | undefined;
let output = '';

afterEach(async () => {
  if (child && child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit');
  output = '';
});

function run(env: Record<string, string>) {
  child = spawn(process.execPath, [path], { env: { PORT: '0', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => (output += text));
  return child;
}

async function printed(pattern: RegExp): Promise<RegExpExecArray> {
  for (const until = Date.now() + 10_000; Date.now() < until; ) {
    const match = pattern.exec(output);
    if (match) return match;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`never printed ${pattern}, but: ${output}`);
}

test('the example receiver acts once per webhook-id and rejects a wrong signature', async () => {
  const secret = generateSecret();
  run({ WEBHOOK_SECRET: secret });
  const [, port] = await printed(/listening on port (\d+)/);
  const send = async (id: string, signedWith = secret): Promise<number> => {
    const config = { url: `http://127.0.0.1:${port}/`, secret: signedWith };
    const { url, ...init } = await requestOf(
      webhook,
      { id, body: bodyOf('incident.opened') },
      config,
      Date.now(),
    );
    return (await fetch(url, init)).status;
  };
  expect([await send('n1'), await send('n1'), await send('n2')]).toEqual([204, 204, 204]);
  expect(await send('n3', generateSecret())).toBe(401);
  await printed(/rejected: /);
  expect(output.match(/^incident\.opened .*failing from aws:eu-central-1/gm)?.length).toBe(2);
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(405);
});

test('the example receiver exits and names the missing variable if it has no secret', async () => {
  const [code] = await once(run({}), 'exit');
  expect(code).toBe(1);
  await printed(/WEBHOOK_SECRET is not set/);
});
