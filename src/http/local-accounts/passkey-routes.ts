// Owns the routes of the sign-in with a passkey, which the passkey script calls. They answer with JSON.
import type { OpenAPIHono } from '@hono/zod-openapi';
import { signInWithPasskey } from '../../services/local-accounts/sign-in-with-passkey.ts';
import { authenticationOptions, relyingPartyOf } from '../../services/local-accounts/webauthn.ts';
import { originOf } from '../access/authenticate.ts';
import { isThrottled } from '../access/failed-tokens.ts';
import { ownOrigin } from '../access/own-origin.ts';
import { safeReturnPath } from '../access/return-path.ts';
import type { HttpEnv } from '../context.ts';
import { currentSessionId, finishSignIn, readFlow, writeFlow } from './browser-state.ts';
import { NO_HOST_NAME, refusal } from './passkey-answers.ts';
import { readJson, textOf } from './read-body.ts';

interface PasskeyFlow {
  readonly challenge: string;
  readonly returnPath: string;
}

const REFUSED =
  'This passkey does not work here: it is unknown, was removed, or its account is disabled. Try another passkey, or ask an admin for an invitation.';

export function addPasskeySignIn(app: OpenAPIHono<HttpEnv>): void {
  app.post('/sign-in/passkey/options', async (c) => {
    const party = relyingPartyOf(ownOrigin(c));
    if (party === null) return refusal(c, NO_HOST_NAME);
    const options = await authenticationOptions(party);
    const returnPath = safeReturnPath(textOf((await readJson(c)).return));
    await writeFlow<PasskeyFlow>(c, 'passkey', { challenge: options.challenge, returnPath });
    return c.json(options);
  });

  app.post('/sign-in/passkey', async (c) => {
    const { config, now } = c.var;
    const party = relyingPartyOf(ownOrigin(c));
    if (party === null) return refusal(c, NO_HOST_NAME);
    const flow = await readFlow<PasskeyFlow>(c, 'passkey');
    if (flow === null) return refusal(c, 'The sign-in took longer than 10 minutes. Try again.');
    const attempt = {
      ...{ party, flow, response: (await readJson(c)).credential },
      ...{ replacedSessionId: currentSessionId(c), origin: originOf(c) },
    };
    const done = await signInWithPasskey(config, attempt, now);
    // A valid passkey is never limited, so a stranger cannot lock its owner out.
    if (!done.ok)
      return (await isThrottled(c))
        ? refusal(c, 'Too many requests with a wrong passkey. Wait a minute, then try again.', 429)
        : refusal(c, REFUSED);
    await finishSignIn(c, done.value.token, done.value.person.id);
    return c.json({ next: flow.returnPath });
  });
}
