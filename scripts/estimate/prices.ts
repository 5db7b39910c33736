// Owns every price and free tier that the estimate uses, in US dollars before tax, each with its source and the date of that
// source. Does not compute.

export interface Sourced {
  readonly value: number;
  /** The vendor's page. */
  readonly source: string;
  /** When the page had this figure: a day, a month or a year. */
  readonly date: string;
}

const from =
  (source: string, date: string) =>
  (value: number): Sourced => ({ value, source, date });

const workers = from('https://developers.cloudflare.com/workers/platform/pricing/', '2026-11');
const workersLimits = from('https://developers.cloudflare.com/workers/platform/limits/', '2026-11');
const d1 = from('https://developers.cloudflare.com/d1/platform/pricing/', '2026-11');
const d1Limits = from('https://developers.cloudflare.com/d1/platform/limits/', '2026-11');
const queues = from('https://developers.cloudflare.com/queues/platform/pricing/', '2026-11');
const durableObjects = from('https://developers.cloudflare.com/durable-objects/platform/pricing/', '2026');
const lambda = from('https://aws.amazon.com/lambda/pricing/', '2026-11');
const transfer = from('https://aws.amazon.com/ec2/pricing/on-demand/#Data_Transfer', '2026-08-04');
const freeTransfer = from('https://aws.amazon.com/s3/pricing/', '2026-09-20');
const logs = from('https://aws.amazon.com/cloudwatch/pricing/', '2026-05-05');
const logsInSingapore = from('https://aws.amazon.com/cloudwatch/pricing/', '2026-08-12');
const s3 = from('https://aws.amazon.com/s3/pricing/', '2026-08-12');
const schedules = from('https://aws.amazon.com/eventbridge/pricing/', '2024-10-01');
const vpc = from('https://aws.amazon.com/vpc/pricing/', '2026-09-20');

/** Per month of 30 days, unless the name says otherwise. */
export const PRICES = {
  workers: {
    base: workers(5),
    requestsIncluded: workers(10e6),
    requestsMillion: workers(0.3),
    cpuMsIncluded: workers(30e6),
    cpuMsMillion: workers(0.02),
  },
  d1: {
    rowsReadIncluded: d1(25e9),
    rowsReadMillion: d1(0.001),
    rowsWrittenIncluded: d1(50e6),
    rowsWrittenMillion: d1(1),
    gigabytesIncluded: d1(5),
    gigabyte: d1(0.75),
  },
  queues: { operationsIncluded: queues(1e6), operationsMillion: queues(0.4) },
  durableObjects: {
    requestsIncluded: durableObjects(1e6),
    requestsMillion: durableObjects(0.15),
    gigabyteSecondsIncluded: durableObjects(400_000),
    gigabyteSecondsMillion: durableObjects(12.5),
  },
  /** arm64. The same in every region that is on by default. */
  lambda: {
    requestsIncluded: lambda(1e6),
    requestsMillion: lambda(0.2),
    gigabyteSecondsIncluded: lambda(400_000),
    gigabyteSecond: lambda(0.0000133334),
  },
  logs: { gigabytesIncluded: logs(5), gigabyte: logs(0.5) },
  s3: { putThousand: s3(0.005), getTenThousand: s3(0.004), gigabyte: s3(0.025) },
  schedules: { invocationsIncluded: schedules(14e6), invocationsMillion: schedules(1.25) },
  /** Of US East. Other regions cost more. */
  nat: { hour: vpc(0.045), gigabyte: vpc(0.045) },
  egress: {
    /** Of all regions and services of an account together. */
    gigabytesIncluded: freeTransfer(100),
  },
} as const;

/** Data that leaves a region to the internet, the first 10 TB a month, by GB. */
export const EGRESS_GIGABYTE: Readonly<Record<string, Sourced>> = {
  'us-east-1': transfer(0.09),
  'us-east-2': transfer(0.09),
  'us-west-2': transfer(0.09),
  'ca-central-1': transfer(0.09),
  'eu-west-1': transfer(0.09),
  'eu-west-2': transfer(0.09),
  'eu-central-1': transfer(0.09),
  'ap-southeast-1': transfer(0.12),
  'ap-southeast-2': transfer(0.114),
  'ap-northeast-1': transfer(0.114),
  'ap-south-1': transfer(0.1093),
  'sa-east-1': transfer(0.15),
};

/** Of a region without a dated price: the most expensive one. The estimate names such regions. */
export const UNKNOWN_EGRESS_GIGABYTE = transfer(0.15);

/** CloudWatch Logs, where a dated source differs from {@link PRICES}. */
export const LOGS_GIGABYTE: Readonly<Record<string, Sourced>> = { 'ap-southeast-1': logsInSingapore(0.7) };

/** What the free plan of Workers takes. A request beyond it fails. */
export const FREE_PLAN = {
  requestsADay: workers(100_000),
  cpuMsAnInvocation: workersLimits(10),
  subrequestsAnInvocation: workersLimits(50),
  queriesAnInvocation: d1Limits(50),
  rowsReadADay: d1(5e6),
  rowsWrittenADay: d1(100_000),
  databaseBytes: d1Limits(500e6),
  queueOperationsADay: queues(10_000),
  durableObjectRequestsADay: durableObjects(100_000),
  durableObjectGigabyteSecondsADay: durableObjects(13_000),
} as const;

/** What the paid plan takes, whatever it costs. */
export const PAID_PLAN = {
  cpuMsAnInvocation: workersLimits(30_000),
  subrequestsAnInvocation: workersLimits(10_000),
  queriesAnInvocation: d1Limits(1_000),
  databaseBytes: d1Limits(10e9),
} as const;
