// How long rows are kept, as it is configured.
import { expect, test } from 'vitest';
import { type Bindings, readEnv } from '../src/env.ts';

const retentionOf = (variables: Partial<Bindings> = {}) =>
  readEnv({
    PUBLIC_URL: 'https://status.test',
    PROBE_FUNCTION: 'probe',
    LOCATIONS: 'aws:eu-central-1',
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'secret-for-tests',
    ADMIN_TOKEN_SHA256: '4c5dc9b7708905f77f5e5d16316b5dfb425e68cb326dcd55a860e90a7707031e',
    ENCRYPTION_KEY: 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=',
    ...variables,
  } as Bindings).retention;

test('rows are kept for the documented days unless they are configured', () => {
  const defaults = {
    ...{ journalDays: 3, evidenceDays: 90, deliveryDays: 30, auditDays: 400 },
    ...{ observationDays: 30, dayDays: 400 },
  };
  expect(retentionOf()).toEqual(defaults);
  expect(retentionOf({ JOURNAL_DAYS: '', EVIDENCE_DAYS: ' ', DELIVERY_DAYS: '', AUDIT_DAYS: '' })).toEqual(
    defaults,
  );
  const set = {
    ...{ JOURNAL_DAYS: '1', EVIDENCE_DAYS: '3650', DELIVERY_DAYS: '3', AUDIT_DAYS: '30' },
    ...{ OBSERVATION_DAYS: '3', DAY_DAYS: '92' },
  };
  expect(retentionOf(set)).toEqual({
    ...{ journalDays: 1, evidenceDays: 3_650, deliveryDays: 3, auditDays: 30 },
    ...{ observationDays: 3, dayDays: 92 },
  });
});

test.each(['0', '3651', '1.5', '7 days', '-1', 'NaN', 'Infinity'])(
  '%j days are refused with the limits',
  (text) => {
    const names = [
      'JOURNAL_DAYS',
      'EVIDENCE_DAYS',
      'DELIVERY_DAYS',
      'AUDIT_DAYS',
      'OBSERVATION_DAYS',
      'DAY_DAYS',
    ];
    for (const name of names)
      expect(() => retentionOf({ [name]: text })).toThrow(
        `${name} is "${text}". It must be a whole number of days between`,
      );
  },
);

test('deliveries are kept for longer than they are attempted', () => {
  expect(() => retentionOf({ DELIVERY_DAYS: '2' })).toThrow('between 3 and 3650');
});

test('the audit log is kept for a month at least', () => {
  expect(() => retentionOf({ AUDIT_DAYS: '29' })).toThrow('between 30 and 3650');
});
