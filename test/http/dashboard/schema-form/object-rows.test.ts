// Lists of objects in forms that come from a schema: rows with buttons, texts with control characters, values of JSON.
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { fieldsOf } from '../../../../src/http/dashboard/schema-form/field-spec.ts';
import { formValues, readInput } from '../../../../src/http/dashboard/schema-form/form-input.ts';
import { ROWS_BUTTON, withChangedRows } from '../../../../src/http/dashboard/schema-form/rows.ts';
import { SchemaFields } from '../../../../src/http/dashboard/schema-form/schema-fields.tsx';

describe('an array of objects without an option', () => {
  const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]).optional();
  const step = z.strictObject({
    send: z.string().optional(),
    isEnd: z.literal(true).optional(),
    pauseMs: z.int().optional(),
    equals: scalar,
  });
  const shape = z.strictObject({
    check: z.discriminatedUnion('type', [
      z.strictObject({ type: z.literal('other') }),
      z.strictObject({
        type: z.literal('script'),
        steps: z.array(step).min(1).max(20),
        more: z.array(step).min(1).optional(),
      }),
    ]),
    nested: z.array(z.strictObject({ names: z.array(z.string()) })).optional(),
  });
  const fields = fieldsOf(shape, { 'check.steps.*.send': { widget: 'escaped' } });
  const check = {
    type: 'script',
    steps: [
      { send: 'PING\r\n\t\\d\u0000' },
      { isEnd: true },
      { pauseMs: 5 },
      ...['ok', '200', 200, 'true', true, null, '', '"x"'].map((equals) => ({ equals })),
    ],
  };

  test('has rows if each of its fields is one input, and else JSON', () => {
    expect(fields.map(({ kind }) => kind)).toEqual(['variants', 'json']);
    const page = SchemaFields({ fields, values: { 'check.type': ['script'] } });
    expect(String(page)).toContain('value="add check.steps"');
  });

  test('is the same after its form was posted unchanged, whatever its texts contain', () => {
    const values = formValues(fields, { check });
    expect(values['check.steps.0.send']).toEqual(['PING\\r\\n\\t\\\\d\\x00']);
    expect(readInput(fields, values)).toEqual({ check });
    expect(readInput(fields, values, 'update')).toEqual({ check });
  });

  test('leaves out a box that is not ticked where false is no value, and is none if it may be absent', () => {
    const posted = {
      ...{ 'check.type': ['script'], 'check.steps.0.send': ['\\d'], 'check.steps.0.isEnd~present': ['yes'] },
      ...{ 'check.steps.1.isEnd': ['yes'], 'check.more~present': ['yes'], 'check.more.0.send': [' '] },
    };
    const steps = [{ send: '\\d' }, { isEnd: true }];
    expect(readInput(fields, posted)).toEqual({ check: { type: 'script', steps } });
    expect(readInput(fields, posted, 'update')).toEqual({ check: { type: 'script', steps, more: null } });
  });

  test('in a variant is moved by its buttons, and the error of a whole row is at the row', () => {
    const posted = { ...formValues(fields, { check }), [ROWS_BUTTON]: ['up check.steps 1'] };
    const moved = withChangedRows(fields, posted)!;
    const [first, second, ...others] = check.steps;
    expect(readInput(fields, moved)).toEqual({ check: { ...check, steps: [second, first, ...others] } });
    const errors = { 'check.steps[1]': 'It must have one of send and isEnd.' };
    const page = String(SchemaFields({ fields, values: formValues(fields, { check }), errors }));
    const rows = page.split('class="row"').slice(1);
    expect(rows.map((row) => row.includes('It must have one of send'))).toEqual(
      check.steps.map((_, index) => index === 1),
    );
  });
});
