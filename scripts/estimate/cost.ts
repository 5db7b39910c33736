// Owns the bill of a month: a line for each thing that a vendor bills, with what is included in the plan. Pure.
import {
  EGRESS_GIGABYTE,
  FREE_PLAN,
  LOGS_GIGABYTE,
  PRICES,
  type Sourced,
  UNKNOWN_EGRESS_GIGABYTE,
} from './prices.ts';
import { DAYS_A_MONTH, type Usage, usageOf } from './usage.ts';
import { warningsOf } from './warnings.ts';
import type { Workload } from './workload.ts';

export interface Line {
  readonly name: string;
  readonly unit: string;
  readonly used: number;
  /** A month. Null: nothing is included. */
  readonly included: number | null;
  readonly dollars: number;
  /** Where the price is from. */
  readonly price: Sourced;
}

export interface Estimate {
  readonly workload: Workload;
  readonly usage: Usage;
  readonly lines: readonly Line[];
  /** Dollars a month, before tax. */
  readonly dollars: number;
  /** The line that costs most. Null if nothing costs anything. */
  readonly dominant: Line | null;
  readonly warnings: readonly string[];
}

const MILLION = 1e6;

export function estimate(workload: Workload): Estimate {
  const usage = usageOf(workload);
  const lines = [...cloudflareLines(workload, usage), ...awsLines(usage)];
  const dollars = lines.reduce((sum, line) => sum + line.dollars, 0);
  const [first] = lines.toSorted((a, b) => b.dollars - a.dollars);
  const dominant = first !== undefined && first.dollars > 0 ? first : null;
  return { workload, usage, lines, dollars, dominant, warnings: warningsOf(workload, usage) };
}

/** Beyond what is included, `price` for each `per` units. */
function line(
  [name, unit]: readonly [string, string],
  used: number,
  included: number | null,
  price: Sourced,
  per = 1,
): Line {
  const billed = Math.max(0, used - (included ?? 0));
  return { name, unit, used, included, dollars: (billed / per) * price.value, price };
}

function cloudflareLines({ plan }: Workload, usage: Usage): Line[] {
  const { workers, d1, queues, durableObjects } = PRICES;
  const gigabytes = usage.databaseBytes / 1e9;
  const paid = [
    {
      ...{ name: 'Workers Paid', unit: 'plan', used: 1, included: null },
      ...{ dollars: workers.base.value, price: workers.base },
    },
    line(
      ['Workers requests', 'requests'],
      usage.workerRequests,
      workers.requestsIncluded.value,
      workers.requestsMillion,
      MILLION,
    ),
    line(
      ['Workers CPU', 'ms'],
      usage.workerCpuMs,
      workers.cpuMsIncluded.value,
      workers.cpuMsMillion,
      MILLION,
    ),
    line(['D1 rows read', 'rows'], usage.rowsRead, d1.rowsReadIncluded.value, d1.rowsReadMillion, MILLION),
    line(
      ['D1 rows written', 'rows'],
      usage.rowsWritten,
      d1.rowsWrittenIncluded.value,
      d1.rowsWrittenMillion,
      MILLION,
    ),
    line(['D1 storage', 'GB'], gigabytes, d1.gigabytesIncluded.value, d1.gigabyte),
    line(
      ['Queues', 'operations'],
      usage.queueOperations,
      queues.operationsIncluded.value,
      queues.operationsMillion,
      MILLION,
    ),
    line(
      ['Second clock, requests', 'requests'],
      usage.clockRequests,
      durableObjects.requestsIncluded.value,
      durableObjects.requestsMillion,
      MILLION,
    ),
    line(
      ['Second clock, duration', 'GB-s'],
      usage.clockGigabyteSeconds,
      durableObjects.gigabyteSecondsIncluded.value,
      durableObjects.gigabyteSecondsMillion,
      MILLION,
    ),
  ];
  if (plan === 'paid') return paid;
  const perMonth: Readonly<Record<string, number>> = {
    'Workers requests': FREE_PLAN.requestsADay.value * DAYS_A_MONTH,
    'D1 rows read': FREE_PLAN.rowsReadADay.value * DAYS_A_MONTH,
    'D1 rows written': FREE_PLAN.rowsWrittenADay.value * DAYS_A_MONTH,
    'D1 storage': FREE_PLAN.databaseBytes.value / 1e9,
    Queues: FREE_PLAN.queueOperationsADay.value * DAYS_A_MONTH,
    'Second clock, requests': FREE_PLAN.durableObjectRequestsADay.value * DAYS_A_MONTH,
    'Second clock, duration': FREE_PLAN.durableObjectGigabyteSecondsADay.value * DAYS_A_MONTH,
  };
  // The free plan bills nothing: what exceeds it fails.
  return paid
    .filter(({ name }) => name in perMonth)
    .map((one) => ({ ...one, dollars: 0, included: perMonth[one.name]! }));
}

function awsLines(usage: Usage): Line[] {
  const { lambda, logs, schedules, s3, nat } = PRICES;
  return [
    line(
      ['Lambda requests', 'requests'],
      usage.lambdaRequests,
      lambda.requestsIncluded.value,
      lambda.requestsMillion,
      MILLION,
    ),
    line(
      ['Lambda duration', 'GB-s'],
      usage.lambdaGigabyteSeconds,
      lambda.gigabyteSecondsIncluded.value,
      lambda.gigabyteSecond,
    ),
    regional('Egress', usage.egressGigabytes, PRICES.egress.gigabytesIncluded.value, egressPrice),
    regional('CloudWatch Logs', usage.logGigabytes, logs.gigabytesIncluded.value, logPrice),
    line(
      ['EventBridge schedules', 'invocations'],
      usage.schedules,
      schedules.invocationsIncluded.value,
      schedules.invocationsMillion,
      MILLION,
    ),
    line(['NAT gateways', 'hours'], usage.natHours, null, nat.hour),
    line(['NAT data', 'GB'], usage.natGigabytes, null, nat.gigabyte),
    line(['S3 page copy', 'requests'], usage.copyPuts, null, s3.putThousand, 1_000),
  ];
}

const egressPrice = (region: string): Sourced => EGRESS_GIGABYTE[region] ?? UNKNOWN_EGRESS_GIGABYTE;
const logPrice = (region: string): Sourced => LOGS_GIGABYTE[region] ?? PRICES.logs.gigabyte;

/** Bytes of several regions, of which an amount is free in all together: every region has its share of that. */
function regional(
  name: string,
  gigabytes: Readonly<Record<string, number>>,
  included: number,
  priceOf: (region: string) => Sourced,
): Line {
  const used = Object.values(gigabytes).reduce((sum, value) => sum + value, 0);
  const billedShare = used === 0 ? 0 : Math.max(0, used - included) / used;
  const dollars = Object.entries(gigabytes).reduce(
    (sum, [region, value]) => sum + value * billedShare * priceOf(region).value,
    0,
  );
  const [region = ''] = Object.keys(gigabytes);
  return { name, unit: 'GB', used, included, dollars, price: priceOf(region) };
}
