// Owns making, changing and deleting functions in the local Lambda: docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
// and its neighbours.
import { createHash, randomUUID } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-lambda';
import { unzipSync } from 'fflate';
import { type LambdaFunction, nameInArn } from '../account.ts';
import { AwsError } from '../errors.ts';
import { trusts } from '../policy-document.ts';
import type { Context, Handler } from '../service.ts';
import { addTags, tagsOfRecord } from '../tags.ts';
import {
  conflict,
  findFunction,
  functionNameOf,
  isPending,
  isUpdating,
  requireSettled,
} from './lambda-lookup.ts';

const invalid = (message: string): AwsError =>
  new AwsError('InvalidParameterValueException', message, 400, { Type: 'User' });

/** docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: zipped, in a request. */
const MAX_ZIP_BYTES = 50 * 1024 * 1024;

export const FUNCTION_OPERATIONS: Readonly<Record<string, Handler>> = {
  CreateFunction(input: sdk.CreateFunctionRequest, context: Context): sdk.FunctionConfiguration {
    const { account, region, regionName, faults, now } = context;
    const name = functionNameOf(input.FunctionName ?? '');
    if (!/^[\w-]{1,64}$/.test(name))
      throw new AwsError(
        'ValidationException',
        `1 validation error detected: Value '${name}' at 'functionName' failed to satisfy constraint`,
      );
    if (region.functions.has(name)) throw conflict(`Function already exist: ${name}`);
    if (!input.Runtime || !input.Handler)
      throw invalid(
        'Runtime and Handler are mandatory parameters for functions created with deployment packages.',
      );
    checkSizes(input);
    requireRole(input.Role, context);
    const zip = checkZip(input.Code?.ZipFile);
    const fn: LambdaFunction = {
      name,
      arn: `arn:aws:lambda:${regionName}:${account.id}:function:${name}`,
      role: input.Role ?? '',
      runtime: input.Runtime,
      handler: input.Handler,
      description: input.Description ?? '',
      timeoutSeconds: input.Timeout ?? 3,
      memoryMb: input.MemorySize ?? 128,
      architectures: input.Architectures ?? ['x86_64'],
      environment: input.Environment?.Variables ?? {},
      logGroup: input.LoggingConfig?.LogGroup ?? `/aws/lambda/${name}`,
      zip,
      codeSha256: sha256(zip),
      lastModified: now,
      revisionId: randomUUID(),
      activeAt: now + faults.functionPendingMs,
      updatedAt: now,
      reservedConcurrency: null,
      eventInvoke: null,
      tags: tagsOfRecord(input.Tags),
    };
    region.functions.set(name, fn);
    return describe(fn, now);
  },
  GetFunction(input: sdk.GetFunctionRequest, context: Context): sdk.GetFunctionResponse {
    const fn = findFunction(input.FunctionName, context);
    return {
      Configuration: describe(fn, context.now),
      Code: {
        RepositoryType: 'S3',
        Location: `https://awslambda-${context.regionName}-tasks.s3.amazonaws.com/${fn.name}`,
      },
      ...(fn.tags.size > 0 ? { Tags: Object.fromEntries(fn.tags) } : {}),
      ...(fn.reservedConcurrency === null
        ? {}
        : { Concurrency: { ReservedConcurrentExecutions: fn.reservedConcurrency } }),
    };
  },
  GetFunctionConfiguration: (input: sdk.GetFunctionConfigurationRequest, context: Context) =>
    describe(findFunction(input.FunctionName, context), context.now),
  ListFunctions: (_input: sdk.ListFunctionsRequest, { region, now }: Context): sdk.ListFunctionsResponse => ({
    Functions: [...region.functions.values()].map((fn) => describe(fn, now)),
  }),
  UpdateFunctionCode(input: sdk.UpdateFunctionCodeRequest, context: Context): sdk.FunctionConfiguration {
    const fn = findFunction(input.FunctionName, context);
    requireChangeable(fn, input.RevisionId, context.now);
    const zip = checkZip(input.ZipFile);
    if (input.DryRun) return { ...describe(fn, context.now), CodeSha256: sha256(zip) };
    fn.zip = zip;
    fn.codeSha256 = sha256(zip);
    fn.architectures = input.Architectures ?? fn.architectures;
    return startUpdate(fn, context);
  },
  UpdateFunctionConfiguration(
    input: sdk.UpdateFunctionConfigurationRequest,
    context: Context,
  ): sdk.FunctionConfiguration {
    const fn = findFunction(input.FunctionName, context);
    requireChangeable(fn, input.RevisionId, context.now);
    checkSizes(input);
    if (input.Role !== undefined) requireRole(input.Role, context);
    fn.role = input.Role ?? fn.role;
    fn.runtime = input.Runtime ?? fn.runtime;
    fn.handler = input.Handler ?? fn.handler;
    fn.description = input.Description ?? fn.description;
    fn.timeoutSeconds = input.Timeout ?? fn.timeoutSeconds;
    fn.memoryMb = input.MemorySize ?? fn.memoryMb;
    fn.environment = input.Environment?.Variables ?? fn.environment;
    fn.logGroup = input.LoggingConfig?.LogGroup ?? fn.logGroup;
    return startUpdate(fn, context);
  },
  DeleteFunction(input: sdk.DeleteFunctionRequest, context: Context): object {
    context.region.functions.delete(findFunction(input.FunctionName, context).name);
    return { StatusCode: 204 };
  },
  TagResource(input: sdk.TagResourceRequest, context: Context): object {
    addTags(findFunction(input.Resource, context).tags, tagsOfRecord(input.Tags));
    return {};
  },
  UntagResource(input: sdk.UntagResourceRequest, context: Context): object {
    for (const key of input.TagKeys ?? []) findFunction(input.Resource, context).tags.delete(key);
    return {};
  },
  ListTags: (input: sdk.ListTagsRequest, context: Context): sdk.ListTagsResponse => ({
    Tags: Object.fromEntries(findFunction(input.Resource, context).tags),
  }),
};

function describe(fn: LambdaFunction, now: number): sdk.FunctionConfiguration {
  const pending = { StateReason: 'The function is being created.', StateReasonCode: 'Creating' as const };
  const updating = {
    LastUpdateStatusReason: 'The function is being created.',
    LastUpdateStatusReasonCode: 'Creating' as sdk.LastUpdateStatusReasonCode,
  };
  return {
    FunctionName: fn.name,
    FunctionArn: fn.arn,
    Role: fn.role,
    Runtime: fn.runtime as sdk.Runtime,
    Handler: fn.handler,
    Description: fn.description,
    Timeout: fn.timeoutSeconds,
    MemorySize: fn.memoryMb,
    Architectures: [...fn.architectures] as sdk.Architecture[],
    CodeSha256: fn.codeSha256,
    CodeSize: fn.zip.length,
    LastModified: new Date(fn.lastModified).toISOString().replace('Z', '+0000'),
    RevisionId: fn.revisionId,
    Version: '$LATEST',
    PackageType: 'Zip',
    TracingConfig: { Mode: 'PassThrough' },
    EphemeralStorage: { Size: 512 },
    LoggingConfig: { LogFormat: 'Text', LogGroup: fn.logGroup },
    ...(Object.keys(fn.environment).length > 0 ? { Environment: { Variables: { ...fn.environment } } } : {}),
    State: isPending(fn, now) ? 'Pending' : 'Active',
    ...(isPending(fn, now) ? pending : {}),
    LastUpdateStatus: isPending(fn, now) || isUpdating(fn, now) ? 'InProgress' : 'Successful',
    ...(isUpdating(fn, now) ? updating : {}),
  };
}

function startUpdate(fn: LambdaFunction, { now, faults }: Context): sdk.FunctionConfiguration {
  fn.lastModified = now;
  fn.revisionId = randomUUID();
  fn.updatedAt = now + faults.functionUpdateMs;
  return describe(fn, now);
}

function requireChangeable(fn: LambdaFunction, revisionId: string | undefined, now: number): void {
  requireSettled(fn, now);
  if (revisionId === undefined || revisionId === fn.revisionId) return;
  throw new AwsError(
    'PreconditionFailedException',
    'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id',
    412,
  );
}

function requireRole(arn: string | undefined, { account, faults, now }: Context): void {
  const role = account.roles.get(nameInArn(arn ?? ''));
  const isUsable =
    role?.arn === arn &&
    role !== undefined &&
    trusts(role.trust, 'lambda.amazonaws.com') &&
    now >= role.createdAt + faults.roleUsableAfterMs;
  if (!isUsable) throw invalid('The role defined for the function cannot be assumed by Lambda.');
}

function checkSizes({
  MemorySize = 128,
  Timeout = 3,
  Environment,
}: sdk.UpdateFunctionConfigurationRequest): void {
  const reject = (member: string, value: unknown): AwsError =>
    new AwsError(
      'ValidationException',
      `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint`,
    );
  if (MemorySize < 128 || MemorySize > 10_240) throw reject('memorySize', MemorySize);
  if (Timeout < 1 || Timeout > 900) throw reject('timeout', Timeout);
  const variables = Environment?.Variables ?? {};
  const reserved = Object.keys(variables).filter((name) =>
    /^(AWS_REGION|AWS_LAMBDA_.*|AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|AWS_DEFAULT_REGION|_HANDLER|LAMBDA_.*)$/.test(
      name,
    ),
  );
  if (reserved.length > 0)
    throw invalid(
      `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(', ')}`,
    );
  if (JSON.stringify(variables).length > 4_096)
    throw invalid(
      'Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit.',
    );
}

/** Hashes of zips that could be unzipped: a mesh has the same in every region. */
const WHOLE = new Set<string>();

function checkZip(zip: Uint8Array | undefined): Uint8Array {
  if (!zip || zip.length === 0) throw invalid('Please provide a source for function code.');
  if (zip.length > MAX_ZIP_BYTES)
    throw new AwsError(
      'RequestEntityTooLargeException',
      'Request must be smaller than 69905067 bytes for the UpdateFunctionCode operation',
      413,
    );
  const hash = sha256(zip);
  if (WHOLE.has(hash)) return zip;
  try {
    unzipSync(zip);
  } catch {
    throw invalid('Could not unzip uploaded file. Please check your file, then try to upload again.');
  }
  WHOLE.add(hash);
  return zip;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');
