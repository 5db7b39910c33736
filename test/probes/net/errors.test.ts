import { expect, test } from 'vitest';
import { WireError } from '../../../probes/checks/check.ts';
import { toFailure, UnmeasuredError } from '../../../probes/net/errors.ts';

const errno = (code: string): NodeJS.ErrnoException => Object.assign(new Error(`connect ${code}`), { code });

test.each([
  ['ECONNREFUSED', 'refused'],
  ['ECONNRESET', 'reset'],
  ['ETIMEDOUT', 'timeout'],
  ['EHOSTUNREACH', 'unreachable'],
  ['ENETUNREACH', 'unreachable'],
  ['EACCES', 'unreachable'],
  ['ENOPROTOOPT', 'unreachable'],
])('the error %s is a failure of the target: %s', (code, failure) => {
  const error = toFailure(errno(code), '192.0.2.1:80');
  expect(error).toBeInstanceOf(WireError);
  expect(error).toMatchObject({ code: failure, message: expect.stringContaining('192.0.2.1:80') });
});

test.each(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'EANYTHING'])(
  'the error %s is a fault of the location, not a failure of the target',
  (code) => {
    const error = toFailure(errno(code), '192.0.2.1:80');
    expect(error).toBeInstanceOf(UnmeasuredError);
    expect(error).toMatchObject({ reason: 'location_offline', message: expect.stringContaining(code) });
  },
);
