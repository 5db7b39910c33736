// One mistake of a person who writes a file is one issue. test/scripts/start/config-file.test.ts has the mistakes.
import { expect, test } from 'vitest';
import { monitorInputSchema } from '../../../src/http/api/monitors/schema.ts';
import { OPTIONAL_MONITOR_FIELDS } from '../../../src/http/api/one-mistake.ts';

test('every field that a monitor may leave out is known, so that it is found inside a check', () => {
  const required = ['check', 'name'];
  const fields = Object.keys(monitorInputSchema.shape).filter((name) => !required.includes(name));
  expect(OPTIONAL_MONITOR_FIELDS).toEqual(fields.sort());
});
