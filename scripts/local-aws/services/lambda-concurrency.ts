// Owns reserved concurrency and the settings of the account in the local Lambda.
// docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html, docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
import type * as sdk from '@aws-sdk/client-lambda';
import type { RegionState } from '../account.ts';
import { AwsError } from '../errors.ts';
import type { Context, Handler } from '../service.ts';
import { findFunction } from './lambda-lookup.ts';

/** At least 100 stay unreserved. New accounts have 10 in all, and can reserve nothing. */
const minUnreserved = (limit: number): number => Math.min(limit, 100);

const reserved = (region: RegionState, except?: string): number =>
  [...region.functions.values()]
    .filter(({ name }) => name !== except)
    .reduce((sum, { reservedConcurrency }) => sum + (reservedConcurrency ?? 0), 0);

export const CONCURRENCY_OPERATIONS: Readonly<Record<string, Handler>> = {
  PutFunctionConcurrency(input: sdk.PutFunctionConcurrencyRequest, context: Context): sdk.Concurrency {
    const fn = findFunction(input.FunctionName, context);
    const wanted = input.ReservedConcurrentExecutions ?? 0;
    const { concurrencyLimit } = context.faults;
    const left = concurrencyLimit - reserved(context.region, fn.name) - wanted;
    const min = minUnreserved(concurrencyLimit);
    if (left < min && wanted > 0) {
      const message = `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${min}].`;
      throw new AwsError('InvalidParameterValueException', message, 400, { Type: 'User' });
    }
    fn.reservedConcurrency = wanted;
    return { ReservedConcurrentExecutions: wanted };
  },
  GetFunctionConcurrency(input: sdk.GetFunctionConcurrencyRequest, context: Context): sdk.Concurrency {
    const { reservedConcurrency } = findFunction(input.FunctionName, context);
    return reservedConcurrency === null ? {} : { ReservedConcurrentExecutions: reservedConcurrency };
  },
  DeleteFunctionConcurrency(input: sdk.DeleteFunctionConcurrencyRequest, context: Context): object {
    findFunction(input.FunctionName, context).reservedConcurrency = null;
    return {};
  },
  GetAccountSettings(
    _input: sdk.GetAccountSettingsRequest,
    { region, faults }: Context,
  ): sdk.GetAccountSettingsResponse {
    const functions = [...region.functions.values()];
    return {
      AccountLimit: {
        ConcurrentExecutions: faults.concurrencyLimit,
        UnreservedConcurrentExecutions: faults.concurrencyLimit - reserved(region),
        TotalCodeSize: 80_530_636_800,
        CodeSizeUnzipped: 262_144_000,
        CodeSizeZipped: 52_428_800,
      },
      AccountUsage: {
        FunctionCount: functions.length,
        TotalCodeSize: functions.reduce((sum, { zip }) => sum + zip.length, 0),
      },
    };
  },
};
