// Owns finding a function by its name or ARN, and whether it can be used or changed now.
import type { LambdaFunction } from '../account.ts';
import { AwsError } from '../errors.ts';
import type { Context } from '../service.ts';

/** Callers may give a name, an ARN, or `account:function:name`. */
export const functionNameOf = (nameOrArn: string): string =>
  /(?:^|:)function:(?<name>[^:]+)/.exec(nameOrArn)?.groups?.name ?? nameOrArn.split(':')[0] ?? '';

export function findFunction(nameOrArn: string | undefined, context: Context): LambdaFunction {
  const name = functionNameOf(nameOrArn ?? '');
  const { account, region, regionName } = context;
  const fn = region.functions.get(name);
  const arn = `arn:aws:lambda:${regionName}:${account.id}:function:${name}`;
  if (!fn)
    throw new AwsError('ResourceNotFoundException', `Function not found: ${arn}`, 404, { Type: 'User' });
  return fn;
}

export const isPending = (fn: LambdaFunction, now: number): boolean => now < fn.activeAt;

export const isUpdating = (fn: LambdaFunction, now: number): boolean => now < fn.updatedAt;

export const conflict = (message: string): AwsError =>
  new AwsError('ResourceConflictException', message, 409);

/** docs.aws.amazon.com/lambda/latest/dg/functions-states.html */
export function requireActive(fn: LambdaFunction, now: number): void {
  if (!isPending(fn, now)) return;
  throw conflict(
    'The operation cannot be performed at this time. The function is currently in the following state: Pending',
  );
}

export function requireSettled(fn: LambdaFunction, now: number): void {
  requireActive(fn, now);
  if (isUpdating(fn, now))
    throw conflict(
      `The operation cannot be performed at this time. An update is in progress for resource: ${fn.arn}`,
    );
}
