import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Observation } from '../../../probes/contract/index.ts';
import { askProbe, words } from '../../support/net/ask-probe.ts';
import { factsOf } from '../../support/net/facts.ts';
import { MAIL_WITH_TLS, REDIS_PING, SSH_BANNER } from './conversations.ts';
import { because } from './packages.ts';
import { type Servers, serversProblem, startServers } from './servers/all.ts';
import type { LabServer } from './servers/process.ts';
import { startRedis } from './servers/redis.ts';

const problem = serversProblem();
const HOST = '127.0.0.1';
const PASSWORD = 'a password of the lab';

let servers: Servers | undefined;
let locked: LabServer | undefined;
beforeAll(async () => {
  if (problem !== null) return;
  servers = await startServers();
  locked = await startRedis({ password: PASSWORD });
});
afterAll(async () => {
  await locked?.close();
  await servers?.close();
});

async function run(server: LabServer | undefined, options: object): Promise<Observation> {
  const { observations } = await askProbe([{ type: 'script', host: HOST, port: server?.port, ...options }]);
  return observations[0]!;
}

describe.skipIf(problem !== null)(`a script check${because(problem)}`, () => {
  test('hears the banner of OpenSSH', async () => {
    const seen = await run(servers?.sshd, { steps: SSH_BANNER });
    expect(words(seen), JSON.stringify(seen)).toBe('ok');
  });

  test('fails on OpenSSH when it expects the mail server', async () => {
    const seen = await run(servers?.sshd, { steps: [{ expectMatch: '^220 ', unless: '^SSH-' }] });
    expect(seen).toMatchObject({ outcome: 'failed', code: 'unexpected_reply', phase: 'reply' });
    expect(seen).toHaveProperty('reply.body', expect.stringContaining('SSH-2.0-OpenSSH'));
  });

  test('gets a PONG for its PING of Redis, and hears it end the connection', async () => {
    const steps = [...REDIS_PING, { send: 'QUIT\r\n' }, { expect: '+OK' }, { expectEnd: true }];
    const seen = await run(servers?.redis, { steps });
    expect(words(seen), JSON.stringify(seen)).toBe('ok');
  });

  describe('of a Redis that asks for a password', () => {
    const steps = [{ send: 'AUTH "{{password}}"\r\n' }, { expect: '+OK', unless: '^-' }, ...REDIS_PING];

    test('is ok with the right one', async () => {
      const seen = await run(locked, { steps, secrets: { password: PASSWORD } });
      expect(words(seen), JSON.stringify(seen)).toBe('ok');
    });

    test('fails with a wrong one, and shows it nowhere', async () => {
      const seen = await run(locked, { steps, secrets: { password: 'not the password' } });
      expect(seen).toMatchObject({ outcome: 'failed', code: 'unexpected_reply' });
      expect(seen).toHaveProperty('detail', expect.stringContaining('WRONGPASS'));
      expect(JSON.stringify(seen)).not.toContain('not the password');
    });

    test('fails with none', async () => {
      const seen = await run(locked, { steps: REDIS_PING });
      expect(seen).toHaveProperty('detail', expect.stringContaining('NOAUTH'));
    });
  });

  test('begins TLS in the middle of a conversation with a mail server', async () => {
    const seen = await run(servers?.mail, { steps: MAIL_WITH_TLS, ca: servers?.authority.ca });
    expect(words(seen), JSON.stringify(seen)).toBe('ok');
    expect(factsOf(seen)['tls.fingerprint']).toBe(servers?.certificate.fingerprint);
    expect(seen.timings.tlsMs).toBeGreaterThan(0);
  });

  test('fails there when nobody vouches for the certificate', async () => {
    const seen = await run(servers?.mail, { steps: MAIL_WITH_TLS });
    expect(seen).toMatchObject({ outcome: 'failed', code: 'tls', phase: 'tls' });
  });

  test('fails when TLS is to begin and the server has not agreed to it', async () => {
    const steps = [{ expectMatch: '^220 ' }, { startTls: true }, { expect: 'never' }];
    const seen = await run(servers?.mail, { steps, ca: servers?.authority.ca, timeoutMs: 2_000 });
    expect(seen).toMatchObject({ outcome: 'failed', phase: 'tls' });
  });

  test('speaks TLS from the first byte on', async () => {
    const steps = [{ send: 'GET / HTTP/1.0\r\n\r\n' }, { expectMatch: '^HTTP/1\\.1 200 ' }];
    const options = { port: servers?.nginx.tlsPort, tls: true, ca: servers?.authority.ca };
    const seen = await run(servers?.nginx, { steps, ...options });
    expect(words(seen), JSON.stringify(seen)).toBe('ok');
  });
});
