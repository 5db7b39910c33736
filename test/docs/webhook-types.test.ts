// The types of webhook bodies, as a receiver in another project compiles them: `import … from 'probemesh/webhooks'`.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { eventTypes } from '../../src/channels/events.ts';
import { exampleBody } from '../../src/channels/example-bodies.ts';
import { blocksOf, documents } from '../support/docs/blocks.ts';

const folder = mkdtempSync(join(tmpdir(), 'probemesh-consumer-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What the compiler prints about these files, a line each. */
function compile(files: Readonly<Record<string, string>>): string[] {
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(process.cwd(), join(folder, 'node_modules', 'probemesh'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const options = [
    '--strict',
    '--noEmit',
    '--exactOptionalPropertyTypes',
    '--types',
    '',
    '--module',
    'nodenext',
  ];
  const tsc = join(process.cwd(), 'node_modules/.bin/tsc');
  const { stdout } = spawnSync(tsc, [...options, ...Object.keys(files)], { cwd: folder, encoding: 'utf8' });
  return stdout.split('\n').filter((line) => /^\S/.test(line));
}

const guide = documents.find(({ name }) => name === 'docs/guide/webhooks.md')!;
const example = blocksOf(guide).find(({ language, kind }) => language === 'ts' && kind === 'consumer')!.text;

/** Every example body is of the type of its event, and the compiler knows every event. */
const bodies = eventTypes
  .map(
    (type) =>
      `const _${type.replace('.', '_')}: NotificationOf<'${type}'> = ${JSON.stringify(exampleBody(type))};`,
  )
  .join('\n');
const everyEvent = `
import type { NotificationOf, NotificationType } from 'probemesh/webhooks';
${bodies}
const events: Record<NotificationType, true> = ${JSON.stringify(Object.fromEntries(eventTypes.map((type) => [type, true])))};
export const isKnown = (type: NotificationType): boolean => events[type];
`;

const wrong = example.replace('notification.data.channel.error', 'notification.data.incident.url');
const printed = compile({ 'guide.ts': example, 'events.ts': everyEvent, 'wrong.ts': wrong });

test('a receiver compiles with the example of the guide and with the body of every event', () => {
  expect(printed.filter((line) => !line.startsWith('wrong.ts'))).toEqual([]);
});

test('a receiver that reads a key of another event does not compile', () => {
  expect(wrong).not.toBe(example);
  expect(printed.filter((line) => line.startsWith('wrong.ts'))).toEqual([
    expect.stringContaining("'notification.data.incident' is possibly 'null'"),
  ]);
});

test('the package exports the types of webhook bodies under the name that the guide imports', () => {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    exports: Record<string, unknown>;
  };
  expect(exports['./webhooks']).toEqual({ types: './src/channels/webhooks.d.ts' });
});
