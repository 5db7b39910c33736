import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { CONTRACT_VERSION, reportSchema } from '../../../probes/contract/index.ts';
import { type BuiltProbe, buildProbe } from '../../../scripts/build-probe.ts';
import { askProbe, words } from '../../support/net/ask-probe.ts';
import { httpTarget } from '../../support/net/http-server.ts';

const folders: string[] = [];
let first: BuiltProbe;
let second: BuiltProbe;

async function buildSomewhere(): Promise<BuiltProbe> {
  const folder = await mkdtemp(join(tmpdir(), 'probemesh-build-'));
  folders.push(folder);
  return buildProbe(folder);
}

beforeAll(async () => {
  first = await buildSomewhere();
  process.env.TZ = 'Pacific/Kiritimati';
  second = await buildSomewhere();
  delete process.env.TZ;
});
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

test('the built probe has the same bytes in any folder and time zone', async () => {
  expect(first.zipPath).not.toBe(second.zipPath);
  expect((await readFile(first.zipPath)).equals(await readFile(second.zipPath))).toBe(true);
  expect((await readFile(first.bundlePath)).equals(await readFile(second.bundlePath))).toBe(true);
  expect((await readFile(first.watchdogPath)).equals(await readFile(second.watchdogPath))).toBe(true);
});

test('the zip contains only the probe and the watchdog, as small files that Lambda can read', async () => {
  const zip = await readFile(first.zipPath);
  const files = unzipSync(zip);
  expect(Object.keys(files)).toEqual(['index.mjs', 'watchdog.mjs']);
  expect(Buffer.from(files['index.mjs']!).equals(await readFile(first.bundlePath))).toBe(true);
  expect(Buffer.from(files['watchdog.mjs']!).equals(await readFile(first.watchdogPath))).toBe(true);
  expect((await stat(first.zipPath)).size).toBeLessThan(600_000);
  // External attributes of the central directory: a regular file, rw-r--r--.
  const header = Buffer.from([0x50, 0x4b, 0x01, 0x02]);
  for (const entry of [zip.indexOf(header), zip.lastIndexOf(header)])
    expect(zip.readUInt32LE(entry + 38) >>> 16).toBe(0o100644);
});

test('the bundle is a complete Lambda handler that reports its own build', async () => {
  const { handler } = await import(pathToFileURL(first.bundlePath).href);
  const answer = await handler(
    { version: CONTRACT_VERSION, sentAt: 0, deadlineMs: 1_000, canaries: [], runs: [] },
    { getRemainingTimeInMillis: () => 3_000 },
  );
  expect(reportSchema.parse(answer).build).toBe(first.build);
  expect(first.build).toMatch(/^\d+\.\d+\.\d+\+[0-9a-f]{12}$/);
});

test('the built probe shows the version of package.json in its build and its user agent', async () => {
  let userAgent: string | undefined;
  const target = await httpTarget((request, response) => {
    userAgent = request.headers['user-agent'];
    response.end();
  });
  const { handler } = await import(pathToFileURL(first.bundlePath).href);
  const answer = (job: unknown): Promise<unknown> => handler(job, { getRemainingTimeInMillis: () => 30_000 });
  const check = { type: 'http', url: `http://127.0.0.1:${target.port}/` };
  const { observations } = await askProbe([check], { answer });
  await target.close();
  expect(observations.map(words)).toEqual(['ok']);
  expect(first.build).toMatch(new RegExp(`^${manifest.version.replaceAll('.', '\\.')}\\+`));
  expect(userAgent).toContain(`probemesh/${manifest.version} (`);
});

test('the watchdog is a bundle of its own, without the checks, and names the variable that it misses', async () => {
  const { handler } = await import(pathToFileURL(first.watchdogPath).href);
  await expect(handler()).rejects.toThrow('PROBEMESH_COORDINATOR_URL is not set');
  expect(await readFile(first.watchdogPath, 'utf8')).not.toContain('getRemainingTimeInMillis');
});
