import { expect, test } from 'vitest';
import { cronError } from '../../../src/services/windows/cron-fields.ts';
import { parseSchedule } from '../../../src/services/windows/schedule.ts';

test.each([
  ['61 2 * * *', 'the minute "61" must be 0 to 59'],
  ['5-1 2 * * *', 'the minute "5-1" must be 0 to 59'],
  ['*/0 2 * * *', 'the minute "*/0" must be 0 to 59'],
  ['0 24 * * *', 'the hour "24" must be 0 to 23'],
  ['0 2 32 * *', 'the day of month "32" must be 1 to 31'],
  ['0 2 * 13 *', 'the month "13" must be 1 to 12'],
  ['0 2 * * FOO', 'the day of week "FOO" must be 0 to 7'],
])('the expression %s is rejected with its field and what that may be', (cron, message) => {
  const parsed = parseSchedule({ cron, durationMinutes: 60, timeZone: 'UTC' }, 0);
  expect(parsed).toMatchObject({ ok: false, error: { path: ['cron'] } });
  const text = parsed.ok || parsed.error.kind === 'not_found' ? '' : parsed.error.message;
  expect(text).toContain(message);
  expect(text).not.toContain(' and the ');
});

test('all wrong fields are named', () => {
  expect(cronError('61 25 * * *')).toContain(
    'the minute "61" must be 0 to 59, and the hour "25" must be 0 to 23',
  );
});

test.each(['0 2 * *', '0 2 * * * *', '', '@nonsense'])(
  '%j is rejected because it has not five fields',
  (cron) => {
    expect(cronError(cron)).toContain('must have five fields');
  },
);
