// Owns every duration and threshold of the engine, each with its reason. Does not hold what a monitor's own policy sets.
import type { Policy } from './state.ts';

/** A location's reported network of a target changes at most once a UTC day. */
export const DAY_MS = 86_400_000;

/** Checks are planned in slots of this length, counted from the epoch: every tick computes the same ones. */
export const SLOT_MS = 10_000;
/** Checks start mid-slot, so that a tick that starts on the minute can take over before they are due. */
export const PHASE_IN_SLOT_MS = SLOT_MS / 2;

/** Runs that start closer together than this count once: they see the same hiccup. */
export const minSpacingMs = ({ confirmMs }: Policy): number => confirmMs / 2;

const STALE_INTERVALS = 2.5;
const MIN_STALE_MS = 180_000;

/** A vote expires after this long without a measurement. It survives one lost run and a slow change of ticks. */
export const staleAfterMs = ({ intervalMs }: Pick<Policy, 'intervalMs'>): number =>
  Math.max(STALE_INTERVALS * intervalMs, MIN_STALE_MS);

/** Two locations can have local trouble at the same time, but rarely for this long. */
export const SUSTAINED_MS = 90_000;
/** Three locations that confirm a failure at the same time are not a coincidence: a regional problem. */
export const MIN_CONFIRMED_FOR_PARTIAL = 3;
/** One failing location alone is never a regional problem. */
export const MIN_FAILING_FOR_PARTIAL = 2;

/** One step to find the contradiction, then as many as the longer streak needs. */
export const maxFanOutSteps = ({ failures, recoveries }: Policy): number =>
  Math.max(failures, recoveries) + 1;

/** An invocation may take this much longer than its slowest run. */
const DEADLINE_SLACK_MS = 3_000;

/** After this long the report of a run is late. */
export const deadlineMs = ({ timeoutMs }: Pick<Policy, 'timeoutMs'>): number => timeoutMs + DEADLINE_SLACK_MS;

/** The longest possible fan-out: each step takes a pause or a run that hangs. */
export const maxFanOutMs = (policy: Policy): number =>
  maxFanOutSteps(policy) * Math.max(policy.confirmMs, deadlineMs(policy));

/** Results that arrive together are applied together: a round waits this long after its newest one. */
export const EARLY_CLOSE_DELAY_MS = 500;
/** After this many missed deadlines in a row a fan-out no longer waits for the location. */
export const MAX_MISSED_DEADLINES = 2;

const NO_DATA_INTERVALS = 3;
const MIN_NO_DATA_MS = 300_000;

/** A monitor without a verdict, or a location without a measurement, is reported after this long. */
export const noDataAfterMs = ({ intervalMs }: Pick<Policy, 'intervalMs'>): number =>
  Math.max(NO_DATA_INTERVALS * intervalMs, MIN_NO_DATA_MS);

/** Without a commit for this much longer than the shortest interval, no tick was running. */
export const COORDINATOR_GAP_MS = 150_000;

const MEASURED_INTERVALS = 3;
const MIN_MEASURED_MS = 180_000;

/** A mesh whose newest measurement is older than this has stopped measuring. By its shortest interval. */
export const measuredWithinMs = ({ intervalMs }: Pick<Policy, 'intervalMs'>): number =>
  Math.max(MEASURED_INTERVALS * intervalMs, MIN_MEASURED_MS);

/** Cron starts a tick every minute: without one for this long, ticks have stopped. */
export const TICK_WITHIN_MS = 180_000;

/** After a pause of all monitors that is at least this long, ages count from the start again. */
export const RESTART_AFTER_IDLE_MS = 180_000;

/**
 * A clock that differs from D1's by more than this is wrong: the coordinator starts no check run by it. Times that are
 * further ahead than this prove nothing, because the clock that wrote them was wrong.
 */
export const CLOCK_TOLERANCE_MS = 60_000;
/** A state further ahead of the clock than this is corrected. Less is the difference between two machines. */
export const STATE_AHEAD_MS = 5_000;
/** While the clocks differ, the coordinator compares them again after this long. */
export const CLOCK_RETRY_MS = 5_000;

/** Outliers fail at least this many monitors, on this many networks: fewer can be the targets' own trouble. */
export const OUTLIER_MIN_FAILED = 3;
export const OUTLIER_MIN_NETWORKS = 3;
/** Outliers fail at least this share of the monitors they checked … */
export const OUTLIER_FAILED_SHARE = 0.5;
/** … and most peers contradict them about this share of the failures. */
export const OUTLIER_CONTRADICTED_SHARE = 0.8;
/** One location's word against another's proves nothing: at least this many peers contradict. */
export const MIN_CONTRADICTING_PEERS = 2;
/** Failures on few networks may be the network's own trouble. So a lone outlier fails nearly all … */
export const LONE_OUTLIER_FAILED_SHARE = 0.9;
/** … of at least this many monitors that all others see ok … */
export const LONE_OUTLIER_MIN_MONITORS = 5;
/** … and for this many of their intervals. */
export const LONE_OUTLIER_INTERVALS = 3;
/** A quarantined location is trusted again when it agrees with its peers about this share of the monitors. */
export const RECOVERED_AGREEING_SHARE = 0.9;
/** At most one location in three is quarantined: more than that is a regional outage, not outliers. */
export const MAX_QUARANTINED_ONE_IN = 3;

/** Flap detection weighs the last 20 transitions between verdicts, one an interval, the newest most. */
export const FLAP_TRANSITIONS = 20;
export const FLAP_NEWEST_WEIGHT = 1.25;
export const FLAP_OLDEST_WEIGHT = 0.75;
/** Weighted share of changes, in percent: assets.nagios.com/downloads/nagioscore/docs/nagioscore/4/en/flapping.html */
export const FLAP_START_PERCENT = 20;
export const FLAP_STOP_PERCENT = 5;

const MAX_FLAP_SUPPRESSION_INTERVALS = 3;
const MIN_FLAP_SUPPRESSION_MS = 300_000;

/** An incident that stays open this long is not a single change any more: flapping stops suppressing it. */
export const maxFlapSuppressionMs = ({ intervalMs }: Pick<Policy, 'intervalMs'>): number =>
  Math.max(MAX_FLAP_SUPPRESSION_INTERVALS * intervalMs, MIN_FLAP_SUPPRESSION_MS);

/** A warning that returns within this many intervals is not sent again: near its threshold it starts and ends all day. */
export const RECENT_WARNING_INTERVALS = 20;
