// Owns what an API key is to people and to the audit log: its fields without the key, and its state. Pure.
import type { Restriction } from '../../access/restriction.ts';
import type { Role } from '../../access/role.ts';
import type { ValidationError } from '../../result.ts';
import type { ApiKeyRow, NewApiKeyRow } from '../../store/api-keys.ts';

/** A field that is not valid. */
export type InvalidError = Extract<ValidationError, { readonly kind: 'invalid' }>;

/** What a person decides about a key. */
export interface ApiKeyDefinition {
  readonly name: string;
  readonly role: Role;
  /** Restriction. Null: everything. */
  readonly tags: Restriction;
  /** Ms since the epoch. Null: never. */
  readonly expiresAt: number | null;
}

export type ApiKeyState = 'active' | 'expired' | 'revoked';

export const apiKeyState = (
  { revokedAt, expiresAt }: Pick<ApiKeyRow, 'revokedAt' | 'expiresAt'>,
  now: number,
): ApiKeyState => {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'active';
};

/** A row whose role this version does not know has the least. */
export const definitionOf = ({
  name,
  role,
  tags,
  expiresAt,
}: Pick<ApiKeyRow, 'name' | 'role' | 'tags' | 'expiresAt'>): ApiKeyDefinition => ({
  name,
  role: role ?? 'viewer',
  tags,
  expiresAt,
});

/** As the audit log keeps it. */
export const auditedKey = (
  row: Pick<
    NewApiKeyRow,
    'name' | 'role' | 'tags' | 'expiresAt' | 'hint' | 'previousExpiresAt' | 'revokedAt'
  >,
) => ({
  name: row.name,
  hint: row.hint,
  role: row.role ?? null,
  tags: row.tags ?? null,
  expiresAt: isoOrNull(row.expiresAt),
  previousKeyExpiresAt: isoOrNull(row.previousExpiresAt),
  revokedAt: isoOrNull(row.revokedAt),
});

const isoOrNull = (ms: number | null | undefined): string | null =>
  ms === null || ms === undefined ? null : new Date(ms).toISOString();

/** What is wrong with a definition besides the form of its fields. `before` is the stored key. */
export function definitionError(
  { role, tags, expiresAt }: ApiKeyDefinition,
  now: number,
  before?: ApiKeyDefinition,
): InvalidError | null {
  const restricted = adminTagsError(role, tags);
  if (restricted) return restricted;
  if (expiresAt === null || expiresAt > now || expiresAt === before?.expiresAt) return null;
  return {
    kind: 'invalid',
    path: ['expiresAt'],
    message:
      'Must be in the future. To end the key now, revoke it: POST /api/v1/api-keys/{id}/revoke, or its page under Keys.',
  };
}

/** An admin could remove the restriction, so it would protect nothing. */
export const adminTagsError = (role: Role | null, tags: Restriction): InvalidError | null =>
  role === 'admin' && tags !== null
    ? {
        kind: 'invalid',
        path: ['tags'],
        message: 'An admin cannot be restricted by tag. Remove the tags, or choose another role.',
      }
    : null;

export const unknownKey = (id: string): ValidationError => ({
  kind: 'not_found',
  message: `Unknown API key "${id}". GET /api/v1/api-keys lists all keys.`,
});

export const keyTarget = ({ id, name }: Pick<ApiKeyRow, 'id' | 'name'>) => ({ type: 'api_key', id, name });
