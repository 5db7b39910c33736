// Owns Lambda as a service of the local AWS: its protocol, its operations, and the permission that each call needs.
// docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
import * as sdk from '@aws-sdk/client-lambda';
import { type Permission, passRole, type Service } from '../service.ts';
import { CONCURRENCY_OPERATIONS } from './lambda-concurrency.ts';
import { EVENT_INVOKE_OPERATIONS } from './lambda-event-invoke.ts';
import { FUNCTION_OPERATIONS } from './lambda-functions.ts';
import { functionNameOf } from './lambda-lookup.ts';
import { RUN_OPERATIONS } from './lambda-runs.ts';

interface Named {
  readonly FunctionName?: string;
  readonly Resource?: string;
  readonly Role?: string;
  readonly Tags?: Readonly<Record<string, string>>;
}

export const LAMBDA: Service = {
  name: 'lambda',
  protocol: 'rest-json',
  sdk,
  operations: {
    ...FUNCTION_OPERATIONS,
    ...CONCURRENCY_OPERATIONS,
    ...EVENT_INVOKE_OPERATIONS,
    ...RUN_OPERATIONS,
  },
  permissions(operation, input: Named, { account, regionName }) {
    if (operation === 'ListFunctions' || operation === 'GetAccountSettings')
      return [{ action: `lambda:${operation}`, resource: '*' }];
    const name = functionNameOf(input.FunctionName ?? input.Resource ?? '');
    const resource = `arn:aws:lambda:${regionName}:${account.id}:function:${name}`;
    const action = operation === 'Invoke' ? 'lambda:InvokeFunction' : `lambda:${operation}`;
    const permissions: Permission[] = [{ action, resource }];
    if (operation === 'CreateFunction' && Object.keys(input.Tags ?? {}).length > 0)
      permissions.push({ action: 'lambda:TagResource', resource });
    if (/^(CreateFunction|UpdateFunctionConfiguration)$/.test(operation))
      permissions.push(...passRole(input.Role, 'lambda.amazonaws.com'));
    return permissions;
  },
};
