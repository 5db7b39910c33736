// `npm run docs`: generates the page of every check and the README's table of checks from the catalogue. `--check` writes
// nothing and fails if a file differs from what the command would write.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkTypes, findCheck } from '../../probes/checks/catalogue.ts';
import { checkPage, checksTable } from './check-page.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = 'docs/checks';
const BEGIN = '<!-- checks: made by `npm run docs` -->';
const END = '<!-- /checks -->';

const checks = checkTypes.map((type) => findCheck(type)!);
const generated = new Map(checks.map((check) => [join(FOLDER, `${check.type}.md`), checkPage(check)]));
generated.set('README.md', withTable(readFileSync(join(ROOT, 'README.md'), 'utf8')));

const isSame = (path: string, text: string): boolean =>
  existsSync(join(ROOT, path)) && readFileSync(join(ROOT, path), 'utf8') === text;
const stale = [...generated].filter(([path, text]) => !isSame(path, text)).map(([path]) => path);
const orphans = (existsSync(join(ROOT, FOLDER)) ? readdirSync(join(ROOT, FOLDER)) : [])
  .map((name) => join(FOLDER, name))
  .filter((path) => !generated.has(path));

if (process.argv.includes('--check')) {
  for (const path of stale) console.error(`${path} is out of date. Run npm run docs.`);
  for (const path of orphans)
    console.error(`${path} documents a check that does not exist. Run npm run docs.`);
  process.exit(stale.length + orphans.length > 0 ? 1 : 0);
}
mkdirSync(join(ROOT, FOLDER), { recursive: true });
for (const path of stale) writeFileSync(join(ROOT, path), generated.get(path)!);
for (const path of orphans) rmSync(join(ROOT, path));
console.log(
  stale.length + orphans.length === 0 ? 'The pages are up to date.' : [...stale, ...orphans].join('\n'),
);

function withTable(readme: string): string {
  const from = readme.indexOf(BEGIN);
  const until = readme.indexOf(END);
  if (from < 0 || until < from)
    throw new Error(`README.md has no place for the table of checks. Add the lines ${BEGIN} and ${END}.`);
  return `${readme.slice(0, from)}${BEGIN}\n${checksTable(checks, FOLDER)}\n${readme.slice(until)}`;
}
