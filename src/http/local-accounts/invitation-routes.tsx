// Owns the pages on which a person sets the first credential: with an invitation, or as the first admin. The token leaves
// the address at once, and a cookie that only this site reads replaces it. Does not verify credentials.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import {
  completeEnrolment,
  type Enrolment,
  type EnrolmentProblem,
  findInvited,
} from '../../services/local-accounts/enrolment.ts';
import { newPasskey, newPassword, passkeyName } from '../../services/local-accounts/new-credential.ts';
import { passwordProblem } from '../../services/local-accounts/password-rules.ts';
import { newTotpSecret } from '../../services/local-accounts/totp.ts';
import {
  registrationOptions,
  relyingPartyOf,
  verifyRegistration,
} from '../../services/local-accounts/webauthn.ts';
import { hasMonitors } from '../../store/monitors.ts';
import { originOf } from '../access/authenticate.ts';
import { isThrottled } from '../access/failed-tokens.ts';
import { ownOrigin } from '../access/own-origin.ts';
import { DEFAULT_RETURN_PATH } from '../access/return-path.ts';
import type { HttpEnv } from '../context.ts';
import { signInPage } from '../sign-in/sign-in-layout.tsx';
import { currentSessionId, finishSignIn, readFlow, writeFlow } from './browser-state.ts';
import { showDeadLink } from './dead-link.tsx';
import { showInvitation } from './invitation-page.tsx';
import { NO_HOST_NAME, refusal } from './passkey-answers.ts';
import { WRONG_CODE } from './password-fields.tsx';
import { readField, readJson } from './read-body.ts';
import { RecoveryCodes } from './recovery-codes-page.tsx';

const DEAD_LINK =
  'This invitation does not work: it is wrong, it was used, a newer one replaced it, or it is older than 72 hours. Ask an admin for a new one.';
const TOO_LATE =
  'The page was open for more than 10 minutes, or this browser does not keep cookies. Open the link that you got again: it works until you have set a passkey or a password.';
const PROBLEM_TEXTS: Record<EnrolmentProblem, string> = {
  over: 'The link was used meanwhile, or does not work any more. If you did not use it, ask an admin for a new one.',
  username_taken: 'A person has this username meanwhile. Open the setup link again, and choose another one.',
};
const REFUSED = 'The passkey was not accepted. Try again, or use another device.';

const readEnrolment = (c: Context<HttpEnv>) => readFlow<Enrolment>(c, 'enrolment');
const requestOf = (c: Context<HttpEnv>) => ({
  ...{ origin: originOf(c), now: c.var.now },
  replacedSessionId: currentSessionId(c),
});

export function addInvitationPages(app: OpenAPIHono<HttpEnv>): void {
  app.get('/invitation', async (c) => {
    const token = c.req.query('token');
    if (token !== undefined) return acceptLink(c, token);
    const enrolment = await readEnrolment(c);
    return enrolment === null ? showDeadLink(c, TOO_LATE, 422) : showInvitation(c, { enrolment });
  });

  app.post('/invitation/passkey/options', async (c) => {
    const party = relyingPartyOf(ownOrigin(c));
    const enrolment = await readEnrolment(c);
    if (party === null) return refusal(c, NO_HOST_NAME);
    if (enrolment === null) return refusal(c, TOO_LATE);
    const options = await registrationOptions(party, enrolment, []);
    await writeFlow<Enrolment>(c, 'enrolment', { ...enrolment, challenge: options.challenge });
    return c.json(options);
  });

  app.post('/invitation/passkey', async (c) => {
    const { config } = c.var;
    const party = relyingPartyOf(ownOrigin(c));
    const enrolment = await readEnrolment(c);
    if (party === null) return refusal(c, NO_HOST_NAME);
    if (enrolment?.challenge === undefined) return refusal(c, TOO_LATE);
    const { credential, name } = await readJson(c);
    const verified = await verifyRegistration(party, credential, enrolment.challenge);
    if (verified === null) return refusal(c, REFUSED);
    const passkey = newPasskey(
      config,
      enrolment.personId,
      { ...verified, name: passkeyName(name) },
      c.var.now,
    );
    const done = await completeEnrolment(config, enrolment, passkey, requestOf(c));
    if (!done.ok) return refusal(c, PROBLEM_TEXTS[done.error], 409);
    await finishSignIn(c, done.value.token, done.value.personId);
    return c.json({ next: await firstPath(c, enrolment) });
  });

  app.post('/invitation/password', async (c) => {
    const { config } = c.var;
    const enrolment = await readEnrolment(c);
    if (enrolment === null) return showDeadLink(c, TOO_LATE, 422);
    const { username, totpSecret, personId } = enrolment;
    const password = await readField(c, 'password');
    const problem = passwordProblem(password, username);
    if (problem !== null) return showInvitation(c, { enrolment, errors: { password: problem } });
    const typed = { password, totpSecret, code: await readField(c, 'code') };
    const credential = await newPassword(config, personId, typed, c.var.now);
    if (credential === null) return showInvitation(c, { enrolment, errors: { code: WRONG_CODE } });
    const done = await completeEnrolment(config, enrolment, credential, requestOf(c));
    if (!done.ok) return showDeadLink(c, PROBLEM_TEXTS[done.error], 422);
    await finishSignIn(c, done.value.token, done.value.personId);
    return signInPage(c, {
      title: 'Save your recovery codes',
      content: <RecoveryCodes codes={credential.recoveryCodes} next={await firstPath(c, enrolment)} />,
    });
  });
}

/** The first admin of a mesh that watches nothing goes on with the first monitor. */
const firstPath = async (c: Context<HttpEnv>, { kind }: Enrolment): Promise<string> =>
  kind === 'setup' && !(await hasMonitors(c.var.config.db))
    ? '/dashboard/monitors/_new'
    : DEFAULT_RETURN_PATH;

async function acceptLink(c: Context<HttpEnv>, token: string) {
  const invited = await findInvited(c.var.config.db, token, c.var.now);
  if (invited === null) return showDeadLink(c, DEAD_LINK, (await isThrottled(c)) ? 429 : 404);
  const { tokenHash, person } = invited;
  const { id: personId, username, name } = person;
  const enrolment: Enrolment = {
    ...{ kind: 'invitation', tokenHash, personId, username, name },
    totpSecret: newTotpSecret(),
  };
  await writeFlow(c, 'enrolment', enrolment);
  return c.redirect('/invitation', 303);
}
