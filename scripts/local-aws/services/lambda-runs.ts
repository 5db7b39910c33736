// Owns Invoke of the local Lambda.
// docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
import type * as sdk from '@aws-sdk/client-lambda';
import { AwsError } from '../errors.ts';
import type { Context, Handler } from '../service.ts';
import { findFunction, requireActive } from './lambda-lookup.ts';

const MAX_REQUEST_BYTES = 6 * 1024 * 1024;

export const RUN_OPERATIONS: Readonly<Record<string, Handler>> = {
  async Invoke(input: sdk.InvocationRequest, context: Context): Promise<sdk.InvocationResponse> {
    const fn = findFunction(input.FunctionName, context);
    requireActive(fn, context.now);
    const payload = input.Payload ?? new Uint8Array();
    if (payload.length >= MAX_REQUEST_BYTES)
      throw new AwsError(
        'RequestTooLargeException',
        `Request must be smaller than ${MAX_REQUEST_BYTES} bytes for the InvokeFunction operation`,
        413,
      );
    if (input.InvocationType === 'DryRun') return { StatusCode: 204 };
    const event = readEvent(payload);
    if (input.InvocationType === 'Event') {
      // The caller does not learn of its failure.
      void context.runs.invokeLater(context.regionName, fn, event).catch(() => {});
      return { StatusCode: 202 };
    }
    const { payload: answer, functionError } = await context.runs.invoke(context.regionName, fn, event);
    return {
      StatusCode: 200,
      ExecutedVersion: '$LATEST',
      Payload: new TextEncoder().encode(answer) as NonNullable<sdk.InvocationResponse['Payload']>,
      ...(functionError === null ? {} : { FunctionError: functionError }),
    };
  },
};

function readEvent(payload: Uint8Array): unknown {
  if (payload.length === 0) return {};
  try {
    return JSON.parse(new TextDecoder().decode(payload));
  } catch (error) {
    throw new AwsError(
      'InvalidRequestContentException',
      `Could not parse request body into json: ${String(error)}`,
    );
  }
}
