// Owns the way of one request through the local AWS: service, signature, faults, permissions, operation, record, response.
import { randomUUID } from 'node:crypto';
import { signedService } from '../local-lambda/signature.ts';
import { type Account, type Principal, regionOf } from './account.ts';
import { type Decision, decide, denial } from './authorize.ts';
import { AwsError, commonError, errorResponse } from './errors.ts';
import type { Call, Faults } from './faults.ts';
import type { FunctionRuns } from './function-runs.ts';
import { authenticate } from './principals.ts';
import { requestTags } from './resource-tags.ts';
import { type Context, mutates, type Permission, type Service } from './service.ts';
import { bucketPolicyFor } from './services/s3.ts';
import { SERVICES } from './services.ts';
import { type Incoming, parseRequest, writeResult } from './wire/wire.ts';

export interface RequestsOptions {
  readonly account: Account;
  readonly faults: Faults;
  readonly runs: FunctionRuns;
  readonly enforcePolicies: boolean;
  readonly now: () => number;
  readonly calls: Call[];
  /** Called when something changed. */
  changed(): Promise<void>;
}

/** A local mesh runs for days. */
const MAX_CALLS = 10_000;

/** The caller gets no answer. */
export class ConnectionCut extends Error {}

export class Requests {
  readonly #options: RequestsOptions;
  #mutations = 0;

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  /** Throws {@link ConnectionCut}. */
  async respond(incoming: Incoming): Promise<Response> {
    const requestId = randomUUID();
    const { latencyMs } = this.#options.faults;
    if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, latencyMs));
    const { authorization } = incoming.headers;
    const name = signedService(authorization) ?? serviceOfTarget(incoming);
    const service = SERVICES.get(name);
    if (!service) return new Response(`The local AWS has no service "${name}".`, { status: 501 });
    const response = await this.#respond(service, incoming, requestId).catch((error: unknown) => {
      if (!(error instanceof AwsError)) throw error;
      return errorResponse(service.protocol, error, requestId, incoming.path);
    });
    const header = service.name === 's3' ? 'x-amz-request-id' : 'x-amzn-requestid';
    response.headers.set(header, requestId);
    if (incoming.method !== 'HEAD') return response;
    return new Response(null, { status: response.status, headers: response.headers });
  }

  async #respond(service: Service, incoming: Incoming, requestId: string): Promise<Response> {
    const { account, faults, runs, now } = this.#options;
    const caller = await this.#callerOf(service, incoming);
    const { operation, input } = await parseRequest(service, incoming);
    const context: Context = {
      account,
      regionName: caller.region,
      region: regionOf(account, caller.region),
      principal: caller.principal,
      faults,
      now: now(),
      runs,
      allows: (permission) => this.#allows(permission, caller.principal, caller.region),
    };
    const permissions = service.permissions(operation.name, input as never, context);
    const call: Call = {
      service: service.name,
      operation: operation.name,
      region: caller.region,
      principal: caller.principal.arn,
      resource: permissions[0]?.resource ?? '*',
      mutates: mutates(operation.name),
      mutation: 0,
      error: null,
    };
    this.#options.calls.push(call);
    if (this.#options.calls.length > MAX_CALLS) this.#options.calls.shift();
    try {
      this.#fail(service, operation.name);
      await this.#authorize(service, permissions, input as object, context);
      const result = await this.#carryOut(service, call, input, context);
      return result instanceof Response
        ? result
        : await writeResult(service, operation, result as object, requestId);
    } catch (error) {
      call.error = error instanceof AwsError ? error.code : String(error);
      throw error;
    }
  }

  async #callerOf(service: Service, incoming: Incoming): Promise<{ principal: Principal; region: string }> {
    const { account, faults, now } = this.#options;
    if (service.name === 's3' && incoming.headers.authorization === undefined) {
      // Names of buckets have no characters that are escaped.
      const bucket = account.buckets.get(incoming.path.split('/')[1] ?? '');
      return { principal: { type: 'anonymous', arn: 'anonymous' }, region: bucket?.region ?? 'us-east-1' };
    }
    return authenticate(incoming, account, faults, service.name, service.protocol, now());
  }

  /** Throttling, and failures that a test asked for. */
  #fail(service: Service, operation: string): void {
    const { throttled, failing } = this.#options.faults;
    for (const key of [`${service.name}:${operation}`, `${service.name}:*`]) {
      const left = throttled[key] ?? 0;
      if (left > 0) {
        throttled[key] = left - 1;
        throw commonError(service.protocol, 'throttled', 'Rate exceeded', service.name);
      }
      const failure = failing[key];
      if (failure && failure.times > 0) {
        failure.times -= 1;
        throw new AwsError(failure.code, failure.message, failure.status);
      }
    }
  }

  async #authorize(
    service: Service,
    permissions: ReturnType<Service['permissions']>,
    input: object,
    { principal, regionName }: Context,
  ): Promise<void> {
    for (const permission of permissions) {
      const conditions = { ...requestTags(input), ...permission.conditions };
      const decision = await this.#decide({ ...permission, conditions }, principal, regionName);
      if (!decision.isAllowed) throw denial(service.protocol, principal, permission, decision.isExplicit);
    }
  }

  async #allows(permission: Permission, principal: Principal, region: string): Promise<boolean> {
    return (await this.#decide(permission, principal, region)).isAllowed;
  }

  /** Requests that are not signed are always decided, because only a bucket policy can allow them. */
  async #decide(permission: Permission, principal: Principal, region: string): Promise<Decision> {
    const { account, enforcePolicies, now } = this.#options;
    if (!enforcePolicies && principal.type !== 'anonymous') return { isAllowed: true };
    const resourcePolicy = bucketPolicyFor(account, permission.resource);
    return decide(account, { principal, permission, region, resourcePolicy }, now());
  }

  async #carryOut(service: Service, call: Call, input: unknown, context: Context): Promise<unknown> {
    const handler = service.operations[call.operation];
    if (!handler)
      throw new AwsError(
        'NotImplemented',
        `The local AWS does not have ${service.name}:${call.operation}.`,
        501,
      );
    if (!call.mutates) return handler(input as never, context);
    Object.assign(call, { mutation: ++this.#mutations });
    const { beforeMutation, afterMutation } = this.#options.faults;
    await cutIfFails(beforeMutation, call);
    const result = await handler(input as never, context);
    await this.#options.changed();
    await cutIfFails(afterMutation, call);
    return result;
  }
}

async function cutIfFails(hook: Faults['beforeMutation'], call: Call): Promise<void> {
  try {
    await hook?.(call);
  } catch (error) {
    throw new ConnectionCut('cut on request', { cause: error });
  }
}

/** For a request without a signature, or with one that cannot be read. */
function serviceOfTarget({ headers, path }: Incoming): string {
  if (headers['x-amz-target']?.startsWith('Logs_')) return 'logs';
  if (headers['x-amz-target']?.startsWith('AmazonSSM')) return 'ssm';
  if (headers['content-type']?.startsWith('application/x-www-form-urlencoded')) return 'iam';
  if (/^\/schedule/.test(path)) return 'scheduler';
  return /^\/20\d\d-\d\d-\d\d\//.test(path) ? 'lambda' : 's3';
}
