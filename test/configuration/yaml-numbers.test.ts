// Owns the tests of numbers in a configuration file that a JavaScript number would round.
import { expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { keepYamlNumbers } from '../../src/configuration/yaml-numbers.ts';

test('a number of a YAML file that would be rounded is kept as its text', () => {
  const document = parseDocument(
    'a: 9007199254740993\nb: 9007199254740992\nc: [1e400, 0.1, 0x10, 1_000]\nd: "9007199254740993"\n',
  );
  keepYamlNumbers(document);
  expect(document.toJS()).toEqual({
    a: '9007199254740993',
    b: 9007199254740992,
    c: ['1e400', 0.1, 16, '1_000'],
    d: '9007199254740993',
  });
});
