// Owns the tests of JSON numbers that a JavaScript number would round.
import { describe, expect, test } from 'vitest';
import {
  compareNumbers,
  ExactNumber,
  isInexact,
  keepExactNumbers,
  numberOf,
  parseExactJson,
} from '../../../../probes/checks/shared/exact-number.ts';

const sign = (a: string, b: string): number => Math.sign(compareNumbers(numberOf(a), numberOf(b))) + 0;

describe('a JSON number', () => {
  test.each([
    ['9007199254740993', '9007199254740992', 1],
    ['9007199254740993', '9007199254740993', 0],
    ['-9007199254740993', '-9007199254740992', -1],
    ['18446744073709551615', '18446744073709551616', -1],
    ['1e400', '1e401', -1],
    ['1e400', '2', 1],
    ['-1e400', '2', -1],
    ['1e-400', '0', 1],
    ['0e400', '0', 0],
    ['0.1', '0.10', 0],
    ['1.0', '1', 0],
    ['-0', '0', 0],
    ['-0.0e5', '0', 0],
    ['1E3', '1000', 0],
    ['1.5e+3', '1500', 0],
    ['0.30000000000000004', '0.3', 1],
    ['0.30000000000000004', '0.300000000000000040', 0],
    ['0.1000000000000000055511151231257827', '0.1', 1],
    ['123456789012345678901234567890', '1.2345678901234567890123456789e29', 0],
    ['12345678901234567890123', '12345678901234567890124', -1],
  ])('%s compared with %s is %i', (a, b, order) => {
    expect(sign(a, b)).toBe(order);
    expect(sign(b, a)).toBe(order === 0 ? 0 : -order);
  });

  test('a number that JavaScript keeps stays a number, with any number of digits', () => {
    expect(parseExactJson('[9007199254740992, 0.30000000000000004, 1E3, 1.50000000000000000000]')).toEqual([
      9007199254740992, 0.30000000000000004, 1000, 1.5,
    ]);
    expect(parseExactJson('{"a":9007199254740993}')).toEqual({ a: new ExactNumber('9007199254740993') });
    expect(String((parseExactJson('[1e400]') as unknown[])[0])).toBe('1e400');
  });

  test('a text that resembles a long number stays as it is, and what is not JSON is not touched', () => {
    expect(parseExactJson('["9007199254740993"]')).toEqual(['9007199254740993']);
    expect(keepExactNumbers('{"a": 9007199254740993')).toBe('{"a": 9007199254740993');
    expect(keepExactNumbers('{"a": 9007199254740993, "b": 1}')).toBe('{"a":"9007199254740993","b":1}');
    expect(['9007199254740993', '9007199254740992', 'x', '', '0x10', '1e400'].map(isInexact)).toEqual([
      true,
      false,
      false,
      false,
      false,
      true,
    ]);
  });

  test('a hostile document costs bounded time', () => {
    // Work that grows with the square of the length would take longer than the test may.
    parseExactJson(`[${'1234567890123456789,'.repeat(50_000)}1]`);
    parseExactJson(`[1e${'9'.repeat(900_000)}, ${'9'.repeat(900_000)}]`);
    const deep = `${'['.repeat(200_000)}1234567890123456789${']'.repeat(200_000)}`;
    expect(() => parseExactJson(deep)).not.toThrow();
  });
});
