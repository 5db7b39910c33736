// What `npm run check:docs` finds in a document, on a made-up project.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { problemsOf } from '../../scripts/check-docs.ts';

let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'probemesh-docs-'));
  mkdirSync(join(root, 'docs', 'guide'), { recursive: true });
  mkdirSync(join(root, 'src'));
  writeFileSync(join(root, 'src', 'worker.ts'), '');
  writeFileSync(
    join(root, 'docs', 'guide', 'checks.md'),
    '# Checks\n\n## The `tcp` check\n\n## Options\n\n## Options\n\n<a id="old-name"></a>\n\n```sh\n# not a heading\n```\n',
  );
});
afterAll(() => rmSync(root, { recursive: true }));

const problems = (text: string, document = 'README.md') => problemsOf(document, text, root, ['start', 'dev']);

test.each([
  ['see `src/gone.ts`', 'README.md:1: src/gone.ts does not exist'],
  ['one\n\nsee `src/gone.ts:12`', 'README.md:3: src/gone.ts does not exist'],
  ['see `gone.toml`', 'README.md:1: gone.toml does not exist'],
  ['`bench/gone`', 'README.md:1: bench/gone does not exist'],
  ['[a](docs/gone.md)', 'README.md:1: the link docs/gone.md leads to docs/gone.md, which does not exist'],
  [
    '[a]\n\n[a]: docs/gone.md',
    'README.md:3: the link docs/gone.md leads to docs/gone.md, which does not exist',
  ],
  [
    '[a](docs/guide/checks.md#gone)',
    'README.md:1: the link docs/guide/checks.md#gone leads to a heading that does not exist in docs/guide/checks.md',
  ],
  [
    '[a](docs/guide/checks.md#not-a-heading)',
    'README.md:1: the link docs/guide/checks.md#not-a-heading leads to a heading that does not exist in docs/guide/checks.md',
  ],
  ['# A\n[a](#b)', 'README.md:2: the link #b leads to a heading that does not exist in README.md'],
  ['run `npm run gone`', 'README.md:1: package.json does not have the script "gone"'],
  ['```sh\nnpm run gone\n```', 'README.md:2: package.json does not have the script "gone"'],
])('the document %j is rejected', (text, problem) => {
  expect(problems(text)).toEqual([problem]);
});

test('paths, links, anchors and scripts that exist pass', () => {
  const text = [
    '# A "title", and more',
    'See `src/worker.ts`, `src/worker.ts:3`, `src`, `docs/guide/checks.md` and `dist/probe.zip`.',
    '[a](docs/guide/checks.md) [b](docs/guide/checks.md#the-tcp-check "title") [c](#a-title-and-more)',
    '[d](docs/guide/checks.md#options-1) [e](docs/guide/checks.md#old-name) [f](https://example.com/#x)',
    '[g]\n\n[g]: docs/guide/checks.md#options',
    '```\n`src/gone.ts` [a](gone.md)\n```',
    'Run `npm run dev` or `npm run -s start`; `src/*.ts`, `src/<name>.ts`, `GET /src/x`.',
  ];
  expect(problems(text.join('\n'))).toEqual([]);
});

test('links of a document in a folder start at that folder', () => {
  expect(problems('[a](../../src/worker.ts) [b](checks.md#options)', 'docs/guide/other.md')).toEqual([]);
  expect(problems('[a](src/worker.ts)', 'docs/guide/other.md')).toEqual([
    'docs/guide/other.md:1: the link src/worker.ts leads to docs/guide/src/worker.ts, which does not exist',
  ]);
});
