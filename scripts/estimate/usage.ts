// Owns what a workload uses in a month of 30 days, from the measured figures and the rules of the schedule. Pure. Knows no prices.
import { SLOT_MS } from '../../src/engine/model/policy.ts';
import { runCpuMs } from '../../src/fleet/check-cost.ts';
import { jobLimits } from '../../src/fleet/split-job.ts';
import {
  BYTES,
  CHECKS,
  CHECKS_A_COMPACTION,
  CPU_SHARE_USED,
  DAYS,
  INVOCATION_CPU_MS,
  LOG_BYTES_AN_INVOCATION,
  MB_PER_CORE,
  ROWS_WRITTEN,
} from './measured.ts';
import { type InvocationUse, tickCost } from './tick-cost.ts';
import type { Group, Workload } from './workload.ts';

export const DAYS_A_MONTH = 30;
const HOURS = DAYS_A_MONTH * 24;
const MINUTES = HOURS * 60;
const SECONDS = MINUTES * 60;
const GB = 1e9;

/** A month, unless the name says otherwise. */
export interface Usage {
  readonly monitors: number;
  readonly checks: number;
  readonly workerRequests: number;
  readonly workerCpuMs: number;
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly databaseBytes: number;
  readonly queueOperations: number;
  readonly clockRequests: number;
  readonly clockGigabyteSeconds: number;
  readonly lambdaRequests: number;
  readonly lambdaGigabyteSeconds: number;
  readonly egressGigabytes: Readonly<Record<string, number>>;
  readonly logGigabytes: Readonly<Record<string, number>>;
  readonly natHours: number;
  /** Both directions. */
  readonly natGigabytes: number;
  readonly schedules: number;
  readonly copyPuts: number;
  /** Of one invocation of the coordinator. */
  readonly invocation: InvocationUse;
}

/** Messages of a queue are written, read and deleted. */
const OPERATIONS_A_MESSAGE = 3;
/** The compaction is asked for once an hour. */
const MESSAGES_AN_HOUR = 1;
/** A tick without a newer one works on for 170 s: src/scheduler/tick.ts. */
const ALONE_MINUTES = 170 / 60;
/** An alarm, and the tick that sets it again. */
const CLOCK_REQUESTS_A_MINUTE = 2;
/** A Durable Object is billed with 128 MB, and stays for at most 10 s after a request. */
const CLOCK_GIGABYTE_SECONDS = 0.125 * 10;
/** It asks for the health, and reports that it lives. */
const WATCHDOG_REQUESTS_A_MINUTE = 2;
/** A function of the smallest size that waits for the coordinator. */
const WATCHDOG = { memoryMb: 256, seconds: 1 } as const;
/** The largest payload of an Ethernet packet that carries TCP. Two of them are acknowledged together, with 52 bytes of IP. */
const SEGMENT_BYTES = 1_448;
const ACK_BYTES = 52;

const checksAMonth = ({ monitors, intervalSeconds, locations }: Group): number =>
  monitors * locations * (SECONDS / intervalSeconds);

/** Groups whose checks travel together. */
function byRhythm(groups: readonly Group[]): Group[][] {
  const rhythms = new Map<string, Group[]>();
  for (const group of groups) {
    if (group.monitors === 0) continue;
    const key = `${group.intervalSeconds}/${group.locations}`;
    rhythms.set(key, [...(rhythms.get(key) ?? []), group]);
  }
  return [...rhythms.values()];
}

/** Slots of 10 s in which one location checks monitors of a rhythm, and jobs for each: src/engine/schedule/schedule.ts. */
function jobsOf(
  groups: readonly Group[],
  memoryMb: number,
): { readonly slots: number; readonly jobs: number } {
  const { intervalSeconds, locations } = groups[0]!;
  const monitors = groups.reduce((sum, group) => sum + group.monitors, 0);
  const free = Math.max(1, Math.floor((intervalSeconds * 1_000) / locations / SLOT_MS));
  const slots = Math.min(free, Math.ceil(monitors));
  const { maxRuns, maxCpuMs } = jobLimits(memoryMb);
  const weight = groups.reduce((sum, group) => {
    const cpu = runCpuMs({ id: 0, check: CHECKS[group.check].sample });
    return sum + (group.monitors / slots) * Math.max(1 / maxRuns, cpu / maxCpuMs);
  }, 0);
  return { slots, jobs: Math.max(1, Math.ceil(weight - 1e-9)) };
}

export function usageOf(workload: Workload): Usage {
  const { groups, regions, memoryMb, targetMs, requests, deliveries, watchdogs, copiedPages } = workload;
  const monitors = groups.reduce((sum, group) => sum + group.monitors, 0);
  const checks = groups.reduce((sum, group) => sum + checksAMonth(group), 0);
  const rhythms = byRhythm(groups).map((alike) => ({
    ...{ ...jobsOf(alike, memoryMb), rounds: SECONDS / alike[0]!.intervalSeconds },
    locations: alike[0]!.locations,
  }));
  const invocations = rhythms.reduce(
    (sum, { slots, jobs, rounds, locations }) => sum + slots * jobs * rounds * locations,
    0,
  );
  // Of one location, reports of a slot are one commit, whatever their interval is.
  const commits = rhythms.reduce((sum, { slots, rounds, locations }) => sum + slots * rounds * locations, 0);

  const share = Math.min(1, memoryMb / MB_PER_CORE);
  const runMs = groups.reduce(
    (sum, group) => sum + checksAMonth(group) * (CHECKS[group.check].cpuMs / (share * CPU_SHARE_USED)),
    0,
  );
  const probeSeconds = (runMs + invocations * (INVOCATION_CPU_MS / share + targetMs)) / 1_000;
  const watchdogRuns = watchdogs * MINUTES;
  const watchdogGigabyteSeconds = watchdogRuns * WATCHDOG.seconds * (WATCHDOG.memoryMb / 1_024);

  const egress = groups.reduce((sum, group) => sum + checksAMonth(group) * bytesOut(group, workload), 0);
  const responses = groups.reduce((sum, group) => sum + checksAMonth(group) * bytesIn(group, workload), 0);
  const logs = (invocations + watchdogRuns) * LOG_BYTES_AN_INVOCATION;
  const spread = (bytes: number): Record<string, number> =>
    Object.fromEntries(regions.map((region) => [region, bytes / GB / regions.length]));

  const compactions = Math.max(1, Math.ceil(checks / HOURS / CHECKS_A_COMPACTION));
  const messages = HOURS * MESSAGES_AN_HOUR + deliveries;
  const watchdogRequests = watchdogRuns * WATCHDOG_REQUESTS_A_MINUTE + watchdogRuns * copiedPages;
  const tick = tickCost(monitors, invocations / MINUTES, ALONE_MINUTES);
  return {
    monitors,
    checks,
    workerRequests: MINUTES + messages + requests + watchdogRequests,
    workerCpuMs:
      MINUTES * tick.cpuMs +
      monitors * HOURS * tick.compactionCpuMs +
      (requests + watchdogRequests) * tick.pageCpuMs,
    rowsRead: MINUTES * tick.rowsRead + (requests + watchdogRequests) * tick.pageRowsRead,
    rowsWritten:
      commits * ROWS_WRITTEN.aCommit +
      HOURS * (ROWS_WRITTEN.ticksAnHour + ROWS_WRITTEN.compactionAnHour * compactions) +
      monitors * HOURS * ROWS_WRITTEN.aMonitorHour * compactions +
      monitors * DAYS_A_MONTH * ROWS_WRITTEN.aMonitorDay +
      watchdogRuns,
    databaseBytes:
      (DAYS.journal / DAYS_A_MONTH) * (commits * BYTES.journalACommit + checks * BYTES.journalACheck) +
      (DAYS.observations / DAYS_A_MONTH) * checks * BYTES.seriesACheck +
      monitors * DAYS.days * BYTES.monitorDay,
    queueOperations: messages * OPERATIONS_A_MESSAGE,
    clockRequests: MINUTES * CLOCK_REQUESTS_A_MINUTE,
    clockGigabyteSeconds: MINUTES * CLOCK_GIGABYTE_SECONDS,
    lambdaRequests: invocations + watchdogRuns,
    lambdaGigabyteSeconds: probeSeconds * (memoryMb / 1_024) + watchdogGigabyteSeconds,
    egressGigabytes: spread(egress),
    logGigabytes: spread(logs),
    natHours: workload.nat ? regions.length * HOURS : 0,
    natGigabytes: workload.nat ? (egress + responses) / GB : 0,
    schedules: watchdogRuns,
    // Each page and its summary.
    copyPuts: watchdogs > 0 ? MINUTES * copiedPages * 2 : 0,
    invocation: tick.invocation,
  };
}

const isHttp = (check: Group['check']): boolean => check === 'http' || check === 'plain-http';

const bytesIn = ({ check }: Group, { responseKb }: Workload): number =>
  isHttp(check) ? responseKb * 1_000 : 0;

/** To the target and to the coordinator. Acknowledgements of a response are more than loopback shows: its packets are larger. */
function bytesOut({ check }: Group, { responseKb }: Workload): number {
  const { sentBytes, reportBytes } = CHECKS[check];
  const acks = isHttp(check) ? Math.ceil((responseKb * 1_000) / SEGMENT_BYTES / 2) * ACK_BYTES : 0;
  return sentBytes + reportBytes + acks;
}
