// Owns turning an error of AWS into a line with what is wrong, where, and what to do. Does not repeat any call. Pure.
import { SETTINGS_FILE } from '../settings.ts';
import { DeployError } from '../step.ts';

export interface Where {
  /** What the step makes. */
  readonly title: string;
  /** Null: in no region, such as IAM. */
  readonly region: string | null;
}

const PERMISSIONS = 'docs/guide/deploy-permissions.md';
const AGAIN = 'Run `npm run deploy` again: it continues where it ended.';

/** The error's name, as the SDK has it: `ResourceNotFoundException`. */
export const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');

const of = (...names: string[]): ReadonlySet<string> => new Set(names);

const NOT_ALLOWED = of(
  'AccessDenied',
  'AccessDeniedException',
  'AuthorizationError',
  'UnauthorizedOperation',
  'UnauthorizedAccess',
  'Forbidden',
);
/** AWS answers so if it knows the credentials elsewhere, but not in this region. */
const NOT_ENABLED = of(
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'RegionDisabledException',
  'OptInRequired',
  'IllegalLocationConstraintException',
  'InvalidAccessKeyId',
  'AuthFailure',
);
export const isNotEnabled = (error: unknown): boolean => NOT_ENABLED.has(nameOf(error));
const EXPIRED = of('ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired');
const CLOCK = of(
  'RequestTimeTooSkewed',
  'RequestExpired',
  'SignatureDoesNotMatch',
  'InvalidSignatureException',
);
const THROTTLED = of(
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'SlowDown',
  'RequestThrottled',
  'ServiceUnavailable',
  'ServiceUnavailableException',
);
const QUOTA = of(
  'LimitExceeded',
  'LimitExceededException',
  'ServiceQuotaExceededException',
  'CodeStorageExceededException',
  'ParameterLimitExceeded',
  'TooManyBuckets',
);
const NO_CREDENTIALS = of('CredentialsProviderError', 'TokenProviderError');
const NETWORK = of(
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
);

/** A DeployError for what AWS or the way to it refuses. Anything else, such as a bug, is returned as it is. */
export function toDeployError(error: unknown, { title, region }: Where): unknown {
  if (error instanceof DeployError || !(error instanceof Error)) return error;
  const inRegion = region === null || title.includes(region) ? '' : ` in ${region}`;
  const failed = (what: string, fix: string): DeployError =>
    new DeployError(`${title}${inRegion}: ${what}`, fix, { cause: error });
  const name = nameOf(error);
  const message = error.message.trim();
  if (NO_CREDENTIALS.has(name)) {
    return failed(
      'AWS credentials are missing.',
      'Sign in with `aws login` or `aws sso login`, or set `AWS_PROFILE`, or `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`.',
    );
  }
  if (EXPIRED.has(name)) return failed('the AWS credentials have expired.', `Sign in again. ${AGAIN}`);
  if (CLOCK.has(name)) {
    return failed(
      'AWS rejects the signature of the request.',
      'Check `AWS_SECRET_ACCESS_KEY`, and that the clock of this machine is right.',
    );
  }
  if (NOT_ENABLED.has(name)) return notEnabled(failed, region);
  if (NOT_ALLOWED.has(name)) return notAllowed(failed, message);
  if (THROTTLED.has(name)) return failed('AWS throttles its API.', `Wait a minute. ${AGAIN}`);
  if (QUOTA.has(name)) {
    return failed(
      `a quota of the AWS account is exhausted: ${sentence(message)}`,
      'Request a higher quota under Service Quotas in the AWS console, or delete what you do not need.',
    );
  }
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (NETWORK.has(code) || name === 'TimeoutError') {
    return failed(
      `AWS cannot be reached (${code || name}).`,
      `Check the network, and that the region exists. ${AGAIN}`,
    );
  }
  if (!('$metadata' in error)) return error;
  return failed(`AWS answers ${name}: ${sentence(message)}`, AGAIN);
}

type Failed = (what: string, fix: string) => DeployError;

function notEnabled(failed: Failed, region: string | null): DeployError {
  if (region === null)
    return failed('AWS does not know the credentials.', 'Check `AWS_ACCESS_KEY_ID`, or `AWS_PROFILE`.');
  return failed(
    `the region ${region} is not enabled in this AWS account.`,
    `Enable it in the AWS console under Account, AWS Regions, or remove it from ${SETTINGS_FILE}.`,
  );
}

const DENIED =
  /User: (?<principal>\S+) is not authorized to perform: (?<action>\S+)(?: on resource: (?<resource>\S+))?/;

function notAllowed(failed: Failed, message: string): DeployError {
  const { principal, action, resource } = DENIED.exec(message)?.groups ?? {};
  const what =
    principal && action
      ? `${principal} is not allowed to ${action}${resource ? ` on ${resource}` : ''}.`
      : `the permission is missing: ${sentence(message)}`;
  const denies = /explicit deny in an? (?<policy>[a-z ]+ policy|permissions boundary)/.exec(message)?.groups
    ?.policy;
  if (denies) return failed(what, `Ask who administers the account: the ${denies} denies it.`);
  return failed(what, `Attach the policy of ${PERMISSIONS} to it.`);
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text || 'no reason given'}.`);
