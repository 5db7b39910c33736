// The state of a location as pages show it, from what is stored of it.
import { expect, test } from 'vitest';
import {
  hasOtherContract,
  healthSince,
  locationHealth,
  median,
} from '../../../src/services/locations/location-health.ts';
import type {
  ListedLocation,
  OpenLocationIncident,
  StoredInvocation,
} from '../../../src/store/location-list.ts';

const ID = 'aws:eu-central-1';
const REPORT: StoredInvocation = {
  ...{ location: 1, at: 1_000, durationMs: 12, error: null, missedDeadline: false },
  ...{ ok: 3, failed: 1, unmeasured: 0, reasons: [] },
};
const LOCATION: ListedLocation = {
  ...{ id: ID, number: 1, monitors: 4, failing: 1, failingOnlyHere: 0 },
  ...{ incident: null, recoveredAt: 500, newest: REPORT },
  recent: { count: 2, failed: 1, since: 0, lastSuccessAt: 900, durationsMs: [12, 14] },
};
const INCIDENT: OpenLocationIncident = {
  ...{ id: 'i', location: ID, kind: 'quarantined', startedAt: 700, failedMonitors: 7, checkedMonitors: 9 },
};
const KNOWN = { configured: [ID], ticksStopped: false };
const DARK = { ...REPORT, ok: 0, failed: 0, unmeasured: 2 };

test.each([
  ['that reports is healthy', LOCATION, KNOWN, 'healthy', 500],
  [
    'that only sees failures is healthy',
    { ...LOCATION, newest: { ...REPORT, ok: 0 } },
    KNOWN,
    'healthy',
    500,
  ],
  [
    'whose newest invocation failed is silent',
    { ...LOCATION, newest: { ...REPORT, error: 'x' } },
    KNOWN,
    'silent',
    900,
  ],
  ['that measured nothing is silent', { ...LOCATION, newest: DARK }, KNOWN, 'silent', 900],
  ['without a report waits', { ...LOCATION, newest: null }, KNOWN, 'waiting', null],
  ['with an incident is in it', { ...LOCATION, incident: INCIDENT }, KNOWN, 'quarantined', 700],
  ['is unknown once ticks have stopped', LOCATION, { ...KNOWN, ticksStopped: true }, 'unknown', null],
  ['that is not configured is disabled', LOCATION, { ...KNOWN, configured: [] }, 'disabled', null],
])('a location %s', (_, location, known, health, since) => {
  const found = locationHealth(location, known);
  expect([found, healthSince(location, found)]).toEqual([health, since]);
});

test('a probe with another contract version is noticed, also if it measures something', () => {
  expect(hasOtherContract(LOCATION)).toBe(false);
  expect(hasOtherContract({ newest: { ...REPORT, unmeasured: 1, reasons: ['version'] } })).toBe(true);
});

test('the median of nothing is unknown', () => {
  expect([median([]), median([5]), median([9, 1, 2]), median([4, 1, 2, 3])]).toEqual([null, 5, 2, 2]);
});
