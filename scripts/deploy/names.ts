// Owns the names of everything that a deployment makes in the two accounts. Pure.
import type { Settings } from './settings.ts';

/** Every AWS resource of a mesh carries it, with the mesh's name as its value. Only what carries it is changed or deleted. */
export const TAG = 'probemesh:mesh';

export interface Names {
  readonly tags: Readonly<Record<string, string>>;
  /** Lambda function of the probe, in every region. */
  readonly probe: string;
  readonly probeRole: string;
  readonly probeLogGroup: string;
  /** IAM user of the coordinator. */
  readonly coordinator: string;
  /** Lambda function of the watchdog, in its regions. */
  readonly watchdog: string;
  /** One role a region: a watchdog can write the state of its own region only. */
  readonly watchdogRole: (region: string) => string;
  readonly watchdogLogGroup: string;
  /** Group of EventBridge schedules, the schedule in it, and the role with which it invokes the watchdog. */
  readonly scheduleGroup: string;
  readonly schedule: string;
  readonly scheduleRole: (region: string) => string;
  /** SSM parameters: what the watchdog of a region remembers, and its secrets. */
  readonly watchdogState: string;
  readonly watchdogSecrets: string;
  /** The account's number makes it unique, because names of buckets are global. */
  readonly bucket: (accountId: string) => string;
  readonly worker: string;
  readonly database: string;
  readonly deliveries: string;
  readonly deadLetters: string;
  readonly ticks: string;
  /** Bucket of R2. */
  readonly backups: string;
}

export const namesOf = ({ name }: Pick<Settings, 'name'>): Names => ({
  tags: { [TAG]: name },
  probe: `${name}-probe`,
  probeRole: `${name}-probe`,
  probeLogGroup: `/aws/lambda/${name}-probe`,
  coordinator: `${name}-coordinator`,
  watchdog: `${name}-watchdog`,
  watchdogRole: (region) => `${name}-watchdog-${region}`,
  watchdogLogGroup: `/aws/lambda/${name}-watchdog`,
  scheduleGroup: name,
  schedule: `${name}-watchdog`,
  scheduleRole: (region) => `${name}-schedule-${region}`,
  watchdogState: `/${name}/watchdog/state`,
  watchdogSecrets: `/${name}/watchdog/secrets`,
  bucket: (accountId) => `${name}-status-${accountId}`,
  worker: name,
  database: name,
  deliveries: `${name}-deliveries`,
  deadLetters: `${name}-dead-letters`,
  ticks: `${name}-ticks`,
  backups: `${name}-backups`,
});
