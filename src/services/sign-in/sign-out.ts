// Signs a person out: the session ends first, then the provider that started it may end its own. Does not write cookies.
import type { Caller } from '../../access/caller.ts';
import type { Config } from '../../env.ts';
import { log } from '../../log.ts';
import { ok } from '../../result.ts';
import { runAudited } from '../../store/audit.ts';
import { sessionPlace, unseal } from '../../store/encryption.ts';
import { findProvider } from '../../store/identity-providers.ts';
import { deleteSession, type SessionRow } from '../../store/sessions.ts';
import { metadataOf, ProviderMisconfigured } from './oidc-metadata.ts';
import { ProviderUnreachable } from './provider-requests.ts';

/**
 * Where Cloudflare Access ends its own session, on the host of every application
 * (developers.cloudflare.com/cloudflare-one/access-controls/access-settings/session-management).
 */
export const ACCESS_SIGN_OUT_PATH = '/cdn-cgi/access/logout';

/** Returns where the provider ends its own session (OpenID Connect RP-Initiated Logout 1.0). Null if it has no such place. */
export async function signOut(
  config: Config,
  caller: Caller,
  session: SessionRow,
  returnTo: string,
): Promise<{ readonly name: string; readonly url: string } | null> {
  const { id, method } = session;
  await runAudited(config.db, config, caller, async () =>
    ok({
      statements: [deleteSession(config.db, id)],
      record: {
        action: 'session.deleted',
        target: { type: 'session', id, name: caller.actor.name },
        before: { method },
        after: null,
      },
      options: { ifChanged: true },
    }),
  );
  const provider = await findProvider(config.db, method);
  if (provider?.type !== 'oidc') return null;
  try {
    const { end_session_endpoint } = await metadataOf(config, provider, caller.now);
    if (end_session_endpoint === undefined) return null;
    const url = new URL(end_session_endpoint);
    url.searchParams.set('client_id', provider.audience);
    url.searchParams.set('post_logout_redirect_uri', returnTo);
    const hint = await idTokenOf(config, session);
    if (hint !== null) url.searchParams.set('id_token_hint', hint);
    return { name: provider.name, url: url.href };
  } catch (error) {
    if (!(error instanceof ProviderUnreachable) && !(error instanceof ProviderMisconfigured)) throw error;
    // The session here has ended. The one of the provider is the provider's.
    log.warn('sign_out.provider_failed', { provider: provider.id, error });
    return null;
  }
}

/** Null if it is not stored or does not decrypt: the provider then asks the person which account is meant. */
async function idTokenOf(config: Config, { hash, idToken }: SessionRow): Promise<string | null> {
  if (idToken === null) return null;
  try {
    return await unseal<string>(config, sessionPlace(hash), idToken);
  } catch {
    return null;
  }
}
