// Owns the step of a Lambda function: code, configuration, and waiting until Lambda runs both. Does not own reserved
// concurrency, nor what the code does.
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  type FunctionConfiguration,
  GetFunctionCommand,
  type GetFunctionCommandOutput,
  type LambdaClient,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { DeployError, type Step } from '../step.ts';
import { nameOf } from './aws-errors.ts';
import { type AwsContext, SIGNING_VARIABLES } from './context.ts';
import { resourceStep } from './resource-step.ts';
import { orNull, repeatWhile, until } from './waiting.ts';

export interface FunctionSpec {
  readonly id: string;
  readonly region: string;
  readonly name: string;
  readonly roleArn: string;
  readonly needs: readonly string[];
  readonly handler: 'index.handler' | 'watchdog.handler';
  /** MB */
  readonly memory: number;
  readonly timeoutSeconds: number;
  /** Null: a value is not known yet. */
  environment(): Readonly<Record<string, string>> | null;
  /** Variables that another step sets: they stay as they are. */
  readonly keeps?: readonly string[];
}

const ARCHITECTURE = 'arm64' as const;
const RUNTIME = 'nodejs24.x' as const;
/** An update of a large function takes a minute. */
const READY = { attempts: 150, delayMs: 2_000 };
/** A new role takes seconds until Lambda may take it on. */
const ROLE = { attempts: 45, delayMs: 2_000 };

export const readFunction = (
  lambda: LambdaClient,
  FunctionName: string,
): Promise<GetFunctionCommandOutput | null> =>
  orNull(['ResourceNotFoundException'], () => lambda.send(new GetFunctionCommand({ FunctionName })));

/** Lambda works on the function, so that it refuses other changes for a moment. */
const isBusy = (error: unknown): boolean =>
  nameOf(error) === 'ResourceConflictException' && !/already exist/i.test((error as Error).message);

const isRoleNotReady = (error: unknown): boolean =>
  nameOf(error) === 'InvalidParameterValueException' &&
  /cannot be assumed|does not have permissions|KMS key is invalid/i.test((error as Error).message);

const titleOf = (name: string, region: string): string => `Lambda function ${name} in ${region}`;

/** Repeats a change while Lambda is at work on the function, or does not know its role yet. */
export const changePatiently = <T>({ wait }: AwsContext, run: () => Promise<T>): Promise<T> =>
  repeatWhile(wait, ROLE, (error) => isBusy(error) || isRoleNotReady(error), run);

/** Waits until Lambda runs what was changed. */
export async function untilReady({ clients, wait }: AwsContext, region: string, name: string): Promise<void> {
  const title = titleOf(name, region);
  await until(
    wait,
    READY,
    () => [`${title} is not ready after 5 minutes.`, 'Run `npm run deploy` again: it waits on.'],
    async () => {
      const found = (await readFunction(clients.lambda(region), name))?.Configuration;
      if (!found || found.State === 'Pending' || found.LastUpdateStatus === 'InProgress') return undefined;
      const { StateReason, LastUpdateStatusReason } = found;
      if (isFailed(found)) {
        throw new DeployError(
          `${title}: Lambda cannot run it: ${LastUpdateStatusReason ?? StateReason ?? 'no reason given'}`,
          'Remove the reason, or delete the function. Then run `npm run deploy` again.',
        );
      }
      return true;
    },
  );
}

export function functionStep(context: AwsContext, spec: FunctionSpec): Step {
  const { zip, build } = context.probe;
  const lambda = context.clients.lambda(spec.region);
  const title = titleOf(spec.name, spec.region);
  const FunctionName = spec.name;
  const codeSha256 = createHash('sha256').update(zip).digest('base64');
  const environment = (found: FunctionConfiguration) => {
    const variables = spec.environment();
    if (variables) return { Variables: { ...keptOf(found, spec), ...variables } };
    throw new DeployError(`${title}: the coordinator's address is not known.`, 'Deploy the Worker first.');
  };
  const configuration = (found: FunctionConfiguration) => ({
    FunctionName,
    Description: build,
    Role: spec.roleArn,
    Handler: spec.handler,
    Runtime: RUNTIME,
    MemorySize: spec.memory,
    Timeout: spec.timeoutSeconds,
    Environment: environment(found),
  });
  const ready = () => untilReady(context, spec.region, FunctionName);
  const patiently = <T>(run: () => Promise<T>): Promise<T> => changePatiently(context, run);

  return resourceStep<GetFunctionCommandOutput>(context, {
    id: spec.id,
    title,
    needs: spec.needs,
    region: spec.region,
    read: () => readFunction(lambda, FunctionName),
    tagsOf: ({ Tags }) => Tags ?? {},
    detailOf: ({ Configuration }) => Configuration?.Description ?? 'exists',
    differences: ({ Configuration: found = {} }) => [
      ...codeDifferences(found, codeSha256, build),
      ...configurationDifferences(found, spec, build),
      ...stateDifferences(found),
    ],
    async create() {
      await patiently(() =>
        lambda.send(
          new CreateFunctionCommand({
            ...configuration({}),
            Architectures: [ARCHITECTURE],
            Code: { ZipFile: zip },
            Tags: { ...context.names.tags },
          }),
        ),
      );
      await ready();
    },
    async update({ Configuration: found = {} }) {
      const needsConfiguration = configurationDifferences(found, spec, build).length > 0;
      const needsCode =
        codeDifferences(found, codeSha256, build).length > 0 || (!needsConfiguration && isFailed(found));
      if (needsCode) {
        await patiently(() =>
          lambda.send(
            new UpdateFunctionCodeCommand({ FunctionName, ZipFile: zip, Architectures: [ARCHITECTURE] }),
          ),
        );
        await ready();
      }
      if (needsConfiguration) {
        await patiently(() => lambda.send(new UpdateFunctionConfigurationCommand(configuration(found))));
      }
      await ready();
    },
    async delete() {
      await patiently(() => lambda.send(new DeleteFunctionCommand({ FunctionName })));
    },
  });
}

function codeDifferences(found: FunctionConfiguration, codeSha256: string, build: string): string[] {
  const before =
    found.Description && found.Description !== build ? `${found.Description} → ${build}` : 'changes';
  const architecture = found.Architectures?.[0];
  return [
    ...(found.CodeSha256 === codeSha256 ? [] : [`code ${before}`]),
    ...(architecture === ARCHITECTURE ? [] : [`architecture ${architecture} → ${ARCHITECTURE}`]),
  ];
}

function configurationDifferences(found: FunctionConfiguration, spec: FunctionSpec, build: string): string[] {
  const environment = spec.environment();
  const kept = keptOf(found, spec);
  const now = Object.fromEntries(
    Object.entries(found.Environment?.Variables ?? {}).filter(([name]) => !(name in kept)),
  );
  const changed = (label: string, before: unknown, after: unknown): string[] =>
    before === after ? [] : [`${label} ${before ?? 'none'} → ${after}`];
  return [
    ...changed('memory', found.MemorySize, spec.memory),
    ...changed('timeout', found.Timeout, spec.timeoutSeconds),
    ...changed('runtime', found.Runtime, RUNTIME),
    ...changed('handler', found.Handler, spec.handler),
    ...changed('role', found.Role, spec.roleArn),
    ...changed('build', found.Description, build),
    ...(environment === null || isDeepStrictEqual(now, { ...environment })
      ? []
      : Object.keys({ ...now, ...environment })
          .filter((name) => now[name] !== environment[name])
          .map((name) => `${name} ${shown(name, now[name])} → ${shown(name, environment[name])}`)),
  ];
}

/** A plan is printed, and the key is a secret. */
const shown = (name: string, value: string | undefined): string =>
  value !== undefined && name === SIGNING_VARIABLES[0] ? 'a key' : (value ?? 'none');

const keptOf = (found: FunctionConfiguration, { keeps = [] }: FunctionSpec): Record<string, string> =>
  Object.fromEntries(
    Object.entries(found.Environment?.Variables ?? {}).filter(([name]) => keeps.includes(name)),
  );

const isFailed = (found: FunctionConfiguration): boolean =>
  found.State === 'Failed' || found.LastUpdateStatus === 'Failed';

function stateDifferences(found: FunctionConfiguration): string[] {
  if (isFailed(found))
    return [`the last change failed: ${found.LastUpdateStatusReason ?? found.StateReason}`];
  const isReady = found.State !== 'Pending' && found.LastUpdateStatus !== 'InProgress';
  return isReady ? [] : ['Lambda still works on it'];
}
