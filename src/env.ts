// Owns the reading of bindings and secrets. No other file reads them: everything else gets a Config.
// More than 300 lines, because each variable has its rule and its message here.
import { forbiddenReason } from '../probes/checks/shared/address-guard.ts';
import { parseCidrs } from '../probes/checks/shared/allowed-networks.ts';
import { PUBLIC_NAME_SERVERS } from '../probes/checks/shared/public-name-servers.ts';
import { hostError } from '../probes/checks/shared/target.ts';
import type { Canary } from '../probes/contract/index.ts';
import { decodeKey, type EncryptionKeys } from './encryption-key.ts';
import type { PingKind } from './heartbeats/memory.ts';
import { log } from './log.ts';
import { parseBackupDays, parseDays, type Retention } from './retention.ts';
import { skewedClock } from './skewed-clock.ts';

/** A queue message: the channel has a due delivery, or its open alerts are sent again. */
export interface DeliveryMessage {
  readonly channelId: string;
  readonly refresh?: true;
}

/** A queue message: an hour of the history may be due. */
export interface HistoryMessage {
  readonly history: true;
}

/** A queue message: an open alert has a step or a reminder that is due. */
export interface AlertMessage {
  readonly alerts: true;
}

/** A queue message: a mailing, or a delivery of one, is due. */
export interface MailingMessage {
  readonly mailings: true;
}

/** A queue message: a ping that came while D1 did not answer. */
export interface PingMessage {
  readonly ping: {
    readonly keyHash: string;
    readonly at: number;
    readonly kind: PingKind;
    readonly runId: string | null;
    readonly exitCode: number | null;
    readonly body: string | null;
    readonly bodyBytes: number;
  };
}

/** Who asks for a tick beside the cron trigger. */
export const TICK_SOURCES = ['second_clock', 'watchdog', 'deployment'] as const;
export type TickSource = (typeof TICK_SOURCES)[number];

/** Who starts a tick. */
export type TickStarter = 'cron' | TickSource;

/** A message of the queue of ticks: the backup of the day may be due. `at` in ms since the epoch. */
export interface BackupMessage {
  readonly backup: { readonly at: number };
}

/** The Durable Object of the second clock, as the Worker calls it. */
export interface SecondClocks {
  getByName(name: string): {
    arm(): Promise<'set' | 'armed' | 'off'>;
    turn(on: boolean): Promise<void>;
  };
}

/** A message of the queue of ticks: run a tick, unless a newer one runs. `at` in ms since the epoch. */
export interface TickMessage {
  readonly tick: { readonly source: TickSource; readonly at: number };
}

/** Bindings, vars (wrangler.toml) and secrets (`wrangler secret put`) as the platform passes them. */
export interface Bindings {
  DB: D1Database;
  DELIVERIES: Queue<DeliveryMessage>;
  /** Ticks that the cron trigger did not start. */
  TICKS: Queue<TickMessage>;
  /** Asks for ticks while cron starts none. A mesh works without it. */
  SECOND_CLOCK?: SecondClocks;
  CHECK_LIMIT: RateLimit;
  AUTH_LIMIT: RateLimit;
  PING_LIMIT: RateLimit;
  /** Cloudflare Email Service. Only channels of type email with the provider cloudflare need it. */
  EMAIL?: SendEmail;
  /** Where the mesh stores a backup a day. Without it, it makes none. */
  BACKUPS?: R2Bucket;
  /** How many days such a backup is kept. */
  BACKUP_DAYS?: string;
  PUBLIC_URL: string;
  PROBE_FUNCTION: string;
  PROBE_MEMORY_MB?: string;
  LOCATIONS: string;
  LAMBDA_ENDPOINT?: string;
  CANARIES?: string;
  ALLOW_LOOPBACK?: string;
  /** Private networks that a local mesh may check. */
  ALLOW_CIDRS?: string;
  /** Shifts the clock of a local mesh. */
  CLOCK_OFFSET_SECONDS?: string;
  D1_MAX_BYTES?: string;
  JOURNAL_DAYS?: string;
  EVIDENCE_DAYS?: string;
  DELIVERY_DAYS?: string;
  AUDIT_DAYS?: string;
  /** Host names of status pages, separated by commas. */
  PAGE_HOSTS?: string;
  OBSERVATION_DAYS?: string;
  DAY_DAYS?: string;
  /** Whether the status page shows a new monitor that does not say. */
  NEW_MONITORS_PUBLIC?: string;
  /** Only the local mesh sets it: a tick must bring it as its cron expression. */
  CRON_TOKEN?: string;
  AWS_ACCESS_KEY_ID: string;
  AWS_SECRET_ACCESS_KEY: string;
  AWS_SESSION_TOKEN?: string;
  /** The first API key, `bootstrap`. */
  ADMIN_TOKEN_SHA256?: string;
  /** The token of the link that creates the first admin. */
  SETUP_TOKEN_SHA256?: string;
  ENCRYPTION_KEY: string;
  /** The key before the last rotation. */
  ENCRYPTION_KEY_PREVIOUS?: string;
  /** The key that signs requests of the watchdog and of the deployment. Without it, there is no watchdog. */
  WATCHDOG_KEY?: string;
  /** The key before the last rotation. */
  WATCHDOG_KEY_PREVIOUS?: string;
  /** Regions in which the watchdog runs, separated by commas: their silence is noticed. */
  WATCHDOG_REGIONS?: string;
  /** Where the watchdog keeps the copy of the public pages. */
  PAGE_COPY_URL?: string;
  /** Public halves of the keys with which the probes sign requests, separated by commas. */
  PROBE_PUBLIC_KEYS?: string;
}

export interface Config extends EncryptionKeys {
  readonly db: D1Database;
  readonly deliveries: Queue<DeliveryMessage>;
  /** Undefined in programs that start no ticks. */
  readonly ticks?: Queue<TickMessage> | undefined;
  /** Undefined in programs that start no ticks, and without its section in wrangler.toml. */
  readonly secondClock?: SecondClocks | undefined;
  /** Rate limit of checks that people run by hand. */
  readonly checkLimit: RateLimit;
  /** Rate limit of requests with a wrong API key and of password attempts, by client network. */
  readonly authLimit: RateLimit;
  /** Rate limit of the pings of a heartbeat, by its key. */
  readonly pingLimit: RateLimit;
  /** Undefined: no channel can send through Cloudflare Email Service. */
  readonly email?: SendEmail | undefined;
  /** Undefined: the mesh makes no backups by itself. */
  readonly backups?: R2Bucket | undefined;
  readonly backupDays: number;
  /** Without a trailing slash. */
  readonly publicUrl: string;
  /** Host names that serve a status page and nothing else. In lower case and ASCII. */
  readonly pageHosts: readonly string[];
  /** `aws:<region>`, each with its own phase. */
  readonly locations: readonly string[];
  readonly fleet: FleetConfig;
  /** Size that D1 allows for the database. */
  readonly maxDatabaseBytes: number;
  readonly retention: Retention;
  /** The default of a new monitor's `public`. */
  readonly newMonitorsPublic: boolean;
  /** Memory of the probe's function in every region: Lambda allots CPU in proportion to it. Undefined: the default. */
  readonly probeMemoryMb: number | undefined;
  readonly allowLoopback: boolean;
  /** Private networks that monitors may target. Undefined on Cloudflare: only a local mesh reaches such networks. */
  readonly allowCidrs?: readonly string[] | undefined;
  /** What a tick must bring as its cron expression. Null on Cloudflare, where only the platform starts ticks. */
  readonly cronToken: string | null;
  /** Keys that sign requests of the watchdog and of the deployment, the current one first. Empty: there is no watchdog. */
  readonly watchdogKeys: readonly string[];
  /** Regions in which the watchdog runs. */
  readonly watchdogRegions: readonly string[];
  /** Address of the copy of the public pages, without a trailing slash. Null: there is no copy. */
  readonly pageCopyUrl: string | null;
  /** Public keys of the probes, in base64url. Empty or undefined: they sign nothing. */
  readonly probePublicKeys?: readonly string[] | undefined;
  /** SHA-256 of the API key `bootstrap`, hex. Null without that key. */
  readonly adminTokenSha256: string | null;
  /** SHA-256 of the token that creates the first admin, once, hex. Null: no token does. */
  readonly setupTokenSha256: string | null;
}

export interface FleetConfig {
  /** Hosts that a probe checks before it reports a timeout, to rule out its own network. */
  readonly canaries: readonly Canary[];
  readonly functionName: string;
  /** Replaces AWS's endpoint. The embedded local mesh sets it. */
  readonly endpoint: string | undefined;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

/** Highly available everywhere. Host names, so that a location without name resolution fails them too. */
const DEFAULT_CANARIES: readonly Canary[] = PUBLIC_NAME_SERVERS.map((host) => ({ host, port: 443 }));

/** D1 on the Free plan. A warning that comes early is better than a database that is full. */
const DEFAULT_MAX_DATABASE_BYTES = 500_000_000;

/** Empty: the limit of the Free plan. Throws an error that names the variable. */
function readMaxDatabaseBytes(text: string): number {
  if (text.trim() === '') return DEFAULT_MAX_DATABASE_BYTES;
  const bytes = Number(text);
  if (!Number.isSafeInteger(bytes) || bytes < 1_000_000)
    throw new ConfigError(
      `D1_MAX_BYTES is "${text}". Set it to a whole number of bytes: 500000000 on the Free plan, 10000000000 on the Paid plan.`,
    );
  return bytes;
}

const DAYS_VARIABLES = {
  journalDays: 'JOURNAL_DAYS',
  evidenceDays: 'EVIDENCE_DAYS',
  deliveryDays: 'DELIVERY_DAYS',
  auditDays: 'AUDIT_DAYS',
  observationDays: 'OBSERVATION_DAYS',
  dayDays: 'DAY_DAYS',
} as const;

/** Throws an error that names the limits. */
function readRetention(env: Bindings): Retention {
  const read = (key: keyof Retention): number => {
    const name = DAYS_VARIABLES[key];
    const days = parseDays(key, env[name] ?? '');
    if (typeof days === 'string') throw new ConfigError(`${name} is "${env[name]}". It ${days}.`);
    return days;
  };
  return {
    journalDays: read('journalDays'),
    evidenceDays: read('evidenceDays'),
    deliveryDays: read('deliveryDays'),
    auditDays: read('auditDays'),
    observationDays: read('observationDays'),
    dayDays: read('dayDays'),
  };
}

/** Throws an error that names the limits. */
function readBackupDays(text: string): number {
  const days = parseBackupDays(text);
  if (typeof days === 'string') throw new ConfigError(`BACKUP_DAYS is "${text}". It ${days}.`);
  return days;
}

const CANARY = /^([^:\s]+):(\d{1,5})$/;
const MAX_CANARIES = 8;

/** `host:port,host:port`. Empty: the defaults. `none`: no canaries. Throws an error that names the invalid entry. */
function readCanaries(text: string, allowLoopback: boolean): readonly Canary[] {
  if (text.trim() === '') return DEFAULT_CANARIES;
  if (text.trim() === 'none') return [];
  const entries = text.split(',').map((entry) => entry.trim());
  if (entries.length > MAX_CANARIES)
    throw new ConfigError(
      `CANARIES has ${entries.length} entries, but at most ${MAX_CANARIES} are allowed. Remove some.`,
    );
  if (new Set(entries).size !== entries.length)
    throw new ConfigError('CANARIES has a duplicate host:port. Remove it.');
  return entries.map((entry) => {
    const [, host = '', port = ''] = CANARY.exec(entry) ?? [];
    const canary = { host, port: Number(port) };
    const problem = canaryProblem(canary, allowLoopback);
    if (problem !== null) throw new ConfigError(`CANARIES has an invalid entry "${entry}": ${problem}`);
    return canary;
  });
}

/** What is wrong with a canary, and the fix. Null if it is valid. */
function canaryProblem({ host, port }: Canary, allowLoopback: boolean): string | null {
  if (host === '' || port < 1 || port > 65_535)
    return 'use host:port with a host name and a port between 1 and 65535, or none.';
  const problem = hostError(host);
  if (problem !== null) return `${problem} Use host:port.`;
  const isLiteral = /^[\d.]+$/.test(host);
  const isLoopback = isLiteral ? host.startsWith('127.') : /(^|\.)localhost\.?$/i.test(host);
  if (isLoopback)
    return allowLoopback
      ? null
      : 'probes cannot connect to loopback addresses. Use a public host, as host:port.';
  // An address is reachable without name resolution, so it would hide that the location's resolver is down.
  return isLiteral ? 'addresses are not allowed. Use a host name, as host:port.' : null;
}

/** Lambda's limits: docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MIN_MEMORY_MB = 128;
const MAX_MEMORY_MB = 10_240;

/** Throws an error that names the limits. */
function readMemory(text: string): number | undefined {
  if (text.trim() === '') return undefined;
  const memoryMb = Number(text);
  if (!Number.isInteger(memoryMb) || memoryMb < MIN_MEMORY_MB || memoryMb > MAX_MEMORY_MB)
    throw new ConfigError(
      `PROBE_MEMORY_MB must be a whole number between ${MIN_MEMORY_MB} and ${MAX_MEMORY_MB}: the memory of the Lambda function in MB.`,
    );
  return memoryMb;
}

const LOCATION_ID = /^aws:[a-z0-9-]{3,32}$/;

/** The coordinator's clock. A deployed Worker never shifts it. */
export function readClock(env: Bindings): () => number {
  const { CLOCK_OFFSET_SECONDS: offset } = env;
  return isLocalMesh(env) && offset ? skewedClock(offset, Date.now) : Date.now;
}

/** Probes that run on Lambda reach no network of this machine. */
const isLocalMesh = ({ ALLOW_LOOPBACK, LAMBDA_ENDPOINT }: Bindings): boolean =>
  ALLOW_LOOPBACK === 'true' && Boolean(LAMBDA_ENDPOINT);

/** A deployed Worker never allows a private network. Throws an error that names the invalid entry. */
function readAllowedCidrs(env: Bindings): readonly string[] | undefined {
  if (!isLocalMesh(env)) return undefined;
  if (!env.ALLOW_CIDRS) return [];
  const cidrs = parseCidrs(env.ALLOW_CIDRS);
  if ('error' in cidrs) throw new ConfigError(`ALLOW_CIDRS ${cidrs.error}`);
  return cidrs;
}

/** Bindings are missing or wrong. The message names each and the fix, and contains no secret. */
export class ConfigError extends Error {
  /** Each begins with the name of its binding. */
  readonly problems: readonly string[];

  constructor(...problems: readonly string[]) {
    super(problems.join(' '));
    this.problems = problems;
  }
}

/** One line for all that is wrong, so that a person fixes it at once. */
export function logConfigError({ problems, message }: ConfigError): void {
  const names = problems.map((problem) => problem.split(' ', 1)[0]);
  log.error('config.invalid', { names: [...new Set(names)], error: message });
}

/** Text that people copy from a manual and forget to replace. */
const PLACEHOLDER =
  /^[<{[$].*[>}\]]$|change[-_ ]?me|changeit|replace[-_ ]?(me|this|with)|\byour[-_ ]|^(todo|tbd|fixme|x{3,}|\.{3}|…|placeholder|dummy|none|null|undefined|secret|password)$/i;

/** RFC 2606: names that no one can own. */
const EXAMPLE_HOST = /(^|\.)(example\.(com|net|org)|example|invalid)$/i;

const isLoopbackUrl = ({ hostname }: URL): boolean => {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return (
    /(^|\.)localhost\.?$/.test(host) ||
    (forbiddenReason(host, { loopback: false }) !== null &&
      forbiddenReason(host, { loopback: true }) === null)
  );
};

/** The address of this Worker, without a trailing slash. */
function readPublicUrl(text: string, allowLoopback: boolean): string {
  const fix = 'Set it in wrangler.toml to the address of this Worker, such as https://status.acme.dev.';
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new ConfigError(`PUBLIC_URL is "${text}", which is not an http(s) URL. ${fix}`);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw new ConfigError(`PUBLIC_URL must not contain a user, a password, "?" or "#". ${fix}`);
  if (EXAMPLE_HOST.test(url.hostname) || (isLoopbackUrl(url) && !allowLoopback))
    throw new ConfigError(`PUBLIC_URL is "${text}", a placeholder. ${fix}`);
  return text.replace(/\/+$/, '');
}

const MAX_PAGE_HOSTS = 100;

/** Empty: no status page has a host of its own. Throws an error that names the invalid entry. */
function readPageHosts(env: Bindings): readonly string[] {
  const text = env.PAGE_HOSTS ?? '';
  if (text.trim() === '') return [];
  const entries = text.split(',').map((entry) => entry.trim());
  if (entries.length > MAX_PAGE_HOSTS)
    throw new ConfigError(
      `PAGE_HOSTS has ${entries.length} entries, but at most ${MAX_PAGE_HOSTS} are allowed. Remove some.`,
    );
  const hosts = entries.map((entry) => {
    // As a browser sends it: in lower case, and an international name in ASCII.
    const host = URL.parse(`https://${entry}/`)?.hostname ?? '';
    const problem = hostError(entry) ?? (isName(host) ? null : 'Use a host name, not an address.');
    if (problem !== null) throw new ConfigError(`PAGE_HOSTS has an invalid entry "${entry}". ${problem}`);
    return host.replace(/\.$/, '');
  });
  if (new Set(hosts).size !== hosts.length)
    throw new ConfigError('PAGE_HOSTS has a duplicate host. Remove it.');
  const own = URL.parse(env.PUBLIC_URL ?? '')?.hostname;
  if (own !== undefined && hosts.includes(own))
    throw new ConfigError(
      `PAGE_HOSTS contains "${own}", the host of PUBLIC_URL: dashboard and API would be unreachable. Remove it.`,
    );
  return hosts;
}

const isName = (host: string): boolean => host !== '' && !/^[\d.]+$|^\[/.test(host);

/** Credentials and targets would travel unencrypted over plain http. */
function readEndpoint(text: string, allowLoopback: boolean): string | undefined {
  if (text === '') return undefined;
  const url = URL.parse(text);
  const isLocal = url?.protocol === 'http:' && isLoopbackUrl(url) && allowLoopback;
  if (url?.protocol === 'https:' || isLocal) return text;
  throw new ConfigError(
    `LAMBDA_ENDPOINT is "${text}". Leave it empty for AWS, or use https://. Plain http is for the local mesh only.`,
  );
}

const SHA256_OF_NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Empty: null. Throws an error that names the variable. */
function readTokenHash(name: string, text: string, what: string): string | null {
  if (text === '') return null;
  const hash = text.toLowerCase();
  const fix = `Set it to the SHA-256 of ${what}.`;
  if (!/^[0-9a-f]{64}$/.test(hash)) throw new ConfigError(`${name} must be 64 hex digits. ${fix}`);
  if (hash === SHA256_OF_NOTHING) throw new ConfigError(`${name} is the hash of an empty token. ${fix}`);
  if (/^(.)\1*$/.test(hash)) throw new ConfigError(`${name} is a placeholder. ${fix}`);
  return hash;
}

/** Without either, no admin could ever exist. */
function readTokenHashes(env: Bindings): Pick<Config, 'adminTokenSha256' | 'setupTokenSha256'> {
  const { ADMIN_TOKEN_SHA256 = '', SETUP_TOKEN_SHA256 = '' } = env;
  if (ADMIN_TOKEN_SHA256 === '' && SETUP_TOKEN_SHA256 === '')
    throw new ConfigError(
      'ADMIN_TOKEN_SHA256 is not set, and neither is SETUP_TOKEN_SHA256: set one of them with wrangler secret put.',
    );
  const adminTokenSha256 = readTokenHash('ADMIN_TOKEN_SHA256', ADMIN_TOKEN_SHA256, 'the bootstrap key');
  const setupTokenSha256 = readTokenHash('SETUP_TOKEN_SHA256', SETUP_TOKEN_SHA256, 'the setup token');
  if (adminTokenSha256 === setupTokenSha256)
    throw new ConfigError(
      'SETUP_TOKEN_SHA256 is the same as ADMIN_TOKEN_SHA256. The setup token is part of a link: make another token for it.',
    );
  return { adminTokenSha256, setupTokenSha256 };
}

/** What wrangler.toml binds, besides vars and secrets. */
const BINDINGS = ['DB', 'DELIVERIES', 'TICKS', 'CHECK_LIMIT', 'AUTH_LIMIT'] as const;

/** As {@link readEnv}, for an entry point: what is not bound is a problem too. */
export const readWorkerEnv = (env: Bindings): Config => readEnv(env, BINDINGS);

/** Throws a {@link ConfigError} with everything that is wrong. */
export function readEnv(env: Bindings, needed: readonly (typeof BINDINGS)[number][] = []): Config {
  const problems = needed
    .filter((name) => !env[name])
    .map((name) => `${name} is not bound: keep its section of wrangler.toml, and deploy again.`);
  /** Collects the problem of one binding. What it returns then is never used. */
  const attempt = <T>(read: () => T): T => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
      return undefined as T;
    }
  };
  const need = (name: keyof Bindings & string, how: string): string => {
    const value = env[name];
    if (typeof value !== 'string' || value === '') throw new ConfigError(`${name} is not set: ${how}`);
    if (PLACEHOLDER.test(value.trim())) throw new ConfigError(`${name} is a placeholder: ${how}`);
    return value;
  };
  const allowLoopback = env.ALLOW_LOOPBACK === 'true';
  const config: Config = {
    db: env.DB,
    deliveries: env.DELIVERIES,
    ticks: env.TICKS,
    secondClock: env.SECOND_CLOCK,
    checkLimit: env.CHECK_LIMIT,
    authLimit: env.AUTH_LIMIT,
    pingLimit: env.PING_LIMIT,
    email: env.EMAIL,
    backups: env.BACKUPS,
    backupDays: attempt(() => readBackupDays(env.BACKUP_DAYS ?? '')),
    publicUrl: attempt(() =>
      readPublicUrl(
        need('PUBLIC_URL', 'set it in wrangler.toml to the address of this Worker.'),
        allowLoopback,
      ),
    ),
    locations: attempt(() =>
      readLocations(
        need('LOCATIONS', 'list the probe locations in wrangler.toml, as aws:<region>,aws:<region>.'),
      ),
    ),
    pageHosts: attempt(() => readPageHosts(env)),
    fleet: {
      functionName: attempt(() =>
        need('PROBE_FUNCTION', 'set it to the name of the Lambda function in wrangler.toml.'),
      ),
      endpoint: attempt(() => readEndpoint(env.LAMBDA_ENDPOINT ?? '', allowLoopback)),
      canaries: attempt(() => readCanaries(env.CANARIES ?? '', allowLoopback)),
      credentials: {
        accessKeyId: attempt(() => need('AWS_ACCESS_KEY_ID', 'set it with wrangler secret put.')),
        secretAccessKey: attempt(() => need('AWS_SECRET_ACCESS_KEY', 'set it with wrangler secret put.')),
        ...(env.AWS_SESSION_TOKEN ? { sessionToken: env.AWS_SESSION_TOKEN } : {}),
      },
    },
    probeMemoryMb: attempt(() => readMemory(env.PROBE_MEMORY_MB ?? '')),
    allowLoopback,
    ...attempt(() => {
      const allowCidrs = readAllowedCidrs(env);
      return allowCidrs === undefined ? {} : { allowCidrs };
    }),
    maxDatabaseBytes: attempt(() => readMaxDatabaseBytes(env.D1_MAX_BYTES ?? '')),
    retention: attempt(() => readRetention(env)),
    newMonitorsPublic: attempt(() => readFlag('NEW_MONITORS_PUBLIC', env.NEW_MONITORS_PUBLIC ?? '')),
    cronToken: (allowLoopback && env.CRON_TOKEN) || null,
    watchdogKeys: attempt(() => readWatchdogKeys(env)),
    watchdogRegions: attempt(() => readWatchdogRegions(env)),
    pageCopyUrl: attempt(() => readPageCopyUrl(env.PAGE_COPY_URL ?? '', allowLoopback)),
    probePublicKeys: attempt(() => readPublicKeys(env.PROBE_PUBLIC_KEYS ?? '')),
    ...attempt(() => readTokenHashes(env)),
    encryptionKey: attempt(() =>
      readKey(
        'ENCRYPTION_KEY',
        need('ENCRYPTION_KEY', 'set it to the base64 of 32 random bytes with wrangler secret put.'),
      ),
    ),
    ...attempt(() =>
      env.ENCRYPTION_KEY_PREVIOUS
        ? { previousEncryptionKey: readKey('ENCRYPTION_KEY_PREVIOUS', env.ENCRYPTION_KEY_PREVIOUS) }
        : {},
    ),
  };
  if (problems.length > 0) throw new ConfigError(...problems);
  return config;
}

function readLocations(text: string): string[] {
  const locations = text.split(',').map((id) => id.trim());
  for (const id of locations) {
    if (!LOCATION_ID.test(id))
      throw new ConfigError(`LOCATIONS has an invalid entry "${id}". Use aws:<region>.`);
  }
  if (new Set(locations).size !== locations.length)
    throw new ConfigError('LOCATIONS has a duplicate location. Remove it.');
  return locations;
}

const MIN_WATCHDOG_KEY_LENGTH = 32;

/** The current key, then the one before the rotation. Throws an error that names the variable. */
function readWatchdogKeys(env: Bindings): readonly string[] {
  const names = ['WATCHDOG_KEY', 'WATCHDOG_KEY_PREVIOUS'] as const;
  return names.flatMap((name) => {
    const key = env[name] ?? '';
    if (key === '') return [];
    if (key.length < MIN_WATCHDOG_KEY_LENGTH || PLACEHOLDER.test(key))
      throw new ConfigError(`${name} must have at least ${MIN_WATCHDOG_KEY_LENGTH} random characters.`);
    return [key];
  });
}

/** Empty: the watchdog runs nowhere. */
function readWatchdogRegions(env: Bindings): readonly string[] {
  const text = env.WATCHDOG_REGIONS ?? '';
  if (text.trim() === '') return [];
  const regions = text.split(',').map((region) => region.trim());
  for (const region of regions)
    if (!LOCATION_ID.test(`aws:${region}`))
      throw new ConfigError(
        `WATCHDOG_REGIONS has an invalid entry "${region}". Use AWS regions, such as eu-central-1.`,
      );
  if (new Set(regions).size !== regions.length)
    throw new ConfigError('WATCHDOG_REGIONS has a duplicate region. Remove it.');
  if (!env.WATCHDOG_KEY)
    throw new ConfigError(
      'WATCHDOG_KEY is not set, but WATCHDOG_REGIONS is: set it with wrangler secret put.',
    );
  return regions;
}

/** Empty: null. */
function readPageCopyUrl(text: string, allowLoopback: boolean): string | null {
  if (text.trim() === '') return null;
  const url = URL.parse(text);
  const isLocal = url?.protocol === 'http:' && isLoopbackUrl(url) && allowLoopback;
  if (url === null || !(url.protocol === 'https:' || isLocal) || url.search !== '' || url.hash !== '')
    throw new ConfigError(
      `PAGE_COPY_URL is "${text}". Use an https:// address without "?" and "#", or leave it empty.`,
    );
  return text.replace(/\/+$/, '');
}

/** 32 bytes, as a JSON Web Key has them. */
const PUBLIC_KEY = /^[A-Za-z0-9_-]{43}$/;

/** Empty: the probes sign nothing. */
function readPublicKeys(text: string): readonly string[] {
  if (text.trim() === '') return [];
  const keys = text.split(',').map((key) => key.trim());
  if (keys.some((key) => !PUBLIC_KEY.test(key)))
    throw new ConfigError(
      'PROBE_PUBLIC_KEYS has an invalid entry. Use public keys of `node scripts/signing-key.ts`, separated by commas.',
    );
  return keys;
}

/** Empty: false. */
function readFlag(name: string, text: string): boolean {
  const value = text.trim().toLowerCase();
  if (value === 'true') return true;
  if (value === 'false' || value === '') return false;
  throw new ConfigError(`${name} is "${text}". Set it to "true" or "false".`);
}

function readKey(name: string, text: string): string {
  const key = decodeKey(text);
  if (typeof key === 'string') throw new ConfigError(`${name} ${key}.`);
  return text;
}
