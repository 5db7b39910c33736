// `npm run estimate`: its options, a configuration file, a mesh, and mistakes.

import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { estimateCommand } from '../../../scripts/estimate/command.ts';
import { costTable } from '../../../scripts/estimate/readme-table.ts';

const folder = mkdtempSync(join(tmpdir(), 'probemesh-estimate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(args: string, env: Record<string, string> = {}) {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await estimateCommand(args.split(' ').filter(Boolean), {
    ...{ env, cwd: folder },
    ...{ out: (line) => void out.push(line), err: (line) => void err.push(line) },
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

const groupsOf = async (args: string, env?: Record<string, string>) => {
  const { code, out, err } = await run(`${args} --json`, env);
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out).workload.groups;
};

describe('the options', () => {
  test('without any describe 100 monitors with http, every 60 s, at six locations', async () => {
    expect(await groupsOf('')).toEqual([{ monitors: 100, intervalSeconds: 60, check: 'http', locations: 6 }]);
  });

  test('after --monitors are of that group, and before it of all groups', async () => {
    const groups = await groupsOf(
      '--interval 300 --monitors 5 --check tcp --monitors 7 --interval 30 --regions eu-central-1,aws:us-east-1',
    );
    expect(groups).toEqual([
      { monitors: 5, intervalSeconds: 300, check: 'tcp', locations: 2 },
      { monitors: 7, intervalSeconds: 30, check: 'http', locations: 2 },
    ]);
  });

  test('print the sum, the line that costs most and the warnings, for people', async () => {
    const { code, out } = await run('--monitors 1000 --plan free');
    expect(code).toBe(0);
    expect(out).toMatch(/\$\d+\.\d\d a month, before tax\. Most of it: Egress\./);
    expect(out).toContain('Warning: Statements of a tick');
  });

  test('--prices names the source of each price, and --table prints the table of README.md', async () => {
    expect((await run('--prices')).out).toContain('https://aws.amazon.com/lambda/pricing/');
    expect((await run('--table')).out).toBe(costTable());
    expect((await run('--help')).out).toContain('--monitors N');
  });

  test.each([
    ['--monitors many', '--monitors must be a whole number between 0 and 1000000, not "many".'],
    ['--monitors -1', '--monitors'],
    ['--interval 0', '--interval must be a whole number between 10 and 86400, not "0".'],
    ['--check ping', '--check must be one of tcp, tls, http'],
    ['--plan cheap', '--plan must be free or paid, not "cheap".'],
    ['--regions 0', '--regions must be a whole number between 1 and'],
    ['--regions europe', '--regions must be a number or AWS regions such as eu-central-1, not "europe".'],
    ['--regions eu-central-1,eu-central-1', '--regions lists a region twice.'],
    ['--memory 64', '--memory must be a whole number between 128 and 10240'],
    ['--watchdog 3', '--watchdog must be a whole number between 0 and 2'],
    ['--unknown', '--unknown'],
    ['--config missing.yaml', 'missing.yaml cannot be read (ENOENT).'],
    ['--config a.yaml --monitors 3', 'Use one of --monitors, --config and --url.'],
    ['--url ftp://a.test', '--url must be the URL of a mesh'],
    ['--url http://127.0.0.1:1', 'PROBEMESH_API_KEY is not set'],
  ])('%s is refused with the fix', async (args, message) => {
    const { code, out, err } = await run(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
  });
});

describe('a configuration file', () => {
  const write = (text: string) => writeFileSync(join(folder, 'mesh.yaml'), text);

  test('gives groups by check, interval and locations, without what is paused or reports in', async () => {
    write(`
x-shared: &shared { intervalSeconds: 30, locations: [aws:eu-central-1, aws:us-east-1] }
monitors:
  - { name: A, check: { type: http, url: "https://a.test/" }, intervalSeconds: 60 }
  - { name: B, check: { type: http, url: "https://b.test/" }, intervalSeconds: 60 }
  - { name: C, check: { type: http, url: "http://c.test/" }, intervalSeconds: 60 }
  - { name: D, check: { type: http, url: "https://d.test/" }, intervalSeconds: 60, paused: true }
  - { name: E, check: { type: heartbeat }, intervalSeconds: 60 }
  - { <<: *shared, name: F, check: { type: script, host: f.test, port: 25, steps: [{ startTls: true }] } }
  - { <<: *shared, name: G, check: { type: dns, name: g.test, transport: tcp } }
`);
    expect(await groupsOf('--config mesh.yaml')).toEqual([
      { monitors: 2, intervalSeconds: 60, check: 'http', locations: 6 },
      { monitors: 1, intervalSeconds: 60, check: 'plain-http', locations: 6 },
      { monitors: 1, intervalSeconds: 30, check: 'script-tls', locations: 2 },
      { monitors: 1, intervalSeconds: 30, check: 'dns-tcp', locations: 2 },
    ]);
  });

  test('that is not one is refused', async () => {
    write('monitors: [');
    expect((await run('--config mesh.yaml')).code).toBe(2);
    write('channels: []');
    expect((await run('--config mesh.yaml')).err).toBe('estimate: The configuration has no list `monitors`.');
  });
});

describe('a mesh', () => {
  let server: http.Server | undefined;
  afterEach(() => server?.close());

  async function mesh(status: number, body: unknown): Promise<string> {
    server = http.createServer(({ headers, url }, response) => {
      const isMine = headers.authorization === 'Bearer pm_key' && url === '/api/v1/configuration';
      response
        .writeHead(isMine ? status : 401, { 'content-type': 'application/json' })
        .end(
          JSON.stringify(isMine ? body : { title: 'Unauthorized', status: 401, detail: 'Send an API key.' }),
        );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test('gives its monitors to a caller with an API key', async () => {
    const monitor = {
      check: { type: 'tcp', host: 'a.test', port: 1 },
      intervalSeconds: 60,
      locations: 'all',
    };
    const url = await mesh(200, { monitors: [monitor, monitor] });
    expect(await groupsOf(`--url ${url} --regions 3`, { PROBEMESH_API_KEY: 'pm_key' })).toEqual([
      { monitors: 2, intervalSeconds: 60, check: 'tcp', locations: 3 },
    ]);
  });

  test('that refuses or does not respond is an error with another code, and the key is not printed', async () => {
    const url = await mesh(200, { monitors: [] });
    const refused = await run(`--url ${url}`, { PROBEMESH_API_KEY: 'pm_wrong' });
    expect(refused.code).toBe(1);
    expect(refused.err).not.toContain('pm_wrong');
    const silent = await run('--url http://127.0.0.1:1', { PROBEMESH_API_KEY: 'pm_key' });
    expect([silent.code, silent.err]).toEqual([1, expect.stringContaining('does not respond')]);
  });
});
