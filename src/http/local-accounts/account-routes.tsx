// Owns the routes with which a local person changes how they sign in. Does not own the account page: credentials-part.tsx is
// its part.
import type { OpenAPIHono } from '@hono/zod-openapi';
import {
  type AddProblem,
  addPasskey,
  changePassword,
  MAX_PASSKEYS,
  type RemoveProblem,
  removePasskey,
  renewRecoveryCodes,
  setPassword,
} from '../../services/local-accounts/change-credentials.ts';
import { newPassword, passkeyName } from '../../services/local-accounts/new-credential.ts';
import { passwordProblem } from '../../services/local-accounts/password-rules.ts';
import { newTotpSecret } from '../../services/local-accounts/totp.ts';
import {
  registrationOptions,
  relyingPartyOf,
  verifyRegistration,
} from '../../services/local-accounts/webauthn.ts';
import { isFlowUsed } from '../../services/sign-in/flow.ts';
import { listPasskeys } from '../../store/passkeys.ts';
import { ownOrigin } from '../access/own-origin.ts';
import { DEFAULT_RETURN_PATH } from '../access/return-path.ts';
import type { HttpEnv } from '../context.ts';
import { dashboardPage } from '../dashboard/dashboard-layout.tsx';
import { readFlow, replaceSession, writeFlow } from './browser-state.ts';
import { readChanging, refuseJson, refusePage } from './changing.tsx';
import { NO_HOST_NAME } from './passkey-answers.ts';
import { WRONG_CODE } from './password-fields.tsx';
import { showPasswordPage } from './password-page.tsx';
import { readField, readJson } from './read-body.ts';
import { RecoveryCodes } from './recovery-codes-page.tsx';

/** Bound to the person: the flow of another account in this browser is worth nothing. */
interface NewPasskeyFlow {
  readonly personId: string;
  readonly challenge: string;
}

interface NewPasswordFlow {
  readonly personId: string;
  readonly totpSecret: string;
}

const ADD_TEXTS: Record<AddProblem, string> = {
  registered: 'This passkey is registered already. Use another device.',
  too_many: `An account has at most ${MAX_PASSKEYS} passkeys. Remove one first.`,
  gone: 'Your account was changed meanwhile. Reload the page.',
};
const REMOVE_TEXTS: Record<RemoveProblem, string> = {
  unknown: 'Your account has no such passkey. It may have been removed meanwhile.',
  last: 'This is your only way to sign in. Add another passkey or a password first.',
  gone: ADD_TEXTS.gone,
};
const TOO_LATE = 'The page was open for more than 10 minutes. Reload it, and try again.';
const NO_AUTHENTICATOR =
  'Recovery codes replace an authenticator app, and your account has none. Set a password first.';

export function addCredentialRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.post('/dashboard/account/passkeys/options', async (c) => {
    const changing = readChanging(c);
    const party = relyingPartyOf(ownOrigin(c));
    if (typeof changing === 'string') return refuseJson(c, changing);
    if (party === null) return refuseJson(c, NO_HOST_NAME);
    const { person, personId } = changing;
    const owner = { personId, username: person.username, name: person.name };
    const options = await registrationOptions(party, owner, await listPasskeys(c.var.config.db, personId));
    await writeFlow<NewPasskeyFlow>(c, 'new_passkey', { personId, challenge: options.challenge });
    return c.json(options);
  });

  app.post('/dashboard/account/passkeys', async (c) => {
    const { config } = c.var;
    const changing = readChanging(c);
    const party = relyingPartyOf(ownOrigin(c));
    if (typeof changing === 'string') return refuseJson(c, changing);
    if (party === null) return refuseJson(c, NO_HOST_NAME);
    const flow = await readFlow<NewPasskeyFlow>(c, 'new_passkey');
    if (flow?.personId !== changing.personId || (await isFlowUsed(config.db, flow)))
      return refuseJson(c, TOO_LATE);
    const { credential, name } = await readJson(c);
    const verified = await verifyRegistration(party, credential, flow.challenge);
    if (verified === null)
      return refuseJson(c, 'The passkey was not accepted. Try again, or use another device.');
    const added = await addPasskey(config, changing, { ...verified, name: passkeyName(name) }, flow);
    return added.ok
      ? c.json({ next: '/dashboard/account?done=passkey-added' })
      : refuseJson(c, ADD_TEXTS[added.error]);
  });

  app.post('/dashboard/account/passkeys/:id/remove', async (c) => {
    const changing = readChanging(c);
    if (typeof changing === 'string') return refusePage(c, changing);
    const removed = await removePasskey(c.var.config, changing, c.req.param('id'));
    if (!removed.ok) return refusePage(c, REMOVE_TEXTS[removed.error]);
    replaceSession(c, removed.value);
    return c.redirect('/dashboard/account?done=passkey-removed', 303);
  });

  app.get('/dashboard/account/password', async (c) => {
    const changing = readChanging(c);
    if (typeof changing === 'string') return refusePage(c, changing);
    const { person, personId } = changing;
    const keepsApp = person.totpSecret !== null && c.req.query('authenticator') === undefined;
    if (keepsApp) return showPasswordPage(c, { person, totpSecret: null });
    const totpSecret = newTotpSecret();
    await writeFlow<NewPasswordFlow>(c, 'new_password', { personId, totpSecret });
    return showPasswordPage(c, { person, totpSecret });
  });

  app.post('/dashboard/account/password', async (c) => {
    const { config, now } = c.var;
    const changing = readChanging(c);
    if (typeof changing === 'string') return refusePage(c, changing);
    const { person, personId } = changing;
    const keepsApp = (await readField(c, 'authenticator')) !== 'new';
    const flow = keepsApp ? null : await readFlow<NewPasswordFlow>(c, 'new_password');
    const totpSecret = flow?.personId === personId ? flow.totpSecret : null;
    if (totpSecret === null && (!keepsApp || person.totpSecret === null)) return refusePage(c, TOO_LATE);
    const password = await readField(c, 'password');
    const problem = passwordProblem(password, person.username);
    if (problem !== null) return showPasswordPage(c, { person, totpSecret, errors: { password: problem } });
    if (totpSecret === null) {
      const changed = await changePassword(config, changing, password);
      if (!changed.ok) return refusePage(c, ADD_TEXTS.gone);
      replaceSession(c, changed.value);
      return c.redirect('/dashboard/account?done=password-changed', 303);
    }
    const typed = { password, totpSecret, code: await readField(c, 'code') };
    const credential = await newPassword(config, personId, typed, now);
    if (credential === null) return showPasswordPage(c, { person, totpSecret, errors: { code: WRONG_CODE } });
    const set = await setPassword(config, changing, credential);
    if (!set.ok) return refusePage(c, ADD_TEXTS.gone);
    replaceSession(c, set.value);
    return showCodes(c, credential.recoveryCodes);
  });

  app.post('/dashboard/account/recovery-codes', async (c) => {
    const changing = readChanging(c);
    if (typeof changing === 'string') return refusePage(c, changing);
    const renewed = await renewRecoveryCodes(c.var.config, changing);
    return renewed.ok ? showCodes(c, renewed.value) : refusePage(c, NO_AUTHENTICATOR);
  });
}

const showCodes = (c: Parameters<typeof dashboardPage>[0], codes: readonly string[]) =>
  dashboardPage(c, {
    title: 'Save your recovery codes',
    content: <RecoveryCodes codes={codes} next={DEFAULT_RETURN_PATH} />,
  });
