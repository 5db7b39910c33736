// Owns the words for why a check failed or measured nothing, on every page of the dashboard.
import type { OutcomeCode, OutcomeReason } from '../../../engine/model/heartbeat.ts';

export const FAILURES: Readonly<Record<OutcomeCode, string>> = {
  refused: 'Connection refused',
  timeout: 'No answer in time',
  reset: 'Connection reset',
  unreachable: 'Network unreachable',
  dns: 'The name does not resolve',
  tls: 'TLS failed',
  unexpected_reply: 'Unexpected reply',
  unexpected_open: 'The port is open',
  forbidden_address: 'Forbidden address',
  missed: 'No ping in time',
  never_seen: 'No first ping',
  job_failed: 'The job failed',
  too_long: 'The job runs too long',
};

/** None of these is the fault of the target. */
export const UNMEASURED: Readonly<Record<OutcomeReason, string>> = {
  location_offline: 'the location has no network',
  deadline: 'the location did not answer in time',
  late: 'the answer came too late',
  no_ipv6: 'the location has no IPv6',
  throttled: 'AWS throttles the location',
  invoke_error: 'the location cannot be reached',
  function_error: 'the probe failed',
  bad_report: 'the report of the probe cannot be read',
  unknown_check: 'the probe is older than this check',
  version: 'the probe has another version',
  waiting: 'the first ping is not due yet',
};
