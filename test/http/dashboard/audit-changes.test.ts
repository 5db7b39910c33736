import { describe, expect, test } from 'vitest';
import { changesOf } from '../../../src/http/dashboard/audit-changes.ts';

describe('the changes of an entry', () => {
  test('are the fields before and after, in the order in which they are stored', () => {
    const before = '{"role":"viewer","tags":["a"]}';
    const after = '{"role":"editor","name":"Ada"}';
    expect(changesOf({ before, after })).toEqual([
      { field: 'role', before: '"viewer"', after: '"editor"' },
      { field: 'tags', before: '["a"]', after: null },
      { field: 'name', before: null, after: '"Ada"' },
    ]);
  });

  test('of a new entity have nothing before, and of a deleted one nothing after', () => {
    expect(changesOf({ before: null, after: '{"a":null}' })).toEqual([
      { field: 'a', before: null, after: 'null' },
    ]);
    expect(changesOf({ before: '{"a":1}', after: null })).toEqual([{ field: 'a', before: '1', after: null }]);
    expect(changesOf({ before: null, after: null })).toEqual([]);
  });

  test('are cut to a length that fits a page', () => {
    const after = JSON.stringify(
      Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`f${index}`, 'x'.repeat(1_000)])),
    );
    const changes = changesOf({ before: null, after });
    expect(changes).toHaveLength(51);
    expect(changes[0]!.after).toHaveLength(301);
    expect(changes[50]).toEqual({ field: '10 more fields', before: null, after: null });
  });

  test.each(['not JSON', '"text"', '[1]', '{"__proto__":1}'])(
    'of the damaged text %s are shown as text',
    (after) => {
      expect(changesOf({ before: null, after })).toHaveLength(1);
    },
  );
});
