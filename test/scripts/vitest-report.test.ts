// The summary of `npm test`, from reports of vitest.
import { expect, test } from 'vitest';
import { countTests } from '../../scripts/test/vitest-report.ts';

const reportOf = (...tests: [status: string, fullName: string][]) => ({
  numPassedTests: tests.filter(([status]) => status === 'passed').length,
  numFailedTests: tests.filter(([status]) => status === 'failed').length,
  numPendingTests: tests.filter(([status]) => status === 'skipped').length,
  testResults: [{ assertionResults: tests.map(([status, fullName]) => ({ status, fullName })) }],
});

test('a run without a report counts as failed', () => {
  expect(countTests(undefined, false)).toMatchObject({ passed: 0, failed: 1 });
});

test('a test file that does not load counts as failed, although none of its tests failed', () => {
  expect(countTests(reportOf(['passed', 'a']), false)).toMatchObject({ passed: 1, failed: 1 });
});

test('failed tests count as failed', () => {
  expect(countTests(reportOf(['failed', 'a'], ['failed', 'b']), false).failed).toBe(2);
});

test('the reasons of skipped tests are listed once each, whole, and only for skipped tests', () => {
  const report = reportOf(
    ['skipped', 'over a network (skipped: not installed: nsd) an open port is ok'],
    ['skipped', 'over a network (skipped: not installed: nsd) a closed port is refused'],
    ['skipped', 'a dns check (skipped: no namespaces here: unshare failed (EPERM)) finds A'],
    ['skipped', 'a test that skips silently'],
    ['passed', 'a title with (skipped: nothing) in it'],
  );
  expect(countTests(report, true)).toEqual({
    ...{ passed: 1, failed: 0, skipped: 4 },
    reasons: [
      'not installed: nsd',
      'no namespaces here: unshare failed (EPERM)',
      'a test that skips silently (without a reason)',
    ],
  });
});
