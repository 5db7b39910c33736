// Forms come from the schemas of the API: every field has an input, and what a form posts is what was stored.
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { checkTypes, findCheck } from '../../../../probes/checks/catalogue.ts';
import { channelTypes } from '../../../../src/channels/catalogue.ts';
import { channelInputSchema } from '../../../../src/http/api/channels/schema.ts';
import { monitorInputSchema } from '../../../../src/http/api/monitors/schema.ts';
import { type FieldSpec, fieldsOf, labelOf } from '../../../../src/http/dashboard/schema-form/field-spec.ts';
import {
  formValues,
  readInput,
  withRemovals,
} from '../../../../src/http/dashboard/schema-form/form-input.ts';
import { ROWS_BUTTON, withChangedRows } from '../../../../src/http/dashboard/schema-form/rows.ts';

const monitorFields = fieldsOf(monitorInputSchema);

/** Every field below `fields`, with those of all variants. */
const all = (fields: readonly FieldSpec[]): FieldSpec[] =>
  fields.flatMap((field) => [
    field,
    ...(field.kind === 'group' ? all(field.fields) : []),
    ...(field.kind === 'variants' ? field.variants.flatMap((variant) => all(variant.fields)) : []),
  ]);

test('every field of a monitor has an input, a label and help', () => {
  expect(monitorFields.map(({ path }) => path)).toContain('alert');
  for (const { path, label, hint, kind } of all(monitorFields)) {
    expect(label).toMatch(/^[A-Z0-9]/);
    if (kind !== 'group' && kind !== 'variants') expect([path, hint]).toEqual([path, expect.any(String)]);
  }
});

test('no field is typed as JSON', () => {
  const asJson = all(monitorFields).filter(({ kind }) => kind === 'json');
  expect([...new Set(asJson.map(({ path }) => path))]).toEqual([]);
});

describe.each(checkTypes)('a check of type %s', (type) => {
  test('is the same after its form was posted unchanged', () => {
    const check = { type, ...(findCheck(type)!.docs.example as object) };
    const body = { name: 'Shop', intervalSeconds: 60, check, locations: 'all', tags: { team: 'shop' } };
    expect(readInput(monitorFields, formValues(monitorFields, body))).toEqual(body);
  });
});

describe.each(Object.keys(channelTypes))('a channel of type %s', (type) => {
  test('is the same after its form was posted unchanged', () => {
    const fields = fieldsOf(channelInputSchema, {}, type);
    const { docs } = (channelTypes as Record<string, { docs: { example: object } }>)[type]!;
    const body = { name: 'Team', type, config: docs.example };
    expect(readInput(fields, formValues(fields, body))).toMatchObject(body);
  });
});

test.each([
  ['alert.confirmSeconds', 'Confirm (seconds)'],
  ['check.timeoutMs', 'Timeout (ms)'],
  ['runbookUrl', 'Runbook URL'],
  ['check.certificateDays', 'Certificate (days)'],
])('the label of %s is "%s"', (path, label) => expect(labelOf(path)).toBe(label));

describe('what was posted', () => {
  const read = (posted: Record<string, string[]>, mode: 'create' | 'update' = 'create') =>
    readInput(monitorFields, posted, mode);

  test('an empty input is left out of a new object, and null in an update', () => {
    expect(read({ group: [''] })).toEqual({});
    expect(read({ group: [''] }, 'update')).toEqual({ group: null });
  });
  test('a required text that is empty is sent, so that the API says what is wrong', () => {
    expect(read({ name: [''] })).toEqual({ name: '' });
  });
  test('a box that is not ticked is false if the form had it', () => {
    expect([read({}), read({ 'paused~present': ['yes'] }), read({ paused: ['yes'] })]).toEqual([
      {},
      { paused: false },
      { paused: true },
    ]);
  });
  test('a quorum is a word or a number', () => {
    expect(read({ 'alert.quorum': ['majority'] })).toEqual({ alert: { quorum: 'majority' } });
    expect(read({ 'alert.quorum': ['3'] })).toEqual({ alert: { quorum: 3 } });
  });
  test('a keyword takes the place of a list', () => {
    expect(read({ 'locations~keyword': ['all'], locations: ['aws:eu-central-1'] })).toEqual({
      locations: 'all',
    });
    expect(read({ 'locations~keyword': [''], locations: ['a\r\n b \n\n'] })).toEqual({
      locations: ['a', 'b'],
    });
  });
  test('boxes of which none is ticked are left out, unless an empty list is a value', () => {
    const posted = { 'check.type': ['http'], 'check.refuseVersions~present': ['yes'] };
    expect([read(posted), read(posted, 'update')]).toEqual([
      { check: { type: 'http' } },
      { check: { type: 'http', refuseVersions: null } },
    ]);
    expect(read({ 'channels~keyword': [''], 'channels~present': ['yes'] })).toEqual({ channels: [] });
  });
  test('a flag that may be unset is yes, no or left out', () => {
    const fields = fieldsOf(monitorInputSchema, { public: { widget: 'yes-no' } });
    const values = [['true'], ['false'], ['']].map((text) => readInput(fields, { public: text }));
    expect(values).toEqual([{ public: true }, { public: false }, {}]);
    expect(formValues(fields, { public: false })).toEqual({ public: ['false'] });
  });
  test('an unknown type of check is sent as it is', () => {
    expect(read({ 'check.type': ['gopher'] })).toEqual({ check: { type: 'gopher' } });
  });
  test('a number that is none is sent as it was typed', () => {
    expect(read({ 'check.type': ['tcp'], 'check.port': ['https'] })).toEqual({
      check: { type: 'tcp', port: 'https' },
    });
  });
  test('a secret without a value keeps what is stored, and one that is removed is left out', () => {
    const posted = {
      'check.type': ['http'],
      'check.secrets~stored': ['token', 'old'],
      'check.secrets~name': ['token', 'old', 'new', ''],
      'check.secrets~value': ['', '', 'a value', ''],
      'check.secrets~remove': ['old'],
    };
    expect(read(posted, 'update')).toMatchObject({
      check: { type: 'http', secrets: { token: null, new: 'a value' } },
    });
  });
  test('null takes the place of secrets that are all removed', () => {
    const posted = {
      'check.type': ['http'],
      ...{ 'check.secrets~stored': ['token'], 'check.secrets~name': ['token'] },
      ...{ 'check.secrets~value': [''], 'check.secrets~remove': ['token'] },
    };
    expect(read(posted, 'update')).toEqual({ check: { type: 'http', secrets: null } });
    expect(read(posted)).toEqual({ check: { type: 'http' } });
  });
});

test('the form of stored secrets has their names and no value', () => {
  const check = { type: 'http', url: 'https://shop.example.com', secrets: { token: null } };
  expect(formValues(monitorFields, { check })).toMatchObject({
    'check.secrets~stored': ['token'],
    'check.secrets~name': ['token'],
    'check.secrets~value': [''],
  });
});

test('an update names what a record has lost, unless the type of the check is another one', () => {
  const headers = { accept: 'text/html', 'x-old': '1' };
  const stored = { tags: { team: 'shop', stage: 'live' }, check: { type: 'http', headers } };
  const written = { tags: { team: 'web' }, check: { type: 'http', headers: { accept: '*/*' } } };
  expect(withRemovals(monitorFields, stored, written)).toEqual({
    tags: { team: 'web', stage: null },
    check: { type: 'http', headers: { accept: '*/*', 'x-old': null } },
  });
  const other = { check: { type: 'tcp', host: 'shop.example.com' } };
  expect(withRemovals(monitorFields, stored, other)).toEqual(other);
});

test('boxes of which none is ticked are null in a list that may be null, and empty in another', () => {
  const ids = z.array(z.enum(['a', 'b']));
  const fields = fieldsOf(z.object({ some: ids.nullable().default(null), all: ids.default([]) }));
  expect(readInput(fields, { 'some~present': ['yes'], 'all~present': ['yes'] })).toEqual({
    some: null,
    all: [],
  });
  expect(readInput(fields, { some: ['a'], all: ['b'] })).toEqual({ some: ['a'], all: ['b'] });
});

describe('rows of objects', () => {
  const fields = fieldsOf(
    z.object({
      links: z
        .array(z.object({ text: z.string(), url: z.string(), note: z.string().nullable().default(null) }))
        .max(3),
    }),
    { links: { widget: 'rows' } },
  );
  const links = [
    { text: 'Help', url: 'https://a.example', note: 'x' },
    { text: 'Shop', url: 'https://b.example' },
  ];
  const values = { ...formValues(fields, { links }), 'links~present': ['yes'] };
  const after = (button: string) => {
    const changed = withChangedRows(fields, { ...values, [ROWS_BUTTON]: [button] });
    return changed && (readInput(fields, changed).links as { text: string }[]).map(({ text }) => text);
  };

  test('are the same after the form was posted unchanged, and empty rows are none', () => {
    expect(readInput(fields, values)).toEqual({ links });
    expect(readInput(fields, { ...values, 'links.7.text': [' '], 'links.7.url': [''] })).toEqual({ links });
    expect(readInput(fields, { 'links~present': ['yes'] })).toEqual({ links: [] });
    expect(readInput(fields, {})).toEqual({});
  });

  test.each([
    ['up links 1', ['Shop', 'Help']],
    ['down links 0', ['Shop', 'Help']],
    ['up links 0', ['Help', 'Shop']],
    ['remove links 0', ['Shop']],
    ['remove links 9', ['Help', 'Shop']],
    ['add links', ['Help', 'Shop']],
    ['add constructor', null],
    ['', null],
  ])('the button "%s"', (button, expected) => {
    expect(after(button)).toEqual(expected);
  });

  test('a new row has its inputs, and no more rows are added than the API takes', () => {
    const once = withChangedRows(fields, { ...values, [ROWS_BUTTON]: ['add links'] })!;
    expect(once['links.2.url']).toEqual(['']);
    const twice = withChangedRows(fields, { ...once, [ROWS_BUTTON]: ['add links'] })!;
    expect(twice['links.3.url']).toBeUndefined();
  });
});
