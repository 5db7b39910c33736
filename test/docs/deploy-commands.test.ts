// The commands of the guide that make secrets: what they give to wrangler is what the Worker accepts.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const GUIDE = readFileSync(new URL('../../docs/guide/deploy.md', import.meta.url), 'utf8');

/** What a command writes for `npx wrangler secret put NAME`, with `variables` set as in the lines before it. */
function inputOf(name: string, variables: Readonly<Record<string, string>>): string {
  const [command] =
    new RegExp(`^printf .*(?= \\| npx wrangler secret put ${name}(?: --name [a-z]+)?$)`, 'm').exec(GUIDE) ??
    [];
  if (command === undefined) throw new Error(`The guide has no command for ${name}.`);
  return execFileSync('sh', ['-c', command], {
    env: { PATH: process.env.PATH, ...variables },
    encoding: 'utf8',
  });
}

test.each([
  ['SETUP_TOKEN_SHA256', 'SETUP_TOKEN'],
  ['ADMIN_TOKEN_SHA256', 'KEY'],
])('the command of %s gives the SHA-256 that the Worker compares, and nothing else', (name, variable) => {
  const hash = createHash('sha256').update('a1b2').digest('hex');
  expect(inputOf(name, { [variable]: 'a1b2' }).trimEnd()).toBe(hash);
});

test('the command of ENCRYPTION_KEY gives the key as it was made', () => {
  const key = Buffer.alloc(32, 7).toString('base64');
  expect(inputOf('ENCRYPTION_KEY', { ENCRYPTION_KEY: key })).toBe(key);
});
