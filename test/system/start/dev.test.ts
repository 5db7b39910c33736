// `npm run dev` on a copy of the project: an edit of the Worker and one of the probe, each seen from outside.
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../../scripts/start/ports.ts';
import { until } from '../../support/mesh/live-mesh.ts';
import { alive, endAll, runScript } from './npm-script.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const COPIED = [
  ...['src', 'probes', 'scripts', 'migrations', 'wrangler.toml', 'package.json', 'package-lock.json'],
  ...['tsconfig.json', 'tsconfig.base.json'],
];

let copy: string;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'probemesh-dev-'));
  for (const name of COPIED) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
});

afterAll(async () => {
  await endAll();
  rmSync(copy, { recursive: true, force: true });
});

function edit(file: string, change: (text: string) => string): void {
  const path = join(copy, file);
  const before = readFileSync(path, 'utf8');
  const after = change(before);
  expect(after).not.toBe(before);
  writeFileSync(path, after);
}

it('npm run dev shows an edit without a new start, keeps the data, and Ctrl-C ends every process', async () => {
  const port = await freePort(20_000 + Math.floor(Math.random() * 10_000));
  const dev = runScript('dev', ['--port', String(port)], {}, copy);
  const url = await dev.ready(60_000);
  const { lines } = dev;
  const logged = (text: string) => until(text, 30_000, () => lines.some((line) => line.includes(text)));
  const monitorsOf = async (): Promise<string[]> => {
    const { monitors } = (await (await fetch(`${url}/api/v1/status`)).json()) as {
      monitors: { id: string }[];
    };
    return monitors.map(({ id }) => id);
  };
  const before = await monitorsOf();
  expect(before.length).toBeGreaterThan(0);

  // A mistake changes nothing, and the next edit is seen.
  edit('src/worker.ts', (text) => `${text}\n}`);
  await logged('the Worker was not replaced: The Worker does not build');
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  edit('src/worker.ts', (text) => text.slice(0, -2));
  edit('src/http/api/status/routes.ts', (text) => text.replace("'/healthz'", "'/edited'"));
  await logged('the Worker is rebuilt');
  expect([(await fetch(`${url}/edited`)).status, (await fetch(`${url}/healthz`)).status]).toEqual([200, 404]);
  expect(await monitorsOf()).toEqual(before);

  edit('probes/lambda/handler.ts', (text) => `${text}\nconsole.log('the edited probe');\n`);
  await logged('the probe is rebuilt');
  expect(lines.filter((line) => line === 'the edited probe')).toHaveLength(6);

  const processes = dev.processes();
  dev.child.kill('SIGINT');
  expect(await dev.ended).toBe(0);
  expect(alive(processes)).toEqual([]);
  expect(existsSync(join(copy, '.probemesh', 'holder'))).toBe(false);
});
