// Creates, updates and deletes identity providers. A client secret is encrypted on its way in and never returned. What decides
// who may sign in ends the sessions that began under the old rules. Does not run a sign-in.
import type { Caller } from '../../access/caller.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError, type VersionError } from '../../result.ts';
import { type AuditRecord, changedFields, runAudited } from '../../store/audit.ts';
import { providerPlace, seal } from '../../store/encryption.ts';
import type { GroupRule, ProviderRow, ProviderType } from '../../store/identity-providers.ts';
import * as store from '../../store/identity-providers.ts';
import { freeDerivedId } from '../derived-id.ts';
import { changedMeanwhile, versionError } from '../expected-version.ts';
import { lastAdminError } from '../last-admin.ts';
import { forgetMetadata } from '../sign-in/oidc-metadata.ts';
import { isAllowedUrl } from '../sign-in/provider-requests.ts';

/** A provider as a person writes it, with defaults applied. */
export interface ProviderDefinition {
  readonly id?: string | undefined;
  readonly type: ProviderType;
  readonly name: string;
  readonly issuer: string;
  readonly audience: string;
  /** Null keeps the stored one, and empty removes it. */
  readonly secret: string | null;
  readonly scopes: readonly string[];
  readonly groupsClaim: string;
  readonly rules: readonly GroupRule[];
  readonly enabled: boolean;
}

/** How a session began, if no provider started it. */
const RESERVED_IDS: ReadonlySet<string> = new Set(['passkey', 'password', 'setup', 'invitation']);

/** The fields of a provider without its secret: what reads and the audit log show. */
export const shownProvider = (row: ProviderRow) => {
  const { id, type, name, issuer, audience, scopes, groupsClaim, rules, enabled } = row;
  return {
    ...{ id, type, name, issuer, audience, hasSecret: row.sealedSecret !== null },
    ...{ scopes, groupsClaim, rules, enabled },
  };
};

const recordOf = (
  action: string,
  { id, name }: ProviderRow,
  before: unknown,
  after: unknown,
): AuditRecord => ({
  action: `identity_provider.${action}`,
  target: { type: 'identity_provider', id, name },
  before,
  after,
});

export async function createProvider(
  config: Config,
  definition: ProviderDefinition,
  caller: Caller,
): Promise<Result<ProviderRow, ValidationError>> {
  const { db } = config;
  const invalid = invalidField(config, definition, null);
  if (invalid !== null) return err(invalid);
  let id = '';
  const written = await runAudited<ValidationError>(db, config, caller, async () => {
    const rows = await store.listProviders(db);
    const taken = [...rows, ...[...RESERVED_IDS].map((reserved) => ({ id: reserved }))];
    if (rows.some((row) => row.id === definition.id)) return err(idTaken(definition.id!));
    id = definition.id ?? freeDerivedId(definition.name, 'provider', taken);
    const clash = clashWith(rows, { ...definition, id });
    if (clash !== null) return err(clash);
    const row = { ...(await rowOf(config, definition, id, null, caller.now)), version: 1 };
    return ok({
      statements: [store.insertProvider(db, row)],
      record: recordOf('created', row, null, shownProvider(row)),
      options: { ifChanged: true },
    });
  });
  if (!written.ok) return written;
  // Another request has created one with the same issuer, or the same id, at the same time.
  const row = hasChanged(written.value) ? await store.findProvider(db, id) : null;
  return row ? ok(row) : err(issuerTaken(definition.issuer));
}

/** Applies `patch` to the stored provider, as a read returns it. */
export async function updateProvider<E = ValidationError>(
  config: Config,
  id: string,
  patch: (stored: ProviderDefinition) => Result<ProviderDefinition, E>,
  caller: Caller,
  expectedVersion?: number,
): Promise<Result<ProviderRow, ValidationError | VersionError | E>> {
  type Failure = ValidationError | VersionError | E | { readonly unchanged: ProviderRow };
  const { db } = config;
  let read: ProviderRow | null = null;
  const written = await runAudited<Failure>(db, config, caller, async () => {
    const row = await store.findProvider(db, id);
    if (row === null) return err(unknownProvider(id));
    const outdated = versionError(`The identity provider "${id}"`, row, expectedVersion);
    if (outdated) return err(outdated);
    const patched = patch(definitionOf(row));
    if (!patched.ok) return patched;
    const definition = patched.value;
    const invalid =
      invalidField(config, definition, row) ??
      clashWith(await store.listProviders(db), { ...definition, id });
    if (invalid !== null) return err(invalid);
    const closed = closedForAdmins(row, definition);
    const last = closed === null ? null : await lastAdminError(config, { issuer: row.issuer }, [closed]);
    if (last !== null) return err(last);
    const next = { ...(await rowOf(config, definition, id, row, caller.now)), version: row.version };
    const { before, after } = changedFields(shownProvider(row), shownProvider(next));
    const isReplaced = Boolean(definition.secret);
    if (Object.keys(after as object).length === 0 && !isReplaced) return err({ unchanged: row });
    read = row;
    const { id: _, type: _type, createdAt: _created, version: _version, ...values } = next;
    return ok({
      statements: [
        ...(isSignInChanged(row, next) ? [store.deleteSessionsOfProvider(db, id)] : []),
        store.updateProvider(db, row, values),
      ],
      record: recordOf('updated', next, before, {
        ...(after as object),
        ...(isReplaced ? { secret: '(replaced)' } : {}),
      }),
      options: { ifChanged: true },
    });
  });
  if (!written.ok) {
    const { error } = written;
    return typeof error === 'object' && error !== null && 'unchanged' in error
      ? ok(error.unchanged)
      : err(error);
  }
  if (!hasChanged(written.value)) return err(changedMeanwhile(`the identity provider "${id}"`));
  forgetMetadata(read!);
  const row = await store.findProvider(db, id);
  return row === null ? err(unknownProvider(id)) : ok(row);
}

/** Whether the last statement, which the entry depends on, changed a row. */
const hasChanged = (results: readonly unknown[]): boolean => (results.at(-1) as D1Result).meta.changes > 0;

/** Deletes the provider, and ends the sessions that began with it. */
export async function deleteProvider(
  config: Config,
  id: string,
  caller: Caller,
  expectedVersion?: number,
): Promise<Result<null, ValidationError | VersionError>> {
  const { db } = config;
  const written = await runAudited<ValidationError | VersionError>(db, config, caller, async () => {
    const row = await store.findProvider(db, id);
    if (row === null) return err(unknownProvider(id));
    const outdated = versionError(`The identity provider "${id}"`, row, expectedVersion);
    if (outdated) return err(outdated);
    const last = row.enabled ? await lastAdminError(config, { issuer: row.issuer }) : null;
    if (last !== null) return err(last);
    return ok({
      statements: [store.deleteSessionsOfProvider(db, id), store.removeProvider(db, row)],
      record: recordOf('deleted', row, shownProvider(row), null),
      options: { ifChanged: true },
    });
  });
  if (!written.ok) return written;
  return hasChanged(written.value) ? ok(null) : err(changedMeanwhile(`the identity provider "${id}"`));
}

/** The field with which an update takes the way in from the admins of a provider. Null: it takes none. */
function closedForAdmins(row: ProviderRow, next: ProviderDefinition): 'enabled' | 'issuer' | 'rules' | null {
  if (!row.enabled) return null;
  if (!next.enabled) return 'enabled';
  if (next.issuer !== row.issuer) return 'issuer';
  const hasAdmins = (rules: readonly GroupRule[]) => rules.some(({ role }) => role === 'admin');
  return hasAdmins(row.rules) && !hasAdmins(next.rules) ? 'rules' : null;
}

function definitionOf(row: ProviderRow): ProviderDefinition {
  const { id, type, name, issuer, audience, scopes, groupsClaim, rules, enabled } = row;
  return { id, type, name, issuer, audience, secret: null, scopes, groupsClaim, rules, enabled };
}

async function rowOf(
  config: Config,
  definition: ProviderDefinition,
  id: string,
  stored: ProviderRow | null,
  now: number,
): Promise<Omit<ProviderRow, 'version'>> {
  const { type, name, issuer, audience, secret, scopes, groupsClaim, rules, enabled } = definition;
  const kept = stored?.sealedSecret ?? null;
  const sealedSecret =
    secret === null ? kept : secret === '' ? null : await seal(config, providerPlace(id), secret);
  return {
    ...{ id, type, name, issuer, audience, sealedSecret, groupsClaim, enabled },
    scopes: [...scopes],
    rules: [...rules],
    createdAt: stored?.createdAt ?? now,
    updatedAt: now,
  };
}

/** Whether what decides who may sign in has changed. A new name or a new secret changes no access. */
const isSignInChanged = (row: ProviderRow, next: Omit<ProviderRow, 'version'>): boolean => {
  const deciding = ({ issuer, audience, groupsClaim, rules, enabled }: Omit<ProviderRow, 'version'>) =>
    JSON.stringify([issuer, audience, groupsClaim, rules, enabled]);
  return deciding(row) !== deciding(next);
};

function invalidField(
  config: Pick<Config, 'allowLoopback'>,
  { type, issuer, secret, id }: ProviderDefinition,
  stored: ProviderRow | null,
): ValidationError | null {
  const invalid = (path: string, message: string): ValidationError => ({
    kind: 'invalid',
    path: [path],
    message,
  });
  if (stored !== null && stored.type !== type)
    return invalid('type', 'The type cannot change. Delete the provider, and create another.');
  if (stored === null && id !== undefined && RESERVED_IDS.has(id))
    return invalid('id', `"${id}" is reserved. Choose another id.`);
  const url = URL.parse(issuer);
  if (!isAllowedUrl(issuer, config) || url?.search || url?.hash) {
    const local = config.allowLoopback ? ', or http:// with an address of this machine' : '';
    const rule = `Must be https:// with a public host name${local}, without "?" and "#".`;
    return invalid('issuer', `${rule} Copy the issuer from the provider's documentation.`);
  }
  if (type === 'cloudflare_access' && secret)
    return invalid('secret', 'Cloudflare Access has no client secret. Remove it.');
  // A stored secret is not sent to an origin that it was not written for.
  const isMoved = stored?.sealedSecret && new URL(stored.issuer).origin !== url!.origin;
  if (isMoved && secret === null)
    return invalid(
      'secret',
      'The issuer has another host. Write the client secret of the new issuer, or "" to remove it.',
    );
  return null;
}

function clashWith(
  rows: readonly ProviderRow[],
  { id, issuer }: { readonly id: string; readonly issuer: string },
): ValidationError | null {
  const plain = (text: string) => text.replace(/\/$/, '');
  const isTaken = rows.some((row) => row.id !== id && plain(row.issuer) === plain(issuer));
  return isTaken ? issuerTaken(issuer) : null;
}

const idTaken = (id: string): ValidationError => ({
  kind: 'conflict',
  path: ['id'],
  message: `An identity provider with the id "${id}" exists. Choose another id, or update that provider.`,
});

const issuerTaken = (issuer: string): ValidationError => ({
  kind: 'conflict',
  path: ['issuer'],
  message: `An identity provider with the issuer ${issuer} exists. Update that provider.`,
});

export const unknownProvider = (id: string): ValidationError => ({
  kind: 'not_found',
  message: `Unknown identity provider "${id}". GET /api/v1/identity-providers lists all providers.`,
});
