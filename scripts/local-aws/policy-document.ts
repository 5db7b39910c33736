// Owns what IAM accepts as a policy, and whom a trust policy lets assume a role. Does not evaluate permissions.
// docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
import { AwsError } from './errors.ts';

interface Statement {
  readonly Effect?: string;
  readonly Action?: string | string[];
  readonly NotAction?: string | string[];
  readonly Resource?: unknown;
  readonly NotResource?: unknown;
  readonly Principal?: string | Record<string, string | string[]>;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

interface PolicyDocument {
  readonly Version?: string;
  readonly Statement?: Statement | Statement[];
}

const MAX_CHARACTERS = 10_240;
const malformed = (message: string): AwsError => new AwsError('MalformedPolicyDocument', message);

/** Throws what IAM answers. */
export function checkPolicy(text: string | undefined, kind: 'identity' | 'trust'): string {
  const document = parse(text);
  if (!document) throw malformed('Syntax errors in policy.');
  if (document.Version !== '2012-10-17' && document.Version !== '2008-10-17')
    throw malformed('The policy must contain a valid version string.');
  const statements = statementsOf(document);
  if (statements.length === 0) throw malformed('Syntax errors in policy.');
  for (const { Effect, Action, NotAction, Resource, NotResource, Principal } of statements) {
    if (Effect !== 'Allow' && Effect !== 'Deny') throw malformed(`Invalid effect: ${Effect}`);
    const actions = listOf(Action ?? NotAction);
    if (actions.length === 0) throw malformed('Policy statement must contain actions.');
    if (kind === 'identity' && Principal !== undefined)
      throw malformed('Policy document should not specify a principal.');
    if (kind === 'identity' && Resource === undefined && NotResource === undefined)
      throw malformed('Policy statement must contain resources.');
    if (kind === 'trust' && Resource !== undefined) throw malformed('Has prohibited field Resource');
    if (kind === 'trust' && Principal === undefined) throw malformed('Missing required field Principal');
    const wrong = actions.find((action) => action !== '*' && !/^[\w-]+:[\w*?]+$/.test(action));
    if (wrong !== undefined)
      throw malformed('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.');
  }
  if (text!.replace(/\s/g, '').length > MAX_CHARACTERS)
    throw new AwsError('LimitExceeded', `Maximum policy size of ${MAX_CHARACTERS} bytes exceeded.`, 409);
  return text!;
}

/** `lambda.amazonaws.com` */
export function trusts(trust: string, servicePrincipal: string): boolean {
  const document = parse(trust);
  return (document ? statementsOf(document) : []).some(
    ({ Effect, Action, Principal }) =>
      Effect === 'Allow' &&
      listOf(Action).includes('sts:AssumeRole') &&
      typeof Principal === 'object' &&
      listOf(Principal.Service).includes(servicePrincipal),
  );
}

/** A policy with a condition on one of these is not public. docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html */
const NOT_PUBLIC =
  /^(aws:(SourceIp|SourceArn|SourceVpc|SourceVpce|SourceOwner|SourceAccount|userid|PrincipalOrgID|PrincipalArn)|s3:(DataAccessPointArn|DataAccessPointAccount))$/i;

/** Whether a bucket policy lets everyone do something. */
export function isPublic(policy: string): boolean {
  const document = parse(policy);
  return (document ? statementsOf(document) : []).some(
    ({ Effect, Principal, Condition = {} }) =>
      Effect === 'Allow' &&
      (Principal === '*' || (typeof Principal === 'object' && listOf(Principal.AWS).includes('*'))) &&
      !Object.values(Condition).some((keys) => Object.keys(keys).some((key) => NOT_PUBLIC.test(key))),
  );
}

export function parse(text: string | undefined): PolicyDocument | null {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

const statementsOf = ({ Statement: statements }: PolicyDocument): Statement[] =>
  Array.isArray(statements) ? statements : statements ? [statements] : [];

const listOf = (value: string | readonly string[] | undefined): readonly string[] =>
  typeof value === 'string' ? [value] : (value ?? []);
