import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Observation } from '../../../probes/contract/index.ts';
import { because } from '../../support/missing-program.ts';
import { askProbe, words } from '../../support/net/ask-probe.ts';
import { factsOf } from '../../support/net/facts.ts';
import { MAIL_WITH_TLS, REDIS_PING, SSH_BANNER } from './conversations.ts';
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
  test('a script check reads the banner of OpenSSH', async () => {
    const observation = await run(servers?.sshd, { steps: SSH_BANNER });
    expect(words(observation), JSON.stringify(observation)).toBe('ok');
  });

  test('a script check that expects a mail server fails on OpenSSH', async () => {
    const observation = await run(servers?.sshd, { steps: [{ expectMatch: '^220 ', unless: '^SSH-' }] });
    expect(observation).toMatchObject({ outcome: 'failed', code: 'unexpected_reply', phase: 'reply' });
    expect(observation).toHaveProperty('response.body', expect.stringContaining('SSH-2.0-OpenSSH'));
  });

  test('a script check gets a PONG from Redis, and notices the end of the connection', async () => {
    const steps = [...REDIS_PING, { send: 'QUIT\r\n' }, { expect: '+OK' }, { expectEnd: true }];
    const observation = await run(servers?.redis, { steps });
    expect(words(observation), JSON.stringify(observation)).toBe('ok');
  });

  describe('of a Redis with a password', () => {
    const steps = [{ send: 'AUTH "{{password}}"\r\n' }, { expect: '+OK', unless: '^-' }, ...REDIS_PING];

    test('a script check with the right password is ok', async () => {
      const observation = await run(locked, { steps, secrets: { password: PASSWORD } });
      expect(words(observation), JSON.stringify(observation)).toBe('ok');
    });

    test('a script check with a wrong password fails, and reports it nowhere', async () => {
      const observation = await run(locked, { steps, secrets: { password: 'not the password' } });
      expect(observation).toMatchObject({ outcome: 'failed', code: 'unexpected_reply' });
      expect(observation).toHaveProperty('detail', expect.stringContaining('WRONGPASS'));
      expect(JSON.stringify(observation)).not.toContain('not the password');
    });

    test('a script check without the password fails', async () => {
      const observation = await run(locked, { steps: REDIS_PING });
      expect(observation).toHaveProperty('detail', expect.stringContaining('NOAUTH'));
    });
  });

  test('a script check starts TLS within a conversation with a mail server', async () => {
    const observation = await run(servers?.mail, { steps: MAIL_WITH_TLS, ca: servers?.authority.ca });
    expect(words(observation), JSON.stringify(observation)).toBe('ok');
    expect(factsOf(observation)['tls.fingerprint']).toBe(servers?.certificate.fingerprint);
    expect(observation.timings.tlsMs).toBeGreaterThan(0);
  });

  test('a script check fails after STARTTLS if the issuer of the certificate is not trusted', async () => {
    const observation = await run(servers?.mail, { steps: MAIL_WITH_TLS });
    expect(observation).toMatchObject({ outcome: 'failed', code: 'tls', phase: 'tls' });
  });

  test('a script check fails if it starts TLS without the consent of the server', async () => {
    const steps = [{ expectMatch: '^220 ' }, { startTls: true }, { expect: 'never' }];
    const observation = await run(servers?.mail, { steps, ca: servers?.authority.ca, timeoutMs: 2_000 });
    expect(observation).toMatchObject({ outcome: 'failed', phase: 'tls' });
  });

  test('a script check with tls starts TLS with the first byte', async () => {
    const steps = [{ send: 'GET / HTTP/1.0\r\n\r\n' }, { expectMatch: '^HTTP/1\\.1 200 ' }];
    const options = { port: servers?.nginx.tlsPort, tls: true, ca: servers?.authority.ca };
    const observation = await run(servers?.nginx, { steps, ...options });
    expect(words(observation), JSON.stringify(observation)).toBe('ok');
  });
});
