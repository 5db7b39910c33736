// What `npm start --config` prints if the API refuses a file. The API's own answers are tested in configuration.worker.test.ts.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyConfigFile, plannedDeletes } from '../../../scripts/start/api.ts';
import { readConfigFile } from '../../../scripts/start/config-file.ts';
import { readOptions } from '../../../scripts/start/options.ts';

const dir = mkdtempSync(join(tmpdir(), 'probemesh-apply-'));
const requests: string[] = [];
let server: Server;
let answer = { status: 200, body: {} as object };
beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    request.resume();
    response.writeHead(answer.status, { 'content-type': 'application/problem+json' });
    response.end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.close();
  rmSync(dir, { recursive: true });
});

const api = () => ({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: 't' });
function file() {
  const path = join(dir, 'mesh.yaml');
  writeFileSync(
    path,
    'channels:\n  - { name: A, type: webhook, config: { url: "env:URL", secret: "env:KEY" } }\n',
  );
  const KEY = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
  return readConfigFile(path, 'mesh.yaml', { URL: 'https://10.0.0.1/private', KEY });
}

const NEITHER = { allowDelete: false, detach: false };

test('a file that would delete too much is refused with a list and the option', async () => {
  answer = {
    status: 409,
    body: {
      type: '/api/v1/docs#problem-deletes-refused',
      detail:
        'This configuration would delete 24 of 24 monitors. Nothing has changed. To see the plan, add ?dryRun=true.',
      errors: Array.from({ length: 24 }, (_, at) => ({
        path: 'monitors',
        message: `Would delete "m${at}".`,
      })),
    },
  };
  const error = await applyConfigFile(api(), file(), NEITHER).catch((reason: Error) => reason.message);
  const lines = String(error).split('\n');
  expect(lines[0]).toBe(
    'mesh.yaml was not applied. This configuration would delete 24 of 24 monitors. Nothing has changed.',
  );
  expect(lines[1]).toBe('  monitors: Would delete "m0".');
  expect(lines.slice(-2)).toEqual([
    '  … and 4 more',
    'If you want to delete them, start with --allow-delete.',
  ]);
});

test('--allow-delete allows the deletes, and needs a file', async () => {
  answer = { status: 200, body: {} };
  requests.length = 0;
  await applyConfigFile(api(), file(), { allowDelete: true, detach: false });
  await applyConfigFile(api(), file(), NEITHER);
  expect(requests).toEqual(['PUT /api/v1/configuration?allowDelete=true', 'PUT /api/v1/configuration']);
  expect(readOptions(['--config', 'a.yaml', '--allow-delete'], '/')?.allowDelete).toBe(true);
  expect(readOptions(['--config', 'a.yaml'], '/')?.allowDelete).toBe(false);
  expect(() => readOptions(['--allow-delete'], '/')).toThrow('--allow-delete needs --config');
});

test('a dry run gives the ids that the file deletes, and none if the file is invalid', async () => {
  answer = {
    status: 200,
    body: { plan: { monitors: { delete: ['a'] }, channels: { delete: ['demo-inbox'] } } },
  };
  expect(await plannedDeletes(api(), file(), NEITHER)).toEqual(['a', 'demo-inbox']);
  answer = { status: 422, body: { detail: 'invalid' } };
  expect(await plannedDeletes(api(), file(), NEITHER)).toEqual([]);
});

test('an error of the API has its place in the file, and no value of a variable', async () => {
  answer = {
    status: 422,
    body: { errors: [{ path: 'channels[0].config.url', message: 'https://10.0.0.1/private is private.' }] },
  };
  await expect(applyConfigFile(api(), file(), NEITHER)).rejects.toThrow(
    `mesh.yaml is invalid. Nothing was applied:\n  mesh.yaml:2:46 channels[0].config.url: \${URL} is private.`,
  );
});

test('a file that deletes what a window names is refused with the option that removes the references', async () => {
  answer = {
    status: 409,
    body: {
      type: '/api/v1/docs#problem-conflict',
      detail:
        'The silence "noise" names the monitor "shop". Keep the monitor. Or add ?detach=true, which removes the references.',
      errors: [{ path: 'monitors', message: 'The same.' }],
      references: [{ kind: 'silence', id: 'noise' }],
    },
  };
  await expect(applyConfigFile(api(), file(), NEITHER)).rejects.toThrow(
    'mesh.yaml was not applied. The silence "noise" names the monitor "shop". Keep the monitor. Or start with --detach, which',
  );
  answer = { status: 200, body: {} };
  requests.length = 0;
  await applyConfigFile(api(), file(), { allowDelete: true, detach: true });
  await plannedDeletes(api(), file(), { detach: true });
  expect(requests).toEqual([
    'PUT /api/v1/configuration?allowDelete=true&detach=true',
    'PUT /api/v1/configuration?dryRun=true&detach=true',
  ]);
  expect(readOptions(['--config', 'a.yaml', '--detach'], '/')?.detach).toBe(true);
  expect(() => readOptions(['--detach'], '/')).toThrow('--detach needs --config');
});
