// Owns starting and stopping a local AWS: one loopback port for all services and regions. The SDK reaches it with the
// environment variable AWS_ENDPOINT_URL, and S3 with `forcePathStyle`. Does not own what services do.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bridge } from '../local-lambda/http-bridge.ts';
import type { Credentials } from '../local-lambda/signature.ts';
import { type Account, newAccount, regionOf } from './account.ts';
import { DataFile } from './data-file.ts';
import { type Call, type Faults, noFaults } from './faults.ts';
import { type Execution, FunctionRuns, type InvokeFunction } from './function-runs.ts';
import { checkPolicy } from './policy-document.ts';
import { ConnectionCut, Requests } from './requests.ts';
import { type FiredSchedule, fireSchedules, startScheduleClock } from './schedule-clock.ts';
import { newUser } from './services/iam-users.ts';
import type { Incoming } from './wire/wire.ts';

export interface LocalUser {
  readonly name: string;
  readonly credentials: Credentials;
  /** A policy document. Undefined: everything is allowed. */
  readonly policy?: object;
}

export interface LocalAwsOptions {
  /** 0 for a free one. */
  readonly port: number;
  readonly accountId?: string;
  /** Who exists from the beginning. */
  readonly users: readonly LocalUser[];
  /** Runs functions instead of the code of their zips. */
  readonly invoke?: InvokeFunction;
  /** Further variables of every function, such as PROBEMESH_ALLOW_LOOPBACK. */
  readonly functionEnvironment?: Readonly<Record<string, string>>;
  /** Parameters and buckets are kept in it. */
  readonly folder?: string;
  /** Simulates the policies of who calls. Without it, everything that is signed is allowed. */
  readonly enforcePolicies?: boolean;
  /** Fires schedules as often as their expressions say. Without it, only `fire` does. */
  readonly runSchedules?: boolean;
  /** ms since the epoch. Signatures are verified with the machine's clock. */
  readonly clock?: () => number;
  readonly log?: (line: string) => void;
}

export interface LocalAws {
  readonly url: string;
  /** What exists. Tests read it, and do not change it. */
  readonly state: Account;
  readonly faults: Faults;
  /** Every request that was understood and signed, in order; the last 10,000. */
  readonly calls: readonly Call[];
  /** Fires each enabled schedule once. Without a region, in all. */
  fire(region?: string): Promise<FiredSchedule[]>;
  /** Runs a function, as EventBridge or a person would. Throws if it does not exist. */
  invoke(region: string, functionName: string, event: unknown): Promise<Execution>;
  stop(): Promise<void>;
}

const EVERYTHING = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };

/** Rejects if the port is in use. */
export async function startLocalAws(options: LocalAwsOptions): Promise<LocalAws> {
  const { enforcePolicies = false, clock: now = Date.now, log = (): void => {} } = options;
  const account = newAccount(options.accountId ?? '000000000000');
  const faults = noFaults();
  const calls: Call[] = [];
  const file = options.folder === undefined ? null : new DataFile(options.folder, account);
  await file?.load();
  addUsers(account, options.users, now());

  let url = '';
  const { invoke, functionEnvironment: environment = {} } = options;
  const runs = new FunctionRuns({ account, faults, invoke, environment, endpoint: () => url, log });
  const changed = async (): Promise<void> => file?.save();
  const requests = new Requests({ account, faults, runs, enforcePolicies, now, calls, changed });
  const server = createServer((incoming, outgoing) => {
    const respond = async (request: Request, body: Uint8Array): Promise<Response> => {
      try {
        return await requests.respond(describe(request, incoming.url ?? '/', body));
      } catch (error) {
        if (!(error instanceof ConnectionCut)) throw error;
        incoming.socket.destroy();
        return new Response(null, { status: 500 });
      }
    };
    void bridge(incoming, outgoing, respond, log);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const schedules = { account, runs, enforcePolicies, now };
  const clock = options.runSchedules ? startScheduleClock(schedules, log) : null;
  return {
    url,
    state: account,
    faults,
    calls,
    fire: (region) => fireSchedules(schedules, region),
    async invoke(region, functionName, event) {
      const fn = regionOf(account, region).functions.get(functionName);
      if (!fn) throw new Error(`The local AWS has no function ${functionName} in ${region}.`);
      return runs.invoke(region, fn, event);
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      const quiet = clock?.stop();
      await runs.stop();
      await Promise.all([closed, quiet]);
      await file?.save();
    },
  };
}

function addUsers(account: Account, users: readonly LocalUser[], createdAt: number): void {
  for (const { name, credentials, policy = EVERYTHING } of users) {
    const user = newUser(account.id, name, createdAt);
    user.policies.set('local', checkPolicy(JSON.stringify(policy), 'identity'));
    user.keys.push({
      id: credentials.accessKeyId,
      secret: credentials.secretAccessKey,
      // Usable at once, also where new keys take a while.
      createdAt: 0,
      isActive: true,
      lastUsed: null,
    });
    account.users.set(name, user);
  }
}

/** `target` is as it was sent, because the signature covers it so. */
function describe(request: Request, target: string, body: Uint8Array): Incoming {
  const end = target.indexOf('?');
  const path = end < 0 ? target : target.slice(0, end);
  const search = new URLSearchParams(end < 0 ? '' : target.slice(end + 1));
  const query: Record<string, string | string[]> = {};
  for (const key of search.keys()) {
    const values = search.getAll(key);
    query[key] = values.length === 1 ? values[0]! : values;
  }
  return { method: request.method, path, query, search, headers: Object.fromEntries(request.headers), body };
}
