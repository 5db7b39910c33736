// `npm start` as a black box, with targets of its own: an outage becomes one signed webhook, and no process is left behind.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkTarget } from '../../../scripts/check-target/command.ts';
import { startTarget, type Target, tcp } from '../../../scripts/demo/targets.ts';
import { type Api, call } from '../../../scripts/start/api.ts';
import { freePort } from '../../../scripts/start/ports.ts';
import type { CheckResult } from '../../../src/http/api/check-runs/schema.ts';
import { pause, until } from '../../support/mesh/live-mesh.ts';
import { type Receiver, startReceiver } from '../../support/mesh/receiver.ts';
import { alive, endAll, runScript } from './npm-script.ts';

const TOKEN = 'a-token-for-the-test-of-npm-start';
const SECRET = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;
const SECOND_MS = 1_000;

let dir: string;
let port: number;
let receiver: Receiver;
const targets: Target[] = [];

interface Status {
  readonly state: string;
  readonly monitors: {
    readonly id: string;
    readonly verdict: string;
    readonly locations: { readonly passing: number };
  }[];
}

const api = (): Api => ({ url: `http://127.0.0.1:${port}`, token: TOKEN });
const status = async (): Promise<Status> => (await call(api(), 'GET', '/status')).body as Status;
const verdictOf = async (id: string): Promise<string | undefined> =>
  (await status()).monitors.find((monitor) => monitor.id === id)?.verdict;

/** Below the system's range for outgoing connections, because a closed target's port must stay free. */
const quietPort = (): Promise<number> => freePort(20_000 + Math.floor(Math.random() * 10_000));

const start = (...args: string[]) =>
  runScript('start', ['--data', join(dir, 'data'), '--port', String(port), ...args], {
    PROBEMESH_ADMIN_TOKEN: TOKEN,
  });

/** The API's response to a monitor of each address. Paused monitors connect to nothing. */
async function expectPrivateTargets(expected: Record<string, number>): Promise<void> {
  const statuses: Record<string, number> = {};
  for (const host of Object.keys(expected)) {
    const check = { type: 'tcp', host, port: 22 };
    const monitor = { id: 'private', name: 'Private', intervalSeconds: 30, paused: true, check };
    statuses[host] = (await call(api(), 'POST', '/monitors', monitor)).status;
    await call(api(), 'DELETE', '/monitors/private');
  }
  expect(statuses).toEqual(expected);
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'probemesh-e2e-'));
  port = await quietPort();
  receiver = await startReceiver(SECRET);
  for (const name of ['one', 'two', 'three']) {
    const kind = {
      name,
      title: `Target ${name}`,
      breakage: 'closed' as const,
      respond: () => {},
      check: tcp,
    };
    targets.push(await startTarget(kind, await quietPort()));
  }
  const monitors = targets.map(
    (target) =>
      `  - id: ${target.name}\n    name: ${target.title}\n    intervalSeconds: 30\n    public: true\n    check: { type: tcp, host: 127.0.0.1, port: ${target.port} }\n`,
  );
  const config = `{ url: "${receiver.url}", secret: "${SECRET}" }`;
  const channels = `channels:\n  - id: on-call\n    type: webhook\n    name: On call\n    config: ${config}\nsettings:\n  defaultChannels: [on-call]\n`;
  writeFileSync(join(dir, 'mesh.yaml'), `monitors:\n${monitors.join('')}${channels}`);
});

afterAll(async () => {
  await endAll();
  await receiver.stop();
  await Promise.all(targets.map((target) => target.setUp(false)));
  rmSync(dir, { recursive: true, force: true });
});

it('npm start sends one signed webhook for an outage, one for its end, and leaves no process behind', async () => {
  const mesh = start('--config', join(dir, 'mesh.yaml'), '--allow-cidrs', '10.0.0.0/8');
  expect(await mesh.ready(180 * SECOND_MS)).toBe(api().url);
  await until('every monitor up from six locations', 40 * SECOND_MS, async () =>
    (await status()).monitors.every(({ verdict, locations }) => verdict === 'up' && locations.passing === 6),
  );
  expect(receiver.received).toEqual([]);

  const killedAt = Date.now();
  await targets[0]?.setUp(false);
  const opened = await until('a webhook', 40 * SECOND_MS, () => receiver.received[0]);
  expect(opened.body.type).toBe('incident.opened');
  const { incident, monitor, evidence } = opened.body.data;
  expect(monitor?.id).toBe('one');
  expect(
    evidence.filter(({ vote, streak }) => vote === 'failing' && streak >= 2).length,
  ).toBeGreaterThanOrEqual(4);
  const startedAt = Date.parse(incident?.startedAt ?? '');
  expect(startedAt).toBeGreaterThanOrEqual(killedAt);
  expect(startedAt).toBeLessThanOrEqual(killedAt + 15 * SECOND_MS);
  expect(await verdictOf('one')).toBe('down');
  expect((await status()).state).toBe('partial_outage');
  const page = await (await fetch(`${api().url}/`)).text();
  expect(page).toContain('Target one');
  expect(page.toLowerCase()).toContain('down');

  await pause(20 * SECOND_MS);
  expect(receiver.received).toHaveLength(1);
  const repairedAt = Date.now();
  await targets[0]?.setUp(true);
  const resolved = await until('a second webhook', 40 * SECOND_MS, () => receiver.received[1]);
  expect(resolved.body.type).toBe('incident.resolved');
  expect(resolved.body.data.incident?.id).toBe(incident?.id);
  const downSeconds = resolved.body.data.incident?.downtimeSeconds ?? 0;
  expect(Math.abs(downSeconds - (repairedAt - killedAt) / SECOND_MS)).toBeLessThanOrEqual(15);
  await until('the page to agree', 5 * SECOND_MS, async () => (await verdictOf('one')) === 'up');

  // The other monitors sent no notification, and every request had a valid signature.
  await pause(5 * SECOND_MS);
  expect(receiver.received).toHaveLength(2);
  expect(receiver.refused).toEqual([]);
  await expectPrivateTargets({ '10.0.0.5': 201, '192.168.7.1': 422 });

  const processes = mesh.processes();
  // bootstrap, main, six locations, supervisor, wrangler, workerd.
  expect(processes.length).toBeGreaterThanOrEqual(11);
  mesh.child.kill('SIGTERM');
  expect(await mesh.ended).toBe(0);
  expect(alive(processes)).toEqual([]);
});

it('an invalid configuration changes nothing, and the next start continues with the same monitors', async () => {
  const file = join(dir, 'nowhere.yaml');
  const lines = [
    'monitors:',
    '  - name: Lost',
    '    intervalSeconds: 30',
    '    locations: ["aws:mars-north-1"]',
  ];
  writeFileSync(file, `${lines.join('\n')}\n    check: { type: tcp, host: 127.0.0.1, port: 9 }\n`);
  const refused = start('--config', file);
  expect(await refused.ended).toBe(1);
  expect(refused.lines.join('\n')).toMatch(/nowhere\.yaml:4:\d+ monitors\[0\]\.locations/);

  const mesh = start();
  await mesh.ready(60 * SECOND_MS);
  expect((await status()).monitors.map(({ id }) => id).sort()).toEqual(['one', 'three', 'two']);
  const { incidents } = (await call(api(), 'GET', '/incidents')).body as { incidents: { state: string }[] };
  expect(incidents).toMatchObject([{ state: 'resolved' }]);

  // A check run by hand passes through the Worker to every location, and returns each trace.
  let shown = '';
  const ends = await checkTarget([`127.0.0.1:${targets[1]?.port}`, '--url', api().url, '--json'], {
    env: { PROBEMESH_ADMIN_TOKEN: TOKEN },
    out: (text) => {
      shown += text;
    },
    err: (text) => {
      shown += text;
    },
    onInterrupt: () => {},
  });
  expect([ends, shown]).toEqual([0, expect.stringMatching(/^\{/)]);
  const { results } = JSON.parse(shown) as { results: CheckResult[] };
  expect(results.map(({ outcome }) => outcome)).toEqual(Array(6).fill('ok'));
  for (const { trace } of results)
    expect(trace.map(({ text }) => text)).toContain(`connecting to 127.0.0.1:${targets[1]?.port}`);

  const second = runScript('start', ['--data', join(dir, 'data'), '--port', String(await quietPort())]);
  expect(await second.ended).toBe(1);
  expect(second.lines.join('\n')).toContain(`${join(dir, 'data')} is in use by another probemesh`);

  // No process is left, not even after SIGKILL of the process that owns all others.
  const processes = mesh.processes();
  expect(processes.length).toBeGreaterThanOrEqual(11);
  process.kill(processes[1] ?? -1, 'SIGKILL');
  expect(await mesh.ended).toBe(1);
  await until('every process to be gone', 5 * SECOND_MS, () => alive(processes).length === 0);
});

it('an invalid configuration file is rejected with the line and path of every error, and nothing starts', async () => {
  const file = join(dir, 'typo.yaml');
  writeFileSync(
    file,
    [
      'monitors:',
      '  - name: Shop',
      '    intervalSeconds: 45',
      '    check: { type: tcp, host: shop.example.com, port: 65536 }',
      '    pubic: true',
    ].join('\n'),
  );
  const untouched = join(dir, 'untouched');
  const refused = runScript('start', ['--config', file, '--data', untouched, '--port', String(port)]);
  expect(await refused.ended).toBe(1);
  const text = refused.lines.join('\n');
  expect(text).toMatch(/typo\.yaml:3:\d+ monitors\[0\]\.intervalSeconds: /);
  expect(text).toMatch(/typo\.yaml:4:\d+ monitors\[0\]\.check\.port: /);
  expect(text).toMatch(/typo\.yaml:5:\d+ monitors\[0\]\.pubic: Unknown field/);
  expect(existsSync(untouched)).toBe(false);
});

it('a syntax error in a configuration file is rejected with its line and column', async () => {
  const file = join(dir, 'broken.yaml');
  writeFileSync(file, 'monitors:\n  - name: [Shop\n');
  const refused = runScript('start', ['--config', file, '--data', join(dir, 'untouched')]);
  expect(await refused.ended).toBe(1);
  expect(refused.lines.join('\n')).toMatch(/broken\.yaml:\d+:\d+ /);
});

it('a port that is in use is rejected in one line', async () => {
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
  const address = squatter.address();
  const taken = typeof address === 'object' && address ? address.port : 0;
  const refused = runScript('start', ['--port', String(taken), '--data', join(dir, 'unused')]);
  expect(await refused.ended).toBe(1);
  squatter.close();
  expect(refused.lines).toEqual([
    `probemesh: Port ${taken} on 127.0.0.1 is in use: stop the program that listens there, or give --port another number.`,
  ]);
});

it.each([
  { args: ['--locatoins', '3'], message: "Unknown option '--locatoins'" },
  { args: ['--locations', '0'], message: '--locations must be a whole number from 1 to 12, not 0.' },
  { args: ['--port', '65536'], message: '--port must be a whole number from 1 to 65535, not 65536.' },
  { args: ['--config', 'no-such-file.yaml'], message: 'no-such-file.yaml cannot be read' },
  { args: ['mesh.yaml'], message: "Unexpected argument 'mesh.yaml'" },
])('npm start refuses the arguments $args with a reason', async ({ args, message }) => {
  const refused = runScript('start', args);
  expect(await refused.ended).toBe(1);
  expect(refused.lines.join('\n')).toContain(message);
});
