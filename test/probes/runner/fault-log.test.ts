// What a probe logs about a bug in a check: the location in the code, without secrets.
import { expect, test, vi } from 'vitest';
import { createRedactor } from '../../../probes/checks/shared/secrets.ts';
import { Session } from '../../../probes/net/session.ts';
import { toObservation } from '../../../probes/runner/to-observation.ts';

test('an error that a check throws is logged once, with its code locations and its secrets redacted', () => {
  const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
  const session = new Session(1_000, { trace: false, redact: createRedactor({ a: 'open sesame' }) });
  const error = new Error('odd value\nopen sesame');
  const observation = toObservation({ id: 0, check: { type: 'tcp' } }, 0, session, { error });
  const lines = logged.mock.calls.flat().join('\n');
  logged.mockRestore();
  expect(observation).toMatchObject({ outcome: 'unmeasured', reason: 'function_error' });
  expect(lines).toContain('odd value\n•••');
  expect(lines).toMatch(/^ {4}at .*fault-log/m);
  expect(lines).not.toContain('sesame');
});
