import { describe, expect, test } from 'vitest';
import { refuseSecrets } from '../../probes/checks/secret-rules.ts';
import { BLOT, blotter, placeholdersIn, withSecrets } from '../../probes/checks/secrets.ts';

const SECRET = 'p4ss/w"rd <&> é';

describe('a secret is blotted out', () => {
  test.each([
    ['as it is', SECRET],
    ['in capitals', SECRET.toUpperCase()],
    ['in a query', encodeURIComponent(SECRET)],
    ['in a query, in lower case', encodeURIComponent(SECRET).toLowerCase()],
    ['in a URL', encodeURI(SECRET)],
    ['in JSON', JSON.stringify(SECRET)],
  ])('%s', (_, form) => {
    const blotted = blotter({ it: SECRET })(`before ${form} after`);
    expect(blotted).toContain(BLOT);
    expect(blotted).toMatch(/^before "?•••"? after$/);
  });

  test.each(['', 'a:', 'me:', 'user:'])('in a Basic header behind %j', (user) => {
    const header = btoa(`${user}plain-secret`);
    const blotted = blotter({ it: 'plain-secret' })(`Basic ${header} end`);
    expect(blotted).toContain(BLOT);
    expect(atob(/Basic (\w*)/.exec(blotted)?.[1] ?? '')).not.toContain('plain');
  });

  test('among others, the longest first, and whatever characters it has', () => {
    const blot = blotter({ short: 'abcd', long: 'abcdefgh', odd: '.*+?^$()|[]{}\\' });
    expect(blot('abcdefgh abcd .*+?^$()|[]{}\\ abc')).toBe('••• ••• ••• abc');
    expect(blotter({})('nothing')).toBe('nothing');
  });
});

test('placeholders take what is known, and stay where nothing is', () => {
  expect(placeholdersIn('{{a}} {{ b }} {{c-d}} {{}}')).toEqual(['a', 'b']);
  expect(withSecrets('{{a}} {{ b }} {{toString}}', { a: '1{{b}}' })).toBe('1{{b}} {{ b }} {{toString}}');
});

test('placeholders and secrets belong together, each by its path', () => {
  const refused: string[] = [];
  const texts = [
    { path: ['steps', 0], text: 'a {{one}} {{gone}}' },
    { path: ['body'], text: '{{__proto__}}' },
  ];
  refuseSecrets(texts, { one: 'aaaa', two: 'bbbb' }, (path, message) =>
    refused.push(`${path.join('.')}: ${message}`),
  );
  expect(refused).toEqual([
    'steps.0: There is no secret "gone": write it into "secrets", or take {{gone}} out.',
    'secrets.two: Nothing uses this secret: write {{two}} where it belongs, or leave it out.',
  ]);
});
