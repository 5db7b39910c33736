// Owns the reading of bindings and secrets. No other file reads them: everything else gets a Config.
import { hostError } from '../probes/checks/shared/target.ts';
import type { Canary } from '../probes/contract/index.ts';
import { skewedClock } from './skewed-clock.ts';

/** A queue message: the channel has a due delivery. */
export interface DeliveryMessage {
  readonly channelId: string;
}

/** Bindings, vars (wrangler.toml) and secrets (`wrangler secret put`) as the platform passes them. */
export interface Bindings {
  DB: D1Database;
  DELIVERIES: Queue<DeliveryMessage>;
  CHECK_LIMIT: RateLimit;
  PUBLIC_URL: string;
  PROBE_FUNCTION: string;
  LOCATIONS: string;
  LAMBDA_ENDPOINT?: string;
  CANARIES?: string;
  ALLOW_LOOPBACK?: string;
  /** Shifts the clock of a local mesh. */
  CLOCK_OFFSET_SECONDS?: string;
  AWS_ACCESS_KEY_ID: string;
  AWS_SECRET_ACCESS_KEY: string;
  AWS_SESSION_TOKEN?: string;
  ADMIN_TOKEN_SHA256: string;
  ENCRYPTION_KEY: string;
}

export interface Config {
  readonly db: D1Database;
  readonly deliveries: Queue<DeliveryMessage>;
  /** Rate limit of checks that people run by hand. */
  readonly checkLimit: RateLimit;
  /** Without a trailing slash. */
  readonly publicUrl: string;
  /** `aws:<region>`, each with its own phase. */
  readonly locations: readonly string[];
  readonly fleet: FleetConfig;
  readonly allowLoopback: boolean;
  /** SHA-256 of the admin token, hex. */
  readonly adminTokenSha256: string;
  /** 32 bytes, base64. */
  readonly encryptionKey: string;
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

/**
 * Public name servers of three operators, which also serve DNS over HTTPS on port 443 and are highly available
 * everywhere. Named by host name, so that a location without name resolution fails them too.
 */
const DEFAULT_CANARIES: readonly Canary[] = ['one.one.one.one', 'dns.google', 'dns.quad9.net'].map(
  (host) => ({
    host,
    port: 443,
  }),
);

const CANARY = /^([^:\s]+):(\d{1,5})$/;
const MAX_CANARIES = 8;

/** `host:port,host:port`. Empty: the defaults. `none`: no canaries. Throws an error that names the invalid entry. */
function readCanaries(text: string, allowLoopback: boolean): readonly Canary[] {
  if (text.trim() === '') return DEFAULT_CANARIES;
  if (text.trim() === 'none') return [];
  const entries = text.split(',').map((entry) => entry.trim());
  if (entries.length > MAX_CANARIES)
    throw new Error(
      `CANARIES has ${entries.length} entries, but at most ${MAX_CANARIES} are allowed. Remove some.`,
    );
  if (new Set(entries).size !== entries.length)
    throw new Error('CANARIES has a duplicate host:port. Remove it.');
  return entries.map((entry) => {
    const [, host = '', port = ''] = CANARY.exec(entry) ?? [];
    const canary = { host, port: Number(port) };
    const problem = canaryProblem(canary, allowLoopback);
    if (problem !== null) throw new Error(`CANARIES has an invalid entry "${entry}": ${problem}`);
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

const LOCATION_ID = /^aws:[a-z0-9-]{3,32}$/;

/** The coordinator's clock. A deployed Worker never shifts it. */
export function readClock(env: Bindings): () => number {
  const { CLOCK_OFFSET_SECONDS: offset, ALLOW_LOOPBACK, LAMBDA_ENDPOINT } = env;
  const isLocal = ALLOW_LOOPBACK === 'true' && Boolean(LAMBDA_ENDPOINT);
  return isLocal && offset ? skewedClock(offset, Date.now) : Date.now;
}

/** Throws an error that names the missing or malformed binding and the fix. */
export function readEnv(env: Bindings): Config {
  const need = (name: keyof Bindings & string, how: string): string => {
    const value = env[name];
    if (typeof value !== 'string' || value === '') throw new Error(`${name} is not set: ${how}`);
    return value;
  };
  const locations = need(
    'LOCATIONS',
    'list the probe locations in wrangler.toml, as aws:<region>,aws:<region>.',
  )
    .split(',')
    .map((id) => id.trim());
  for (const id of locations) {
    if (!LOCATION_ID.test(id)) throw new Error(`LOCATIONS has an invalid entry "${id}". Use aws:<region>.`);
  }
  if (new Set(locations).size !== locations.length)
    throw new Error('LOCATIONS has a duplicate location. Remove it.');
  const adminTokenSha256 = need('ADMIN_TOKEN_SHA256', 'set it with wrangler secret put.').toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(adminTokenSha256))
    throw new Error('ADMIN_TOKEN_SHA256 must be 64 hex digits. Set it to the SHA-256 of the admin token.');
  const allowLoopback = env.ALLOW_LOOPBACK === 'true';
  return {
    db: env.DB,
    deliveries: env.DELIVERIES,
    checkLimit: env.CHECK_LIMIT,
    publicUrl: need('PUBLIC_URL', 'set it to the address of this Worker in wrangler.toml.').replace(
      /\/+$/,
      '',
    ),
    locations,
    fleet: {
      functionName: need('PROBE_FUNCTION', 'set it to the name of the Lambda function in wrangler.toml.'),
      endpoint: env.LAMBDA_ENDPOINT || undefined,
      canaries: readCanaries(env.CANARIES ?? '', allowLoopback),
      credentials: {
        accessKeyId: need('AWS_ACCESS_KEY_ID', 'set it with wrangler secret put.'),
        secretAccessKey: need('AWS_SECRET_ACCESS_KEY', 'set it with wrangler secret put.'),
        ...(env.AWS_SESSION_TOKEN ? { sessionToken: env.AWS_SESSION_TOKEN } : {}),
      },
    },
    allowLoopback,
    adminTokenSha256,
    encryptionKey: need(
      'ENCRYPTION_KEY',
      'set it to the base64 of 32 random bytes with wrangler secret put.',
    ),
  };
}
