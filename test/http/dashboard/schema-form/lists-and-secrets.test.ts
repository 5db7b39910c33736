// Lists of objects, ordered choices, stored values and scaled numbers in forms that come from a schema.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { fieldsOf } from '../../../../src/http/dashboard/schema-form/field-spec.ts';
import { formValues, readInput } from '../../../../src/http/dashboard/schema-form/form-input.ts';

const step = z.strictObject({
  afterSeconds: z.int().min(0).default(0),
  channels: z.array(z.string()).default([]),
});
const week = z.strictObject({ days: z.array(z.enum(['monday', 'friday'])).min(1), from: z.string() });
const schema = z.strictObject({
  name: z.string(),
  steps: z.array(step),
  people: z.array(z.string()).min(1),
  times: z.array(week).min(1).optional(),
  quiet: week.nullable().default(null),
  secret: z
    .union([z.string().min(8), z.literal('')])
    .nullable()
    .optional(),
});
const fields = fieldsOf(schema, {
  steps: { widget: 'items', itemLabel: 'Step' },
  'steps[].afterSeconds': { scale: 60 },
  'steps[].channels': { choices: [{ value: 'room', label: 'Room' }] },
  people: { widget: 'ordered', choices: [{ value: 'ada', label: 'Ada' }] },
  times: { widget: 'items' },
  secret: { widget: 'secret', stored: { isRemovable: true } },
});

const BODY = {
  name: 'Shop',
  steps: [
    { afterSeconds: 0, channels: ['room'] },
    { afterSeconds: 90, channels: [] },
  ],
  people: ['ada', 'bob', 'ada'],
  times: [{ days: ['monday'], from: '09:00' }],
  quiet: { days: ['friday'], from: '22:00' },
};

test('what is stored is the same after its form was posted unchanged', () => {
  const values = formValues(fields, BODY);
  expect(values['steps[1].afterSeconds']).toEqual(['1.5']);
  const boxes = { 'steps[0].channels~present': ['yes'], 'steps[1].channels~present': ['yes'] };
  expect(readInput(fields, { ...values, ...boxes })).toEqual(BODY);
});

test('of a list of objects, those that are removed or empty are left out, and the order stays', () => {
  const posted = {
    'steps~count': ['4'],
    'steps[0].channels': ['room'],
    'steps[0]~remove': ['yes'],
    'steps[1].afterSeconds': [''],
    'steps[2].afterSeconds': ['2'],
    'steps[3].channels': ['room'],
  };
  expect(readInput(fields, posted)).toEqual({ steps: [{ afterSeconds: 120 }, { channels: ['room'] }] });
});

test('an empty list that needs an entry is none, and so is an object that is empty as a whole', () => {
  const posted = { name: ['x'], 'times~count': ['2'], 'quiet.days~present': ['yes'], 'quiet.from': [''] };
  expect(readInput(fields, posted)).toEqual({ name: 'x' });
  expect(readInput(fields, posted, 'update')).toEqual({ name: 'x', times: null, quiet: null });
});

test.each([
  ['that is left empty stays', { secret: [''] }, {}],
  ['that is written is replaced', { secret: ['new secret'] }, { secret: 'new secret' }],
  ['can be removed', { secret: [''], 'secret~remove': ['yes'] }, { secret: '' }],
])('a stored value %s', (_, posted, body) => {
  expect(readInput(fields, posted, 'update')).toEqual(body);
});

test('more entries than a list can have are not read', () => {
  const posted = { 'steps~count': ['100000000'], 'steps[0].channels': ['room'] };
  expect(readInput(fields, posted)).toEqual({ steps: [{ channels: ['room'] }] });
  expect(readInput(fields, { ...posted, 'steps~count': ['-1'] })).toEqual({ steps: [] });
  expect(readInput(fields, { ...posted, 'steps~count': ['x'] })).toEqual({ steps: [] });
});
