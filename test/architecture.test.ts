// Owns the direction of imports: who may import whom, without circles, and what the engine must never touch.
// Does not check behaviour. ARCHITECTURE.md draws the same table.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ONLY_FULL, PROJECTS } from '../vitest.projects.ts';
import { type Import, importCycles, importsIn, readGraph, sourceFiles } from './import-graph.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const CONTRACT = ['probes/contract'];
const RESULT = ['src/result.ts'];
/** Files that import nothing of ours. The engine takes only the pure one. */
const LEAVES = [
  ...[
    ...RESULT,
    'src/log.ts',
    'src/load-part.ts',
    'src/version.ts',
    'src/encryption-key.ts',
    'src/retention.ts',
  ],
  ...['src/tags.ts', 'src/access', 'src/hex.ts', 'src/time-zone.ts', 'src/acknowledge-link.ts'],
  ...[
    'src/constant-time.ts',
    'src/signed-request.ts',
    'src/uptime',
    'src/status-pages',
    'src/markdown.ts',
    'src/configuration',
  ],
];
/** The shapes of the environment, never its values. */
const ENV_TYPES = ['src/env.ts (types)'];

/** A folder or file, and what it may import: ours, or packages (`hono` includes `hono/cors`). */
const RULES: Readonly<Record<string, readonly string[]>> = {
  'probes/contract': ['zod'],
  'probes/checks': [...CONTRACT, 'zod', 'ipaddr.js', 're2js', 'json-p3', 'dns-packet'],
  'probes/net': [...CONTRACT, 'probes/checks', 'node:*', 'html-encoding-sniffer'],
  'probes/runner': [...CONTRACT, 'probes/checks', 'probes/net', 'node:*'],
  'probes/lambda': [...CONTRACT, 'probes/checks', 'probes/net', 'probes/runner', 'node:*'],

  'src/engine/model': [...RESULT, 'probes/contract (types)'],
  'src/engine/voting': [...RESULT, 'probes/contract (types)', 'src/engine/model'],
  'src/engine/incidents': [
    ...[...RESULT, 'probes/contract (types)'],
    ...['src/engine/model', 'src/engine/voting'],
  ],
  'src/engine/notifications': [
    ...[...RESULT, 'probes/contract (types)'],
    ...['src/engine/model', 'src/engine/voting'],
  ],
  'src/engine/schedule': [
    ...[...RESULT, 'probes/contract (types)'],
    ...['src/engine/model', 'src/engine/voting', 'src/engine/incidents', 'src/engine/notifications'],
  ],
  'src/engine/explain': [
    ...[...RESULT, 'probes/contract (types)', 'src/engine/model', 'src/engine/voting'],
    ...['src/engine/incidents', 'src/engine/notifications', 'src/engine/schedule'],
  ],
  // apply.ts and its neighbours put the parts together.
  'src/engine': [
    ...[...RESULT, 'probes/contract (types)', 'src/engine/model', 'src/engine/voting'],
    ...['src/engine/incidents', 'src/engine/notifications'],
  ],

  'src/channels': [...LEAVES, ...CONTRACT, 'probes/checks', 'src/engine', 'zod', 'liquidjs', 'aws4fetch'],
  'src/routing': ['src/tags.ts', 'src/channels', 'temporal-polyfill'],
  'src/heartbeats': ['src/time-zone.ts', 'probes/checks', 'src/engine', 'croner', 'zod'],
  'src/store': [
    ...[...LEAVES, ...CONTRACT, ...ENV_TYPES, 'src/engine', 'src/channels', 'src/routing', 'src/heartbeats'],
    ...['drizzle-orm', 'zod', 'node:buffer', 'node:crypto', 'node:zlib'],
  ],
  'src/fleet': [
    ...[...LEAVES, ...CONTRACT, ...ENV_TYPES, 'probes/checks', 'src/engine'],
    ...['@aws-sdk/client-lambda', 'ipaddr.js', 'zod'],
  ],
  'src/delivery': [
    ...LEAVES,
    ...CONTRACT,
    ...ENV_TYPES,
    'src/engine',
    'src/channels',
    'src/routing',
    'src/store',
    'src/fleet',
    'cloudflare:sockets',
  ],
  'src/history': [...LEAVES, ...CONTRACT, 'src/engine', 'src/store'],
  'src/services': [
    ...['src/history', 'src/heartbeats'],
    ...[...LEAVES, ...CONTRACT, ...ENV_TYPES, 'probes/checks'],
    ...['src/engine', 'src/channels', 'src/routing', 'src/store', 'src/fleet', 'src/delivery', 'croner'],
    ...[
      'transliteration',
      'node:crypto',
      'node:buffer',
      'jose',
      'oauth4webapi',
      '@simplewebauthn/server',
      'otpauth',
    ],
  ],
  'src/second-clock': [
    ...['cloudflare:workers', 'src/env.ts', 'src/log.ts', 'src/services/ticks', 'src/store/shard.ts'],
    'src/load-part.ts',
  ],
  'src/scheduler': [
    ...['src/history', 'src/heartbeats'],
    ...[...LEAVES, ...CONTRACT, ...ENV_TYPES, 'probes/checks'],
    ...['src/engine', 'src/channels', 'src/routing', 'src/store', 'src/fleet', 'src/delivery'],
    ...['src/services', 'croner'],
  ],
  'src/http': [
    ...['src/history', 'src/heartbeats'],
    ...[...LEAVES, ...CONTRACT, 'src/env.ts', 'probes/checks', 'ipaddr.js'],
    ...['src/engine', 'src/channels', 'src/routing', 'src/store', 'src/delivery', 'src/services'],
    ...['hono', '@hono/zod-openapi', 'zod', 'leven', 'uqr', 'ical-generator', 'diff', 'yaml'],
    'src/http/dashboard/islands/chart-data.ts (types)',
  ],

  // Programs of the browser. They share with the Worker how times are worded, and the data of a chart.
  'src/http/dashboard/islands': ['uplot', 'src/channels/time-text.ts'],

  'src/env.ts': [
    ...[...LEAVES, ...CONTRACT, 'src/skewed-clock.ts', 'probes/checks/shared', 'zod'],
    'src/heartbeats/memory.ts (types)',
  ],
  'src/access': ['src/tags.ts'],
  'src/tags.ts': [],
  'src/hex.ts': [],
  'src/constant-time.ts': [],
  'src/time-zone.ts': [],
  'src/acknowledge-link.ts': ['src/constant-time.ts', 'src/encryption-key.ts', 'src/hex.ts'],
  'src/result.ts': [],
  'src/skewed-clock.ts': [],
  'src/log.ts': [],
  'src/version.ts': ['package.json'],
  'src/encryption-key.ts': [],
  'src/retention.ts': [],
  'src/uptime': [],
  'src/status-pages': ['src/constant-time.ts', 'src/tags.ts'],
  'src/markdown.ts': ['micromark'],
  'src/configuration': ['probes/checks/shared', 'yaml'],
  // Runs on Lambda, not in the Worker: of the coordinator it shares formats, and no state.
  'src/watchdog': [
    ...['src/channels', 'src/log.ts', 'src/signed-request.ts', 'src/version.ts', 'zod', 'node:*'],
    ...['@aws-sdk/client-ssm', 'src/watchdog/page-copy'],
  ],
  'src/watchdog/page-copy': [
    ...['src/signed-request.ts', 'src/status-pages', 'src/log.ts', '@aws-sdk/client-s3'],
  ],
  'src/signed-request.ts': ['src/constant-time.ts', 'src/hex.ts'],

  'src/load-part.ts': ['src/log.ts'],

  // The composition root: the entry, and the parts that it loads.
  'src/worker.ts': [
    'src/http/public-paths.ts',
    'src/env.ts',
    'src/log.ts',
    'src/load-part.ts',
    'src/second-clock',
    'src/handlers',
  ],
  'src/handlers': ['src', ...CONTRACT],
};

/** Folders that may import everything. No file outside of them may import them, except tests. */
const TOOLS = ['scripts', 'bench'];

const graph = readGraph(ROOT, ['src', 'probes', ...TOOLS]);
const isIn = (file: string, place: string): boolean => file === place || file.startsWith(`${place}/`);

/** The rule of the longest path wins: `src/engine/model` before `src/engine`. */
const ruleOf = (file: string): string | undefined =>
  Object.keys(RULES)
    .filter((place) => isIn(file, place))
    .sort((a, b) => b.length - a.length)[0];

function allows(rule: string, { from, typeOnly }: Pick<Import, 'from' | 'typeOnly'>): boolean {
  if (rule.endsWith(' (types)'))
    return typeOnly && allows(rule.slice(0, -' (types)'.length), { from, typeOnly });
  if (rule.endsWith(':*')) return from.startsWith(rule.slice(0, -1));
  return isIn(from, rule);
}

const importersOf = (matches: (one: Import) => boolean, folders = ['src', 'probes', ...TOOLS]): string[] =>
  [...graph]
    .filter(([file, imports]) => folders.some((folder) => isIn(file, folder)) && imports.some(matches))
    .map(([file]) => file);

test.each(Object.keys(RULES))('%s imports only what its rule allows', (place) => {
  const wrong = [...graph]
    .filter(([file]) => ruleOf(file) === place)
    .flatMap(([file, imports]) =>
      imports
        .filter((one) => ruleOf(one.from) !== place && !RULES[place]!.some((rule) => allows(rule, one)))
        .map(({ from, typeOnly }) => `${file} imports ${typeOnly ? 'types of ' : ''}${from}`),
    );
  expect(wrong).toEqual([]);
});

test('every source file of the coordinator and the probes has an import rule', () => {
  const files = [...graph.keys()].filter((file) => isIn(file, 'src') || isIn(file, 'probes'));
  expect(files.length).toBeGreaterThan(100);
  expect(files.filter((file) => ruleOf(file) === undefined)).toEqual([]);
});

test('every import rule is for a folder or file that exists', () => {
  expect(Object.keys(RULES).filter((place) => !existsSync(join(ROOT, place)))).toEqual([]);
});

test('only tests import scripts and bench', () => {
  expect(importersOf(({ from }) => TOOLS.some((tool) => isIn(from, tool)), ['src', 'probes'])).toEqual([]);
});

test('no file imports the composition root', () => {
  expect(importersOf(({ from }) => from === 'src/worker.ts')).toEqual([]);
  const handlers = importersOf(({ from }) => isIn(from, 'src/handlers'));
  expect(handlers.filter((file) => !isIn(file, 'src/handlers'))).toEqual(['src/worker.ts']);
});

test('only the store imports drizzle-orm', () => {
  const importers = importersOf(({ from }) => isIn(from, 'drizzle-orm'));
  expect(importers.filter((file) => !isIn(file, 'src/store'))).toEqual([]);
});

test('every relative import leads to a file that exists', () => {
  const missing = [...graph].flatMap(([file, imports]) =>
    imports
      .filter(
        ({ from }) => /\.\w+$/.test(from) && from.includes('/') && /^(src|probes|scripts|bench)\//.test(from),
      )
      .filter(({ from }) => !existsSync(join(ROOT, from)))
      .map(({ from }) => `${file} imports ${from}`),
  );
  expect(missing).toEqual([]);
});

test('the library of DNS messages loads only with a question, because the coordinator does not need it', () => {
  const loaders = (of: string): string[] =>
    importersOf(({ from, typeOnly, lazy }) => from === of && !typeOnly && !lazy, ['probes', 'src']);
  expect(loaders('dns-packet')).toEqual(['probes/checks/dns/message.ts']);
  expect(loaders('probes/checks/dns/message.ts')).toEqual(['probes/checks/dns/query.ts']);
  expect(loaders('probes/checks/dns/query.ts')).toEqual([]);
});

describe('circles of imports', () => {
  test('no file imports itself through others, not even for a type', () => {
    expect(importCycles(readGraph(ROOT, ['src', 'probes', ...TOOLS, 'test']))).toEqual([]);
  });

  const treeOf = (files: Record<string, string>) =>
    new Map(Object.entries(files).map(([file, text]) => [file, importsIn(file, text)]));

  test('a circle through a type-only import is found and printed whole', () => {
    const tree = treeOf({
      'src/a.ts': "import { b } from './deep/b.ts';",
      'src/deep/b.ts': "import {\n  type C,\n  c,\n} from '../c.ts';",
      'src/c.ts': "import type { A } from './a.ts';\nimport { z } from 'zod';",
      'src/d.ts': "import { a } from './a.ts';",
    });
    expect(importCycles(tree)).toEqual(['src/a.ts → src/deep/b.ts → src/c.ts → src/a.ts']);
  });

  test('two circles that share a file are both found, each once', () => {
    const tree = treeOf({
      'src/a.ts': "export * from './b.ts';\nimport './c.ts';",
      'src/b.ts': "const load = () => import('./a.ts');",
      'src/c.ts': "type A = import('./a.ts').A;",
    });
    expect(importCycles(tree)).toEqual(['src/a.ts → src/b.ts → src/a.ts', 'src/a.ts → src/c.ts → src/a.ts']);
  });

  test('a file that imports itself is a circle', () => {
    expect(importCycles(treeOf({ 'src/a.ts': "import { a } from './a.ts';" }))).toEqual([
      'src/a.ts → src/a.ts',
    ]);
  });

  test('a diamond without a way back is not a circle', () => {
    const tree = treeOf({
      'src/a.ts': "import { b } from './b.ts';\nimport { c } from './c.ts';",
      'src/b.ts': "import { d } from './d.ts';",
      'src/c.ts': "import { d } from './d.ts';",
      'src/d.ts': "// import { a } from './a.ts';",
    });
    expect(importCycles(tree)).toEqual([]);
  });
});

const readSource = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
/** Comments may name what code must not touch. */
const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '');

describe('the engine', () => {
  const IMPURE =
    /\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\bcrypto\b|\bfetch\(|\bset(Timeout|Interval|Immediate)\b|\bprocess\b|\bperformance\b|\bconsole\b|\bglobalThis\b|\bawait\b|\bPromise\b/;
  const isPure = (text: string): boolean => !IMPURE.test(withoutComments(text));

  test('the engine has no clock, no randomness and no I/O', () => {
    expect(sourceFiles(ROOT, 'src/engine').filter((file) => !isPure(readSource(file)))).toEqual([]);
  });

  test('a clock, a random number, a timer or a request would be found in the engine', () => {
    for (const text of ['Date.now()', 'new Date()', 'Math.random()', 'crypto.randomUUID()', 'fetch(url)'])
      expect(isPure(`const found = ${text};`), text).toBe(false);
    for (const text of ['setTimeout(f)', 'await f()', 'console.log(1)', 'process.env'])
      expect(isPure(`const found = ${text};`), text).toBe(false);
    expect(isPure('const iso = new Date(now).toISOString(); // not Date.now()')).toBe(true);
  });
});

test('secrets are redacted once at the probe, and once where text enters the coordinator', () => {
  const redactors = ['src', 'probes']
    .flatMap((folder) => sourceFiles(ROOT, folder))
    .filter((file) => /(?<!function )\bcreateRedactor\(/.test(readSource(file)));
  expect(redactors).toEqual(['src/fleet/redact.ts', 'probes/runner/run-job.ts']);
});

test('only src/env.ts, and the watchdog on Lambda, read bindings and variables of the environment', () => {
  const own = ['src/env.ts', 'src/watchdog/handler.ts'];
  const readers = sourceFiles(ROOT, 'src').filter(
    (file) => !own.includes(file) && /\benv\.(DB|DELIVERIES|[A-Z_]{4,})\b/.test(readSource(file)),
  );
  expect(readers).toEqual([]);
});

describe('the projects of vitest', () => {
  const filesOf = ({
    include,
    exclude,
  }: {
    include: readonly string[];
    exclude: readonly string[];
  }): string[] => {
    const left = new Set(globSync([...exclude], { cwd: ROOT }));
    return globSync([...include], { cwd: ROOT }).filter((file) => !left.has(file));
  };

  test('every test file belongs to exactly one project of vitest', () => {
    const projects = Object.entries(PROJECTS).map(([name, globs]) => ({
      name,
      files: new Set(filesOf(globs)),
    }));
    expect(projects.filter(({ files }) => files.size === 0)).toEqual([]);
    const wrong = sourceFiles(ROOT, 'test')
      .filter((file) => /\.test\.\w+$/.test(file))
      .map((file) => ({ file, in: projects.filter(({ files }) => files.has(file)).map(({ name }) => name) }))
      .filter((one) => one.in.length !== 1);
    expect(wrong).toEqual([]);
  });

  test('every file that npm test leaves to test:full exists, and has a quick one beside it', () => {
    const files = sourceFiles(ROOT, 'test').filter((file) => /\.test\.\w+$/.test(file));
    for (const slow of ONLY_FULL) {
      expect(files).toContain(slow);
      const folder = slow.slice(0, slow.lastIndexOf('/') + 1);
      const quick = files.filter((file) => file.startsWith(folder) && !ONLY_FULL.includes(file));
      expect(quick.length, slow).toBeGreaterThan(0);
    }
  });

  test('a test file in a new folder belongs to the unit tests', () => {
    const { include, exclude } = PROJECTS.unit;
    const matches = (globs: readonly string[]): boolean =>
      globs.some((glob) => matchesGlob('test/new/folder/some.test.ts', glob));
    expect([matches(include), matches(exclude)]).toEqual([true, false]);
  });

  test('every file that is named like a test is a test', () => {
    expect(sourceFiles(ROOT, 'test').filter((file) => /\.(spec|tests)\.\w+$/.test(file))).toEqual([]);
  });
});

test('a source file of more than 300 lines gives the reason in its header', () => {
  const headerOf = (text: string): string => /^(?:\/\/.*\n)*/.exec(text)?.[0] ?? '';
  const silent = ['src', 'probes', ...TOOLS]
    .flatMap((folder) => sourceFiles(ROOT, folder))
    .filter((file) => readSource(file).trimEnd().split('\n').length > 300)
    .filter((file) => !/\b(300|long)\b/i.test(headerOf(readSource(file))));
  expect(silent).toEqual([]);
});
