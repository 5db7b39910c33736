// Messages to subscribers that are late, as a reason of the health. A webhook of a stranger must not impair the mesh.
import { expect, test } from 'vitest';
import { PART_RULES } from '../../../src/services/health/part-rules.ts';
import type { ReadInputs } from '../../../src/services/health/rule.ts';
import type { MailingFacts } from '../../../src/store/health-facts.ts';

const NOW = 1_800_000_000_000;
const MINUTE_MS = 60_000;
const find = (facts: Partial<MailingFacts>) => {
  const mailings = { dueSince: null, failingSince: null, lastError: null, ...facts };
  return PART_RULES.mailings_late.find({ facts: { mailings } } as unknown as ReadInputs, NOW);
};

test('messages that are ten minutes late impair the mesh, with the error of the provider', () => {
  expect(find({ dueSince: NOW - 10 * MINUTE_MS })?.detail).toContain('10 min overdue');
  const failing = find({ failingSince: NOW - 20 * MINUTE_MS, lastError: 'api.resend.com responded 401' });
  expect(failing).toMatchObject({ since: NOW - 10 * MINUTE_MS });
  expect(failing?.detail).toContain('api.resend.com responded 401');
});

test('messages that are due now, or wait for their next attempt, do not', () => {
  expect(find({})).toBeNull();
  expect(find({ dueSince: NOW - 9 * MINUTE_MS })).toBeNull();
  expect(find({ dueSince: NOW + 60 * MINUTE_MS, failingSince: NOW - 5 * MINUTE_MS })).toBeNull();
});
