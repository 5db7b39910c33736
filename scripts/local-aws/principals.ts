// Owns who a request is from: verifies its signature with the keys of the account, and issues temporary credentials.
import { randomUUID } from 'node:crypto';
import { type SignedRequest, verifySignature } from '../local-lambda/signature.ts';
import { type Account, newSecret, type Principal, type Role, type Session, uniqueId } from './account.ts';
import { commonError } from './errors.ts';
import type { Faults } from './faults.ts';
import type { Protocol } from './protocol.ts';

const INVALID_TOKEN = 'The security token included in the request is invalid.';

export interface Caller {
  readonly principal: Principal;
  readonly region: string;
}

/** Throws as a service of this protocol answers. */
export async function authenticate(
  request: SignedRequest,
  account: Account,
  faults: Faults,
  service: string,
  protocol: Protocol,
  now: number,
): Promise<Caller> {
  const find = (id: string): (Found & { readonly secret: string }) | undefined =>
    findKey(account, faults, id, now);
  const rules = { secretOf: (id: string) => find(id)?.secret, service };
  // The clock of the machine: the SDK signs with it.
  const verified = await verifySignature(request, rules, Date.now());
  if (!verified.ok) {
    const { error, message, isExpired } = verified;
    if (isExpired) throw commonError(protocol, 'expired', message);
    if (error === 'UnrecognizedClientException') throw commonError(protocol, 'unknownKey', INVALID_TOKEN);
    if (error === 'IncompleteSignatureException') throw commonError(protocol, 'incomplete', message);
    if (error === 'MissingAuthenticationTokenException') throw commonError(protocol, 'unsigned', message);
    throw commonError(protocol, 'signature', message);
  }
  const { region, accessKeyId } = verified;
  const found = find(accessKeyId);
  // IAM is one for all regions.
  const isDisabled = service !== 'iam' && faults.disabledRegions.includes(region);
  if (!found || isDisabled) throw commonError(protocol, 'unknownKey', INVALID_TOKEN);
  const { principal } = found;
  if (principal.type === 'role' && request.headers['x-amz-security-token'] !== principal.session.sessionToken)
    throw commonError(protocol, 'unknownKey', INVALID_TOKEN);
  found.use(service, region, now);
  return { principal, region };
}

interface Found {
  readonly principal: Principal;
  use(service: string, region: string, at: number): void;
}

function findKey(
  account: Account,
  faults: Faults,
  id: string,
  now: number,
): (Found & { readonly secret: string }) | undefined {
  for (const user of account.users.values()) {
    const key = user.keys.find((one) => one.id === id);
    if (!key) continue;
    if (!key.isActive || now < key.createdAt + faults.accessKeyUsableAfterMs) return undefined;
    const use = (service: string, region: string, at: number): void => {
      key.lastUsed = { at, service, region };
    };
    return { principal: { type: 'user', arn: user.arn, user }, secret: key.secret, use };
  }
  const session = account.sessions.get(id);
  const role = session && account.roles.get(session.roleName);
  if (!session || !role) return undefined;
  const principal = assumed(account, role, session);
  return { principal, secret: session.secretAccessKey, use: () => {} };
}

export const assumed = (account: Account, role: Role, session: Session): Principal => ({
  type: 'role',
  arn: `arn:aws:sts::${account.id}:assumed-role/${role.name}/${session.sessionName}`,
  role,
  session,
});

/** Temporary credentials of a role. Those of a function do not expire, because Lambda renews them. */
export const newSession = (role: Role, sessionName: string): Session => ({
  accessKeyId: uniqueId('ASIA'),
  secretAccessKey: newSecret(),
  sessionToken: Buffer.from(`${randomUUID()}${randomUUID()}`).toString('base64'),
  roleName: role.name,
  sessionName,
});
