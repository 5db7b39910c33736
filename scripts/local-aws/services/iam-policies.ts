// Owns inline policies and tags of an identity, which roles and users have alike.
import type { Identity, Tags } from '../account.ts';
import { AwsError } from '../errors.ts';
import { checkPolicy } from '../policy-document.ts';
import { addTags } from '../tags.ts';

const MAX_TAGS = 50;

export const noSuchEntity = (message: string): AwsError => new AwsError('NoSuchEntity', message, 404);

export function checkName(name: string | undefined, member: string): string {
  if (name && /^[\w+=,.@-]{1,64}$/.test(name)) return name;
  const rule = `Member must satisfy regular expression pattern: [\\w+=,.@-]+`;
  throw new AwsError(
    'ValidationError',
    `1 validation error detected: Value '${name}' at '${member}' failed to satisfy constraint: ${rule}`,
  );
}

export function putPolicy(identity: Identity, name: string | undefined, document: string | undefined): void {
  identity.policies.set(checkName(name, 'policyName'), checkPolicy(document, 'identity'));
}

/** IAM escapes documents in its answers as RFC 3986 does. */
export const escapeDocument = (document: string): string =>
  encodeURIComponent(document).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );

export function getPolicy(identity: Identity, kind: 'role' | 'user', name: string | undefined): string {
  const document = identity.policies.get(name ?? '');
  if (document === undefined) throw missing(kind, name);
  return escapeDocument(document);
}

export function deletePolicy(identity: Identity, kind: 'role' | 'user', name: string | undefined): void {
  if (!identity.policies.delete(name ?? '')) throw missing(kind, name);
}

export function tagIdentity(identity: Identity, tags: Tags): void {
  addTags(identity.tags, tags);
  if (identity.tags.size > MAX_TAGS)
    throw new AwsError(
      'LimitExceeded',
      `The number of tags has reached the maximum limit of ${MAX_TAGS}.`,
      409,
    );
}

const missing = (kind: string, name: string | undefined): AwsError =>
  noSuchEntity(`The ${kind} policy with name ${name} cannot be found.`);
