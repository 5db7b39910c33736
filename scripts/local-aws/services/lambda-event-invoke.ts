// Owns how the local Lambda treats asynchronous invocations: how often it repeats one that failed, and how long it keeps one.
// docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
import type * as sdk from '@aws-sdk/client-lambda';
import type { EventInvokeSettings, LambdaFunction } from '../account.ts';
import { AwsError } from '../errors.ts';
import type { Context, Handler } from '../service.ts';
import { findFunction } from './lambda-lookup.ts';

const LIMITS = {
  MaximumRetryAttempts: { min: 0, max: 2 },
  MaximumEventAgeInSeconds: { min: 60, max: 21_600 },
} as const;
type Limited = keyof typeof LIMITS;

export const EVENT_INVOKE_OPERATIONS: Readonly<Record<string, Handler>> = {
  PutFunctionEventInvokeConfig(
    input: sdk.PutFunctionEventInvokeConfigRequest,
    context: Context,
  ): sdk.FunctionEventInvokeConfig {
    const fn = findFunction(input.FunctionName, context);
    // What is left out is removed.
    fn.eventInvoke = { ...read(input), modifiedAt: context.now };
    return describe(fn, fn.eventInvoke);
  },
  UpdateFunctionEventInvokeConfig(
    input: sdk.UpdateFunctionEventInvokeConfigRequest,
    context: Context,
  ): sdk.FunctionEventInvokeConfig {
    const fn = findFunction(input.FunctionName, context);
    fn.eventInvoke = { ...required(fn), ...read(input), modifiedAt: context.now };
    return describe(fn, fn.eventInvoke);
  },
  GetFunctionEventInvokeConfig(
    input: sdk.GetFunctionEventInvokeConfigRequest,
    context: Context,
  ): sdk.FunctionEventInvokeConfig {
    const fn = findFunction(input.FunctionName, context);
    return describe(fn, required(fn));
  },
  DeleteFunctionEventInvokeConfig(
    input: sdk.DeleteFunctionEventInvokeConfigRequest,
    context: Context,
  ): object {
    const fn = findFunction(input.FunctionName, context);
    required(fn);
    fn.eventInvoke = null;
    return {};
  },
};

function read(input: sdk.PutFunctionEventInvokeConfigRequest): Partial<Record<Limited, number>> {
  const given = (Object.keys(LIMITS) as Limited[]).flatMap((name) => {
    const value = input[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  for (const [name, value] of given) {
    const { min, max } = LIMITS[name];
    if (value < min || value > max)
      throw outside(
        name,
        value,
        value < min ? `greater than or equal to ${min}` : `less than or equal to ${max}`,
      );
  }
  if (given.length === 0 && input.DestinationConfig === undefined)
    throw new AwsError(
      'InvalidParameterValueException',
      'You must specify at least one of error handling or destination setting.',
      400,
      { Type: 'User' },
    );
  return Object.fromEntries(given);
}

function outside(name: Limited, value: number, limit: string): AwsError {
  const member = name.charAt(0).toLowerCase() + name.slice(1);
  const message = `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must have value ${limit}`;
  return new AwsError('ValidationException', message);
}

function required({ arn, eventInvoke }: LambdaFunction): EventInvokeSettings {
  if (eventInvoke !== null) return eventInvoke;
  const message = `The function ${arn}:$LATEST doesn't have an EventInvokeConfig`;
  throw new AwsError('ResourceNotFoundException', message, 404, { Type: 'User' });
}

const describe = (
  { arn }: LambdaFunction,
  { modifiedAt, ...limits }: EventInvokeSettings,
): sdk.FunctionEventInvokeConfig => ({
  FunctionArn: `${arn}:$LATEST`,
  LastModified: new Date(modifiedAt),
  ...limits,
  DestinationConfig: { OnSuccess: {}, OnFailure: {} },
});
