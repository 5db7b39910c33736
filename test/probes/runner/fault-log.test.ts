// What a probe logs of a bug in a check: where it is, and no secret.
import { expect, test, vi } from 'vitest';
import { createRedactor } from '../../../probes/checks/shared/secrets.ts';
import { NetworkWire } from '../../../probes/net/wire.ts';
import { observationOf } from '../../../probes/runner/to-observation.ts';

test('a message of several lines is logged once, its secrets blotted out, with the places', () => {
  const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
  const resolver = { resolve: async () => [], servers: () => [] };
  const wire = new NetworkWire({ resolver, allowLoopback: false, sourceAddress: undefined }, 1_000);
  const error = new Error('odd value\nopen sesame');
  const seen = observationOf(
    { id: 0, check: { type: 'tcp' } },
    0,
    wire,
    { error },
    createRedactor({ a: 'open sesame' }),
  );
  const lines = logged.mock.calls.flat().join('\n');
  logged.mockRestore();
  expect(seen).toMatchObject({ outcome: 'unmeasured', reason: 'function_error' });
  expect(lines).toContain('odd value\n•••');
  expect(lines).toMatch(/^ {4}at .*fault-log/m);
  expect(lines).not.toContain('sesame');
});
