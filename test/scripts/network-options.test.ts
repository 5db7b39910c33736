// The options of npm start and check-target about this machine's network.
import { describe, expect, test } from 'vitest';
import { readOptions as readTargetOptions } from '../../scripts/check-target/options.ts';
import { readOptions as readStartOptions, StartError, USAGE } from '../../scripts/start/options.ts';

const start = (...args: string[]) => readStartOptions(args, '/');
const check = (...args: string[]) => readTargetOptions(['10.0.0.5:22', ...args], {});

describe.each([
  ['npm start', start],
  ['check-target', check],
])('%s', (_, read) => {
  test('allows no private network without the option', () => {
    expect(read()).toMatchObject({ allowCidrs: [], canaryNames: [] });
  });

  test('takes several networks and names, together or one by one', () => {
    const networks = ['--allow-cidrs', '10.0.0.0/8,192.168.0.0/16', '--allow-cidrs', 'fd00::/8'];
    const names = ['--canary-names', 'a.example', '--canary-names', 'b.example,c.example'];
    expect(read(...networks, ...names)).toMatchObject({
      allowCidrs: ['10.0.0.0/8', '192.168.0.0/16', 'fd00::/8'],
      canaryNames: ['a.example', 'b.example', 'c.example'],
    });
  });

  test.each([
    [
      '--allow-cidrs',
      '10.0.0.5/8',
      '--allow-cidrs has "10.0.0.5/8". The address has bits beyond the prefix. Write 10.0.0.0/8',
    ],
    ['--allow-cidrs', '', '--allow-cidrs has no network. Write CIDRs such as'],
    ['--allow-cidrs', 'lan', '--allow-cidrs has "lan". This is not a network.'],
    ['--canary-names', '', '--canary-names must have 1 to 8 host names'],
    ['--canary-names', 'a.example,b c', '--canary-names has "b". Write a name with a dot.'],
    ['--canary-names', '10.0.0.1', '--canary-names has "10.0.0.1". Write a name with a dot.'],
    ['--canary-names', 'https://a.example', '--canary-names has "https://a.example". This is a URL.'],
  ])('%s "%s" is rejected with the fix', (option, value, message) => {
    expect(() => read(option, value)).toThrow(message);
  });
});

test('the usage of npm start shows the options, in one column', () => {
  expect(USAGE).toContain('--allow-cidrs');
  const columns = USAGE.split('\n').flatMap(
    (line) => line.match(/^ {2}--\S+(?: [A-Z,]+)? +/)?.[0].length ?? [],
  );
  expect(new Set(columns)).toEqual(new Set([25]));
  expect(() => start('--allow-cidr', '10.0.0.0/8')).toThrow(StartError);
});

test('check-target through a mesh takes no option about this machine', () => {
  expect(() => check('--url', 'http://127.0.0.1:1', '--allow-cidrs', '10.0.0.0/8')).toThrow(
    '--allow-cidrs and --canary-names apply to this machine. Remove them, or remove --url.',
  );
});
