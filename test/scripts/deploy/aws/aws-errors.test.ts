// What AWS refuses, as a line that names what is wrong, where, and what to do.
import { expect, test } from 'vitest';
import { toDeployError } from '../../../../scripts/deploy/aws/aws-errors.ts';
import { DeployError } from '../../../../scripts/deploy/step.ts';

const WHERE = { title: 'Lambda function acme-probe in eu-west-1', region: 'eu-west-1' };
const ME = 'arn:aws:iam::123456789012:user/me';

/** As the SDK throws it. */
const awsError = (name: string, message: string): Error =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 } });

const translate = (error: Error, where: { title: string; region: string | null } = WHERE): string => {
  const translated = toDeployError(error, where);
  expect(translated).toBeInstanceOf(DeployError);
  return (translated as DeployError).message;
};

test('a missing permission names the action, the resource, the principal and the policy that is needed', () => {
  const function_ = 'arn:aws:lambda:eu-west-1:123456789012:function:acme-probe';
  const message = `User: ${ME} is not authorized to perform: lambda:CreateFunction on resource: ${function_} because no identity-based policy allows the lambda:CreateFunction action`;
  expect(translate(awsError('AccessDeniedException', message))).toBe(
    `Lambda function acme-probe in eu-west-1: ${ME} is not allowed to lambda:CreateFunction on ${function_}. Attach the policy of docs/guide/deploy-permissions.md to it.`,
  );
});

test.each(['service control policy', 'permissions boundary'])(
  'a permission that a %s denies does not lead to a policy that cannot help',
  (policy) => {
    const message = `User: ${ME} is not authorized to perform: iam:CreateRole on resource: x with an explicit deny in a ${policy}`;
    const line = translate(awsError('AccessDenied', message), { title: 'IAM role acme-probe', region: null });
    expect(line).toContain(`Ask who administers the account: the ${policy} denies it.`);
    expect(line).not.toContain('deploy-permissions');
  },
);

test.each(['UnrecognizedClientException', 'InvalidClientTokenId', 'OptInRequired', 'InvalidAccessKeyId'])(
  'a region that is not enabled (%s) names the region and where to enable it',
  (name) => {
    expect(translate(awsError(name, 'The security token included in the request is invalid.'))).toBe(
      'Lambda function acme-probe in eu-west-1: the region eu-west-1 is not enabled in this AWS account. Enable it in the AWS console under Account, AWS Regions, or remove it from probemesh.deploy.yaml.',
    );
  },
);

test('credentials that AWS does not know anywhere are not blamed on a region', () => {
  const line = translate(awsError('InvalidClientTokenId', 'invalid'), {
    title: 'AWS credentials',
    region: null,
  });
  expect(line).toBe(
    'AWS credentials: AWS does not know the credentials. Check `AWS_ACCESS_KEY_ID`, or `AWS_PROFILE`.',
  );
});

test.each([
  ['CredentialsProviderError', 'Sign in with'],
  ['ExpiredTokenException', 'Sign in again'],
  ['RequestTimeTooSkewed', 'clock of this machine'],
  ['TooManyRequestsException', 'Wait a minute'],
  ['LimitExceededException', 'Service Quotas'],
  ['CodeStorageExceededException', 'Service Quotas'],
  ['SomethingNewException', 'it continues where it ended'],
])('%s says what to do', (name, fix) => {
  expect(translate(awsError(name, 'Reason'))).toContain(fix);
});

test('a host that cannot be reached names the region once', () => {
  const error = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
  expect(translate(error, { title: 'Bucket acme-status', region: 'eu-west-9' })).toBe(
    'Bucket acme-status in eu-west-9: AWS cannot be reached (ENOTFOUND). Check the network, and that the region exists. Run `npm run deploy` again: it continues where it ended.',
  );
});

test('a bug stays a bug', () => {
  const bug = new TypeError('x is not a function');
  expect(toDeployError(bug, WHERE)).toBe(bug);
  const known = new DeployError('what', 'fix');
  expect(toDeployError(known, WHERE)).toBe(known);
});
