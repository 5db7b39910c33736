// Every path and npm script that the documents name exists. Prints what does not, and fails.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DOCUMENTS = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'examples/receiver/README.md'];
/** Made by a build or by a start, so absent in a fresh clone. */
const MADE = /^(dist\/|\.probemesh|mesh\.yaml)/;

const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
const TOP = /^(src|probes|scripts|test|migrations|docs|examples|\.ci)\/|^[\w.-]+\.(md|toml|json|ts)$/;

const wrong: string[] = [];
for (const document of DOCUMENTS) {
  const text = readFileSync(join(ROOT, document), 'utf8');
  const folder = join(ROOT, document, '..');
  const links = [...text.matchAll(/\]\(([^)#:]+)\)/g)].map((match) => match[1]!);
  for (const link of links)
    if (!existsSync(join(folder, link))) wrong.push(`${document}: the link ${link} leads nowhere`);
  for (const [, code = ''] of text.matchAll(/`([^`\n]+)`/g)) {
    if (
      TOP.test(code) &&
      !MADE.test(code) &&
      !/[*{}<>… ]/.test(code) &&
      !existsSync(join(ROOT, code)) &&
      !existsSync(join(folder, code))
    ) {
      wrong.push(`${document}: there is no ${code}`);
    }
  }
  for (const [, name = ''] of text.matchAll(/\bnpm run (?:-s )?([\w:-]+)/g)) {
    if (!(name in scripts)) wrong.push(`${document}: package.json has no script "${name}"`);
  }
}
if (wrong.length > 0) {
  console.error(wrong.join('\n'));
  process.exit(1);
}
