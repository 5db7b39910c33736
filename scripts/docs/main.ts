// `npm run docs`: generates the page of every check and every channel, the README's tables of both and of costs, the recipes for
// heartbeats, and the types of webhook bodies. `--check` writes nothing and fails if a file differs from what the command would write.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkTypes, findCheck } from '../../probes/checks/catalogue.ts';
import { channelTypes } from '../../src/channels/catalogue.ts';
import type { Channel } from '../../src/channels/channel.ts';
import { costTable } from '../estimate/readme-table.ts';
import { channelPage, channelsIndex, channelsTable } from './channel-page.ts';
import { checkPage, checksTable } from './check-page.ts';
import { recipesText } from './recipes.ts';
import { webhookTypes } from './webhook-types.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CHECKS = 'docs/checks';
const CHANNELS = 'docs/channels';
/** A picture of a channel is `docs/channels/<type>.png`. A person makes it. */
const PICTURE = /\.png$/;

const checks = checkTypes.map((type) => findCheck(type)!);
const channels: readonly Channel[] = Object.values(
  channelTypes as unknown as Record<string, Channel>,
).toSorted((a, b) => (a.docs.name.toLowerCase() < b.docs.name.toLowerCase() ? -1 : 1));

const generated = new Map<string, string>();
for (const check of checks) generated.set(join(CHECKS, `${check.type}.md`), checkPage(check));
for (const channel of channels) {
  const picture = `${channel.type}.png`;
  const isDrawn = existsSync(join(ROOT, CHANNELS, picture));
  generated.set(join(CHANNELS, `${channel.type}.md`), channelPage(channel, isDrawn ? picture : null));
}
generated.set(join(CHANNELS, 'README.md'), channelsIndex(channels));
generated.set('src/channels/webhooks.d.ts', webhookTypes());
const readme = withTable(
  readFileSync(join(ROOT, 'README.md'), 'utf8'),
  'checks',
  checksTable(checks, CHECKS),
);
const withChannels = withTable(readme, 'channels', channelsTable(channels, `${CHANNELS}/`));
generated.set('README.md', withTable(withChannels, 'costs', costTable()));
const HEARTBEATS = 'docs/guide/heartbeats.md';
generated.set(HEARTBEATS, withTable(readFileSync(join(ROOT, HEARTBEATS), 'utf8'), 'recipes', recipesText()));

const isSame = (path: string, text: string): boolean =>
  existsSync(join(ROOT, path)) && readFileSync(join(ROOT, path), 'utf8') === text;
const filesIn = (folder: string): string[] =>
  existsSync(join(ROOT, folder)) ? readdirSync(join(ROOT, folder)).map((name) => join(folder, name)) : [];

const stale = [...generated].filter(([path, text]) => !isSame(path, text)).map(([path]) => path);
const orphans = [CHECKS, CHANNELS]
  .flatMap(filesIn)
  .filter((path) => !generated.has(path) && !generated.has(path.replace(PICTURE, '.md')));

if (process.argv.includes('--check')) {
  for (const path of stale) console.error(`${path} is out of date. Run npm run docs.`);
  for (const path of orphans)
    console.error(`${path} documents a check or channel that does not exist. Run npm run docs.`);
  process.exit(stale.length + orphans.length > 0 ? 1 : 0);
}
for (const path of stale) {
  mkdirSync(dirname(join(ROOT, path)), { recursive: true });
  writeFileSync(join(ROOT, path), generated.get(path)!);
}
for (const path of orphans) rmSync(join(ROOT, path));
console.log(
  stale.length + orphans.length === 0 ? 'The pages are up to date.' : [...stale, ...orphans].join('\n'),
);

/** The document with the text between the marks of its kind. */
function withTable(text: string, kind: 'checks' | 'channels' | 'costs' | 'recipes', table: string): string {
  const begin = `<!-- ${kind}: made by \`npm run docs\` -->`;
  const end = `<!-- /${kind} -->`;
  const from = text.indexOf(begin);
  const until = text.indexOf(end);
  if (from < 0 || until < from)
    throw new Error(`A document has no place for the ${kind}. Add the lines ${begin} and ${end}.`);
  return `${text.slice(0, from)}${begin}\n${table}\n${text.slice(until)}`;
}
