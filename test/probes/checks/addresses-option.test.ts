import { describe, expect, test } from 'vitest';
import { checkTypes, findCheck } from '../../../probes/checks/catalogue.ts';

const parse = (type: string, more: object = {}): { path: string; message: string }[] => {
  const check = findCheck(type)!;
  const result = check.options.safeParse({ ...check.docs.example, ...more });
  return (result.error?.issues ?? []).map(({ path, message }) => ({ path: path.join('.'), message }));
};

describe.each(checkTypes)('the option `addresses` of the %s check', (type) => {
  test.each(['any', 'all'])('the value %s is accepted', (addresses) => {
    expect(parse(type, { addresses })).toEqual([]);
  });

  test.each(['every', true, 2, null])('the value %j is refused, with the valid ones', (addresses) => {
    expect(parse(type, { addresses })).toEqual([
      { path: 'addresses', message: '`addresses` must be "any" or "all".' },
    ]);
  });

  test('a change of it resets the state of the monitor', () => {
    expect(findCheck(type)?.nonTargetOptions ?? []).not.toContain('addresses');
  });
});

test('a closed port needs every address closed, so that "any" is refused', () => {
  expect(parse('tcp', { expect: 'closed', addresses: 'all' })).toEqual([]);
  expect(parse('tcp', { expect: 'closed', addresses: 'any' })).toEqual([
    { path: 'addresses', message: 'A closed port must be closed at every address. Remove `addresses`.' },
  ]);
});

test('the name server of a location has one address, so that `addresses` needs `server`', () => {
  expect(parse('dns', { server: undefined, addresses: 'all' })).toEqual([
    {
      path: 'addresses',
      message: '`addresses` applies to `server` only. Set `server`, or remove `addresses`.',
    },
  ]);
});
