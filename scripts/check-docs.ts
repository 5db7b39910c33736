// Checks that every path, link, anchor and npm script that the documents name exists. Owns reading Markdown for them.
// Does not check addresses on the web.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DOCUMENTS = [
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'],
  ...['docs/**/*.md', 'examples/**/*.md'],
];

/** A folder or file of the project, as a document names it. */
const PATH =
  /^(?:\.ci|\.github|\.devcontainer|bench|docs|examples|migrations|probes|scripts|src|test)(?:\/|$)|^[\w-]+(?:\.[\w-]+)*\.(?:md|toml|json|m?ts)$/;
/** A build or a start makes these, so that a fresh clone does not have them. */
const GENERATED =
  /^(dist\/|\.probemesh|probemesh\.(deploy\.yaml|secrets\.json)$|\.github\/workflows\/probemesh-deploy\.yml$|mesh\.yaml|node_modules)/;
/** A pattern, a placeholder, or a command with arguments. */
const NOT_A_PATH = /[*{}<>…\s()|]/;

/** What is wrong in one document, a line each. `text` is Markdown; `document` is its path from `root`. */
export function problemsOf(
  document: string,
  text: string,
  root: string,
  scripts: readonly string[],
): string[] {
  const prose = withoutFences(text);
  const at = (index: number): string => `${document}:${prose.slice(0, index).split('\n').length}`;
  const problems: string[] = [];
  for (const { index, groups } of prose.matchAll(LINK)) {
    const target = groups?.inline ?? groups?.reference ?? '';
    const problem = linkProblem(root, document, prose, target);
    if (problem) problems.push(`${at(index)}: ${problem}`);
  }
  for (const { 1: code = '', index } of prose.matchAll(/`([^`\n]+)`/g)) {
    const path = code.replace(/[#:]L?\d+(?:-L?\d+)?$/, '');
    if (!PATH.test(path) || GENERATED.test(path) || NOT_A_PATH.test(path)) continue;
    if (!existsSync(join(root, path)) && !existsSync(join(root, dirname(document), path)))
      problems.push(`${at(index)}: ${path} does not exist`);
  }
  for (const { 1: name = '', index } of text.matchAll(/\bnpm run (?:-s )?([\w:-]+)/g)) {
    if (!scripts.includes(name)) {
      const line = text.slice(0, index).split('\n').length;
      problems.push(`${document}:${line}: package.json does not have the script "${name}"`);
    }
  }
  return problems;
}

/** `[text](target)` and `[name]: target`; the target without a title. */
const LINK = /\]\(\s*<?(?<inline>[^)\s>]+)>?[^)]*\)|^\[[^\]]+\]:\s*<?(?<reference>[^\s>]+)/gm;

function linkProblem(root: string, document: string, prose: string, target: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:|^\/\//i.test(target)) return undefined;
  const [path = '', anchor] = target.split('#', 2);
  const file = path === '' ? document : normalize(join(dirname(document), decodeURIComponent(path)));
  if (path !== '' && !existsSync(join(root, file)))
    return `the link ${target} leads to ${file}, which does not exist`;
  if (anchor === undefined || anchor === '' || !file.endsWith('.md')) return undefined;
  const linked = path === '' ? prose : withoutFences(readFileSync(join(root, file), 'utf8'));
  if (anchorsOf(linked).has(decodeURIComponent(anchor))) return undefined;
  return `the link ${target} leads to a heading that does not exist in ${file}`;
}

/** The anchors that GitHub gives headings: lower case, without punctuation, `-1` after the second of a name; and ids in HTML. */
function anchorsOf(prose: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of prose.matchAll(/^#{1,6}\s+(.*?)\s*#*$/gm)) {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/<[^>]+>/g, '');
    const slug = plain
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let count = 1; anchors.has(anchor); count += 1) anchor = `${slug}-${count}`;
    anchors.add(anchor);
  }
  for (const [, id = ''] of prose.matchAll(/\b(?:id|name)="([^"]+)"/g)) anchors.add(id);
  return anchors;
}

/** Blocks of code become empty lines, so that line numbers stay. */
const withoutFences = (text: string): string =>
  text.replace(/^([ \t]*)(`{3,}|~{3,})[^\n]*\n[\s\S]*?^\1\2[^\n]*$/gm, (block) =>
    block.replace(/[^\n]/g, ''),
  );

if (import.meta.main) {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const documents = globSync(DOCUMENTS, { cwd: ROOT }).sort();
  const problems = documents.flatMap((document) =>
    problemsOf(document, readFileSync(join(ROOT, document), 'utf8'), ROOT, Object.keys(manifest.scripts)),
  );
  if (problems.length > 0) {
    console.error(problems.join('\n'));
    process.exit(1);
  }
}
