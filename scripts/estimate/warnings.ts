// Owns what a plan or a platform does not take: each exceeded limit in one sentence, with the fix. Pure.
import { EGRESS_GIGABYTE, FREE_PLAN, PAID_PLAN, type Sourced } from './prices.ts';
import { DAYS_A_MONTH, type Usage } from './usage.ts';
import type { Workload } from './workload.ts';

const figure = (value: number): string => Math.ceil(value).toLocaleString('en');

export function warningsOf(workload: Workload, usage: Usage): string[] {
  const { plan, regions } = workload;
  const limits = plan === 'free' ? FREE_PLAN : PAID_PLAN;
  const name = plan === 'free' ? 'Free' : 'Paid';
  const fix =
    plan === 'free' ? 'Use Workers Paid.' : 'Use longer intervals, probes with more memory, or two meshes.';
  const over = (used: number, limit: Sourced, text: string): string[] =>
    used > limit.value ? [`${text}: ${figure(used)}, but ${name} takes ${figure(limit.value)}. ${fix}`] : [];
  const { invocation } = usage;
  const daily = (value: number): number => value / DAYS_A_MONTH;
  return [
    ...over(invocation.queries, limits.queriesAnInvocation, 'Statements of a tick'),
    ...over(
      Math.max(invocation.queriesAlone, invocation.queriesInOutage),
      limits.queriesAnInvocation,
      'Statements of a tick without a newer one, or in an outage',
    ),
    ...over(invocation.subrequests, limits.subrequestsAnInvocation, 'Subrequests of a tick'),
    ...over(
      Math.max(invocation.subrequestsAlone, invocation.subrequestsInOutage),
      limits.subrequestsAnInvocation,
      'Subrequests of a tick without a newer one, or in an outage',
    ),
    ...over(invocation.cpuMs, limits.cpuMsAnInvocation, 'CPU of a tick, ms'),
    ...over(usage.databaseBytes, limits.databaseBytes, 'Bytes in D1'),
    ...(plan === 'free'
      ? [
          ...over(daily(usage.workerRequests), FREE_PLAN.requestsADay, 'Requests to the Worker a day'),
          ...over(daily(usage.rowsWritten), FREE_PLAN.rowsWrittenADay, 'Rows written a day'),
          ...over(daily(usage.rowsRead), FREE_PLAN.rowsReadADay, 'Rows read a day'),
          ...over(daily(usage.queueOperations), FREE_PLAN.queueOperationsADay, 'Operations of queues a day'),
        ]
      : []),
    ...regions
      .filter((region) => !(region in EGRESS_GIGABYTE))
      .map((region) => `${region} has no dated price of egress: the highest one is used.`),
  ];
}
