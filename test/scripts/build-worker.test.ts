// The Worker in chunks: what every isolate loads at its start, what each part loads besides, and that a build is the same each time.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BuiltWorker, buildWorker, staticImports, WORKER_ENTRY } from '../../scripts/build-worker.ts';

/** Nothing else may be loaded by every isolate. The environment needs them. */
const AT_THE_START = ['ipaddr.js', 'zod'];
/** Packages and folders that a part never needs before its first event is handled. */
const NOT_IN: Readonly<Record<string, readonly string[]>> = {
  fetch: ['@aws-sdk', '@smithy', 'jose', '@simplewebauthn', 'transliteration', 'src/scheduler/tick.ts'],
  'fetch-public': ['@aws-sdk', '@smithy', 'yaml', 'jose', 'src/http/app.ts', 'src/http/dashboard/routes.ts'],
  scheduled: ['@aws-sdk', 'yaml', 'src/http/dashboard', 'src/http/api', 'src/http/pages'],
  queue: ['@aws-sdk', '@smithy', 'yaml', 'src/http/dashboard', 'src/http/api', 'src/scheduler/tick.ts'],
};
const WHAT_TO_DO =
  'Load it with `await import(…)` where it is used, or import it in src/handlers. See CONTRIBUTING.md, "An import of the Worker".';

let folder: string;
let built: BuiltWorker;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'probemesh-worker-'));
  mkdirSync(join(folder, 'first'));
  writeFileSync(join(folder, 'first', 'old-chunk.mjs'), '');
  built = await buildWorker(join(folder, 'first'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The sources of modules: files of ours, and names of packages. */
function sourcesOf(names: readonly string[]): string[] {
  const outputs = Object.entries(built.metafile.outputs).filter(([path]) => names.includes(basename(path)));
  const files = outputs.flatMap(([, { inputs }]) =>
    Object.keys(inputs).filter((file) => inputs[file]!.bytesInOutput > 0),
  );
  const sources = files.map((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? file);
  return [...new Set(sources)].sort();
}

test('every isolate loads the environment at its start, and no other package', () => {
  const packages = sourcesOf(built.eager).filter((name) => !/^(src|probes)\//.test(name));
  expect(
    packages.filter((name) => !AT_THE_START.includes(name)),
    `These packages are loaded by every isolate. ${WHAT_TO_DO}`,
  ).toEqual([]);
});

test.each(Object.entries(NOT_IN))('the part %s loads nothing that only others need', (part, others) => {
  const entry = built.lazy.find((name) => new RegExp(`^${part}-[A-Z0-9]{8}\\.mjs$`).test(name));
  expect(entry, `src/handlers/${part}.ts is no chunk of its own`).toBeDefined();
  const sources = sourcesOf(staticImports(built.metafile, entry!));
  expect(sources.length).toBeGreaterThan(10);
  const wrong = sources.filter((name) => others.some((one) => name === one || name.startsWith(`${one}/`)));
  expect(wrong, `The part ${part} loads these with its first event. ${WHAT_TO_DO}`).toEqual([]);
});

test('the entry exports the handlers and the Durable Object, and only names modules that are uploaded', () => {
  const modules = new Set([...built.eager, ...built.lazy]);
  const outputs = Object.entries(built.metafile.outputs).filter(([path]) => path.endsWith('.mjs'));
  const entry = outputs.find(([path]) => basename(path) === WORKER_ENTRY)![1];
  expect([...entry.exports].sort()).toEqual(['SecondClock', 'default']);
  const missing = outputs.flatMap(([, { imports }]) =>
    imports
      .filter(
        ({ path, external }) => !(external ? /^(node|cloudflare):/.test(path) : modules.has(basename(path))),
      )
      .map(({ path }) => path),
  );
  expect(missing).toEqual([]);
});

test('the same sources give the same bytes, and a chunk of an earlier build is removed', async () => {
  await buildWorker(join(folder, 'second'));
  const [first, second] = ['first', 'second'].map((name) => {
    const files = readdirSync(join(folder, name)).sort();
    return files.map((file) => [file, readFileSync(join(folder, name, file), 'utf8')]);
  });
  expect(first!.length).toBeGreaterThan(20);
  expect(first).toEqual(second);
});
