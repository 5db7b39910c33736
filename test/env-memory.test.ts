// The memory of the probe's function, as it is configured.
import { expect, test } from 'vitest';
import { type Bindings, ConfigError, readEnv } from '../src/env.ts';
import { jobLimits } from '../src/fleet/split-job.ts';

const memoryOf = (text?: string) =>
  readEnv({
    PUBLIC_URL: 'https://status.test',
    PROBE_FUNCTION: 'probe',
    LOCATIONS: 'aws:eu-central-1',
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'secret-for-tests',
    ADMIN_TOKEN_SHA256: '4c5dc9b7708905f77f5e5d16316b5dfb425e68cb326dcd55a860e90a7707031e',
    ENCRYPTION_KEY: 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=',
    ...(text === undefined ? {} : { PROBE_MEMORY_MB: text }),
  } as Bindings).probeMemoryMb;

test('the memory is 256 MB unless it is configured', () => {
  expect([memoryOf(), memoryOf(''), memoryOf('512')]).toEqual([undefined, undefined, 512]);
  expect(jobLimits(memoryOf())).toEqual(jobLimits(256));
});

test.each(['0', '127', '10241', '256.5', '256 MB', '-1', 'NaN'])(
  'PROBE_MEMORY_MB %j is refused with its limits',
  (text) => {
    expect(() => memoryOf(text)).toThrow(ConfigError);
    expect(() => memoryOf(text)).toThrow('PROBE_MEMORY_MB must be a whole number between 128 and 10240');
  },
);
