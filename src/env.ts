// The only reader of bindings and secrets. Everything else gets a Config.
import { hostError } from '../probes/checks/shared/target.ts';
import type { Canary } from '../probes/contract/index.ts';

/** One delivery channel has something due. */
export interface DeliveryMessage {
  readonly channelId: string;
}

/** Bindings, vars (wrangler.toml) and secrets (`wrangler secret put`) as the platform hands them over. */
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
  AWS_ACCESS_KEY_ID: string;
  AWS_SECRET_ACCESS_KEY: string;
  AWS_SESSION_TOKEN?: string;
  ADMIN_TOKEN_SHA256: string;
  ENCRYPTION_KEY: string;
}

export interface Config {
  readonly db: D1Database;
  readonly deliveries: Queue<DeliveryMessage>;
  /** How often a check may be run by hand. */
  readonly checkLimit: RateLimit;
  /** Without a trailing slash. */
  readonly publicUrl: string;
  /** `aws:<region>`, each with a phase of its own. */
  readonly locations: readonly string[];
  readonly fleet: FleetConfig;
  readonly allowLoopback: boolean;
  /** SHA-256 of the admin token, hex. */
  readonly adminTokenSha256: string;
  /** 32 bytes, base64. */
  readonly encryptionKey: string;
}

export interface FleetConfig {
  /** Where a probe that reaches its target no more looks for a sign of life. */
  readonly canaries: readonly Canary[];
  readonly functionName: string;
  /** Overrides AWS's own endpoint; the embedded local mesh sets it. */
  readonly endpoint: string | undefined;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

/**
 * Public name servers of three operators: built to answer always and from everywhere, also on 443, where they serve DNS
 * over HTTPS. By name, so that a location without name resolution fails them too.
 */
const NEUTRAL: readonly Canary[] = ['one.one.one.one', 'dns.google', 'dns.quad9.net'].map((host) => ({
  host,
  port: 443,
}));

const CANARY = /^([^:\s]+):(\d{1,5})$/;
const MOST_CANARIES = 8;

/** `host:port,host:port`; empty: the neutral ones; `none`: no canaries. Throws with the entry that is wrong. */
function readCanaries(text: string, allowLoopback: boolean): readonly Canary[] {
  if (text.trim() === '') return NEUTRAL;
  if (text.trim() === 'none') return [];
  const entries = text.split(',').map((entry) => entry.trim());
  if (entries.length > MOST_CANARIES)
    throw new Error(`CANARIES names ${entries.length}: at most ${MOST_CANARIES} are asked`);
  if (new Set(entries).size !== entries.length)
    throw new Error('CANARIES names a canary twice: remove one, and write each host:port once');
  return entries.map((entry) => {
    const [, host = '', port = ''] = CANARY.exec(entry) ?? [];
    const canary = { host, port: Number(port) };
    const problem = canaryProblem(canary, allowLoopback);
    if (problem !== null) throw new Error(`CANARIES has "${entry}": ${problem}`);
    return canary;
  });
}

/** What is wrong with a canary, and what to write; null when nothing is. */
function canaryProblem({ host, port }: Canary, allowLoopback: boolean): string | null {
  if (host === '' || port < 1 || port > 65_535)
    return 'write each as host:port, by name, with a port from 1 to 65535; or the word none';
  const problem = hostError(host);
  if (problem !== null) return `${problem} It goes before the port, as host:port.`;
  const isLiteral = /^[\d.]+$/.test(host);
  const isLoopback = isLiteral ? host.startsWith('127.') : /(^|\.)localhost\.?$/i.test(host);
  if (isLoopback)
    return allowLoopback ? null : 'probes may not connect to loopback; name a public host, as host:port';
  // By its address it would be reached where no name is resolved any more, and every target blamed for that.
  return isLiteral ? 'write a name instead of an address, as host:port' : null;
}

const LOCATION_ID = /^aws:[a-z0-9-]{3,32}$/;

/** Throws with the name of the binding that is missing or malformed, and what to do. */
export function readEnv(env: Bindings): Config {
  const need = (name: keyof Bindings & string, how: string): string => {
    const value = env[name];
    if (typeof value !== 'string' || value === '') throw new Error(`${name} is not set: ${how}`);
    return value;
  };
  const locations = need(
    'LOCATIONS',
    'list the probe locations in wrangler.toml, as aws:<region>,aws:<region>',
  )
    .split(',')
    .map((id) => id.trim());
  for (const id of locations) {
    if (!LOCATION_ID.test(id)) throw new Error(`LOCATIONS has "${id}": write each location as aws:<region>`);
  }
  if (new Set(locations).size !== locations.length)
    throw new Error('LOCATIONS names a location twice: remove one');
  const adminTokenSha256 = need('ADMIN_TOKEN_SHA256', 'set it with wrangler secret put').toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(adminTokenSha256))
    throw new Error('ADMIN_TOKEN_SHA256 must be 64 hex digits: the SHA-256 of the token');
  const allowLoopback = env.ALLOW_LOOPBACK === 'true';
  return {
    db: env.DB,
    deliveries: env.DELIVERIES,
    checkLimit: env.CHECK_LIMIT,
    publicUrl: need('PUBLIC_URL', 'set the address of this Worker in wrangler.toml').replace(/\/+$/, ''),
    locations,
    fleet: {
      functionName: need('PROBE_FUNCTION', 'name the Lambda function in wrangler.toml'),
      endpoint: env.LAMBDA_ENDPOINT || undefined,
      canaries: readCanaries(env.CANARIES ?? '', allowLoopback),
      credentials: {
        accessKeyId: need('AWS_ACCESS_KEY_ID', 'set it with wrangler secret put'),
        secretAccessKey: need('AWS_SECRET_ACCESS_KEY', 'set it with wrangler secret put'),
        ...(env.AWS_SESSION_TOKEN ? { sessionToken: env.AWS_SESSION_TOKEN } : {}),
      },
    },
    allowLoopback,
    adminTokenSha256,
    encryptionKey: need('ENCRYPTION_KEY', '32 random bytes as base64, set with wrangler secret put'),
  };
}
