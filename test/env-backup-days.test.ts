// How BACKUP_DAYS is read: its default, its limits, and an error that names them.
import { expect, test } from 'vitest';
import { type Bindings, ConfigError, readEnv } from '../src/env.ts';

const read = (BACKUP_DAYS?: string): number => {
  const env = {
    ...{ PUBLIC_URL: 'https://status.acme.dev', PROBE_FUNCTION: 'probemesh-probe' },
    ...{ LOCATIONS: 'aws:us-east-1', AWS_ACCESS_KEY_ID: 'AKIDTEST', AWS_SECRET_ACCESS_KEY: 'for-tests' },
    ADMIN_TOKEN_SHA256: '4c5dc9b7708905f77f5e5d16316b5dfb425e68cb326dcd55a860e90a7707031e',
    ENCRYPTION_KEY: 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=',
    ...(BACKUP_DAYS === undefined ? {} : { BACKUP_DAYS }),
  };
  return readEnv(env as unknown as Bindings).backupDays;
};

test('backups are kept for 30 days, or for as many as BACKUP_DAYS says', () => {
  expect([undefined, '', '1', '3650'].map(read)).toEqual([30, 30, 1, 3_650]);
});

test.each(['0', '3651', '1.5', 'a week'])('BACKUP_DAYS cannot be %j', (days) => {
  expect(() => read(days)).toThrow(ConfigError);
  expect(() => read(days)).toThrow(
    /BACKUP_DAYS is ".*"\. It must be a whole number of days between 1 and 3650\./,
  );
});
