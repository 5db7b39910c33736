// Who may import whom, and what the pure core must never touch. The table in ARCHITECTURE.md says the same in words.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Folder → what it may import: folders of ours, and packages (with * for a whole scope). */
const RULES: Readonly<Record<string, readonly string[]>> = {
  'probes/contract': ['zod'],
  'probes/checks': ['probes/contract', 'zod', 'ipaddr.js', 're2js', 'json-p3', 'dns-packet'],
  'probes/lambda': ['probes/checks', 'probes/contract', 'node:*'],
  'src/core': ['probes/contract (types)'],
  'src/store': ['src/core', 'src/channels (types)', 'probes/contract', 'drizzle-orm', 'node:buffer'],
  'src/fleet': [
    'src/core',
    'probes/contract',
    'probes/checks/shared/secrets.ts',
    'src/env.ts (types)',
    '@aws-sdk/client-lambda',
    'zod',
    'ipaddr.js',
  ],
  'src/channels': ['src/core (types)', 'zod'],
  'src/flows': [
    'src/core',
    'src/store',
    'src/fleet',
    'src/channels',
    'probes/checks',
    'probes/contract (types)',
    'src/env.ts (types)',
    'drizzle-orm',
    'croner',
  ],
  'src/http': [
    'src/flows',
    'src/core',
    'src/store',
    'src/channels',
    'probes/checks',
    'probes/contract',
    'src/env.ts',
    'hono',
    '@hono/zod-openapi',
    'zod',
  ],
};

const files = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.d.ts'))
    .map((name) => join(folder, name));

interface Import {
  readonly from: string;
  readonly typeOnly: boolean;
}

const importsOf = (file: string): Import[] =>
  [
    ...readFileSync(join(ROOT, file), 'utf8').matchAll(
      /^(?:import|export)\s+(type\s)?[^;]*?from\s+'([^']+)'/gm,
    ),
  ].map(([, type, from]) => ({
    from: from!.startsWith('.') ? normalize(join(dirname(file), from!)) : from!,
    typeOnly: type !== undefined,
  }));

function allows(rule: string, { from, typeOnly }: Import): boolean {
  if (rule.endsWith(' (types)')) return typeOnly && allows(rule.slice(0, -8), { from, typeOnly });
  if (rule.endsWith(':*')) return from.startsWith(rule.slice(0, -1));
  return from === rule || from.startsWith(`${rule}/`);
}

describe.each(Object.keys(RULES))('%s', (folder) => {
  test('imports only what it may', () => {
    const found = files(folder);
    expect(found.length).toBeGreaterThan(0);
    const wrong = found.flatMap((file) =>
      importsOf(file)
        .filter(
          (one) => !one.from.startsWith(`${folder}/`) && !RULES[folder]!.some((rule) => allows(rule, one)),
        )
        .map(({ from, typeOnly }) => `${file} imports ${typeOnly ? 'types of ' : ''}${from}`),
    );
    expect(wrong).toEqual([]);
  });
});

test('the library of DNS messages is loaded with a question only: the coordinator has no use for it', () => {
  const loaders = (of: string): string[] =>
    files('probes').filter((file) => importsOf(file).some(({ from, typeOnly }) => from === of && !typeOnly));
  expect(loaders('dns-packet')).toEqual(['probes/checks/dns/message.ts']);
  expect(loaders('probes/checks/dns/message.ts')).toEqual(['probes/checks/dns/query.ts']);
  expect(loaders('probes/checks/dns/query.ts')).toEqual([]);
});

test('nothing imports the composition root', () => {
  const importers = [...files('src'), ...files('probes')].filter((file) =>
    importsOf(file).some(({ from }) => from === 'src/worker.ts'),
  );
  expect(importers).toEqual([]);
});

test('the core has no clock, no randomness and no I/O', () => {
  const banned =
    /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bcrypto\b|\bfetch\(|\bsetTimeout\b|\bprocess\b|\bperformance\b/;
  const wrong = files('src/core').filter((file) => banned.test(readFileSync(join(ROOT, file), 'utf8')));
  expect(wrong).toEqual([]);
});

test('the environment is read in one place', () => {
  const readers = files('src').filter(
    (file) =>
      file !== 'src/env.ts' &&
      /\benv\.(DB|DELIVERIES|[A-Z_]{4,})\b/.test(readFileSync(join(ROOT, file), 'utf8')),
  );
  expect(readers).toEqual([]);
});
