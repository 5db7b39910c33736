// The server's process is stopped: its kernel still accepts connections, and only a conversation detects that.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Observation } from '../../../probes/contract/index.ts';
import { because } from '../../support/missing-program.ts';
import { askProbe, words } from '../../support/net/ask-probe.ts';
import type { Authority } from '../../support/net/certificates.ts';
import { DNS_DATAGRAM, MAIL_WITH_TLS, REDIS_PING, SSH_BANNER } from './conversations.ts';
import { type Servers, serversProblem, startServers } from './servers/all.ts';
import type { LabServer } from './servers/process.ts';

const problem = serversProblem();
const HOST = '127.0.0.1';
const TIMEOUT_MS = 700;

type Name = 'nginx' | 'nsd' | 'sshd' | 'redis' | 'mail';

let servers: Servers | undefined;
beforeAll(async () => {
  if (problem === null) servers = await startServers();
});
afterAll(() => servers?.close());

async function run(check: object): Promise<{ observation: Observation; tookMs: number }> {
  const { observations, tookMs } = await askProbe([{ timeoutMs: TIMEOUT_MS, ...check }]);
  return { observation: observations[0]!, tookMs };
}

const talk = ({ port }: LabServer, steps: readonly object[], authority?: Authority): object => ({
  ...{ type: 'script', host: HOST, port, steps },
  ...(authority === undefined ? {} : { ca: authority.ca }),
});

const query = ({ port }: LabServer, transport: 'udp' | 'tcp'): object => ({
  ...{ type: 'dns', name: 'shop.lab.test', server: HOST, port, transport },
});

/** A check of each server, with the phase that detects the hang; null if the check cannot detect it. */
const CONVERSATIONS: [Name, string, (all: Servers) => object, 'tls' | 'reply' | null][] = [
  ['nginx', 'tcp', ({ nginx }) => ({ host: HOST, port: nginx.port }), null],
  ['nsd', 'tcp', ({ nsd }) => ({ host: HOST, port: nsd.port }), null],
  ['sshd', 'tcp', ({ sshd }) => ({ host: HOST, port: sshd.port }), null],
  ['redis', 'tcp', ({ redis }) => ({ host: HOST, port: redis.port }), null],
  ['mail', 'tcp', ({ mail }) => ({ host: HOST, port: mail.port }), null],
  [
    'nginx',
    'tls',
    (all) => ({ type: 'tls', host: HOST, port: all.nginx.tlsPort, ca: all.authority.ca }),
    'tls',
  ],
  ['nginx', 'http', ({ nginx }) => ({ type: 'http', url: `http://${HOST}:${nginx.port}/` }), 'reply'],
  [
    'nginx',
    'https',
    (all) => ({ type: 'http', url: `https://${HOST}:${all.nginx.tlsPort}/`, ca: all.authority.ca }),
    'tls',
  ],
  ['sshd', 'script', ({ sshd }) => talk(sshd, SSH_BANNER), 'reply'],
  ['redis', 'script', ({ redis }) => talk(redis, REDIS_PING), 'reply'],
  ['mail', 'script', ({ mail, authority }) => talk(mail, MAIL_WITH_TLS, authority), 'reply'],
  ['nsd', 'dns over udp', ({ nsd }) => query(nsd, 'udp'), 'reply'],
  ['nsd', 'dns over tcp', ({ nsd }) => query(nsd, 'tcp'), 'reply'],
  ['nsd', 'udp', ({ nsd }) => ({ type: 'udp', host: HOST, port: nsd.port, ...DNS_DATAGRAM }), 'reply'],
];

describe.skipIf(problem !== null)(`a server that hangs${because(problem)}`, () => {
  test.each(CONVERSATIONS)(
    'a stopped %s makes a %s check time out if it has a conversation, and the check is ok before and after',
    async (...row) => {
      const [name, , check, phase] = row;
      const server = servers![name];
      const before = await run(check(servers!));
      expect(words(before.observation), JSON.stringify(before.observation)).toBe('ok');

      server.hang();
      const { observation, tookMs } = await run(check(servers!)).finally(() => server.resume());
      if (phase === null) expect(words(observation), 'its kernel accepts').toBe('ok');
      else expect(observation).toMatchObject({ outcome: 'failed', code: 'timeout', phase });
      expect(tookMs).toBeLessThan(TIMEOUT_MS + 250);

      await expect
        .poll(async () => words((await run(check(servers!))).observation), { timeout: 10_000 })
        .toBe('ok');
    },
  );
});
