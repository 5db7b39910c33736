// Owns the Security Token Service of the local AWS. docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
import * as sdk from '@aws-sdk/client-sts';
import type { Context, Service } from '../service.ts';

const idOf = ({ principal }: Context): string => {
  if (principal.type === 'user') return principal.user.id;
  return principal.type === 'role' ? `${principal.role.id}:${principal.session.sessionName}` : '';
};

export const STS: Service = {
  name: 'sts',
  protocol: 'query',
  sdk,
  xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
  operations: {
    GetCallerIdentity: (_input: sdk.GetCallerIdentityRequest, context): sdk.GetCallerIdentityResponse => ({
      Account: context.account.id,
      Arn: context.principal.arn,
      UserId: idOf(context),
    }),
  },
  // Allowed for everyone, whatever the policies say.
  permissions: () => [],
};
