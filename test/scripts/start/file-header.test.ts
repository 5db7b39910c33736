// The name of the configuration file goes to the API with the request that applies it, for the audit log.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyConfigFile, call } from '../../../scripts/start/api.ts';
import { readConfigFile } from '../../../scripts/start/config-file.ts';

const dir = mkdtempSync(join(tmpdir(), 'probemesh-header-'));
let received: IncomingHttpHeaders = {};
let server: Server;
beforeAll(async () => {
  server = createServer((request, response) => {
    received = request.headers;
    request.resume();
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.close();
  rmSync(dir, { recursive: true });
});

const api = () => ({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: 't' });

test.each([
  ['mesh.yaml', 'mesh.yaml'],
  ['läden & co.yaml', 'l%C3%A4den%20%26%20co.yaml'],
])('applying %s names the file, without its folder and in ASCII', async (name, header) => {
  const path = join(dir, name);
  writeFileSync(path, 'monitors: []\n');
  const options = { allowDelete: false, detach: false };
  await applyConfigFile(api(), readConfigFile(path, `some/folder/${name}`, {}), options);
  expect(received['probemesh-file']).toBe(header);
});

test('a request that applies no file names none', async () => {
  await call(api(), 'GET', '/monitors');
  expect(received).not.toHaveProperty('probemesh-file');
});
