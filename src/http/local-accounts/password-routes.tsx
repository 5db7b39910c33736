// Owns the routes of the sign-in with a password and a code. Refusals do not show whether an account exists.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { PERIOD_MINUTES } from '../../services/local-accounts/failure-limit.ts';
import {
  type CodeNeeded,
  checkCode,
  checkPassword,
  type Refusal,
} from '../../services/local-accounts/sign-in-with-password.ts';
import { originOf } from '../access/authenticate.ts';
import { safeReturnPath } from '../access/return-path.ts';
import type { HttpEnv } from '../context.ts';
import { showSignIn } from '../sign-in/sign-in-page.tsx';
import { isAttemptLimited } from './attempt-limit.ts';
import { currentSessionId, finishSignIn, readFlow, writeFlow } from './browser-state.ts';
import { showCodePage } from './code-page.tsx';
import { readDevice } from './device-cookie.ts';
import { readField } from './read-body.ts';

interface CodeFlow extends CodeNeeded {
  readonly returnPath: string;
}

const LIMITED = `There were too many failed attempts. Wait ${PERIOD_MINUTES} minutes, or sign in with a passkey.`;
const PASSWORD_TEXTS: Record<Refusal, string> = {
  refused: 'The username or the password is wrong. If you lost the password, ask an admin for an invitation.',
  limited: LIMITED,
};
const CODE_TEXTS: Record<Refusal, string> = {
  refused:
    'The code is wrong, or it was used before. Wait for the next code of the app, or use a recovery code. Check the clock of your phone.',
  limited: LIMITED,
};
const STATUS = { refused: 422, limited: 429 } as const;

export function addPasswordSignIn(app: OpenAPIHono<HttpEnv>): void {
  app.post('/sign-in/password', async (c) => {
    const { config, now } = c.var;
    const [username, password] = [await readField(c, 'username'), await readField(c, 'password')];
    const returnPath = safeReturnPath(await readField(c, 'return'));
    const device = await readDevice(c);
    const refuse = (refusal: Refusal) =>
      showSignIn(c, { returnPath, username, error: PASSWORD_TEXTS[refusal] }, STATUS[refusal]);
    if (await isAttemptLimited(c, device)) return refuse('limited');
    const checked = await checkPassword(config, { username, password, device }, now);
    if (!checked.ok) return refuse(checked.error);
    await writeFlow<CodeFlow>(c, 'code', { ...checked.value, returnPath });
    return c.redirect('/sign-in/code', 303);
  });

  app.get('/sign-in/code', async (c) =>
    (await readFlow<CodeFlow>(c, 'code')) === null ? startAgain(c) : showCodePage(c),
  );

  app.post('/sign-in/code', async (c) => {
    const { config, now } = c.var;
    const flow = await readFlow<CodeFlow>(c, 'code');
    if (flow === null) return startAgain(c);
    const done = await checkCode(
      config,
      {
        flow,
        code: await readField(c, 'code'),
        origin: originOf(c),
        replacedSessionId: currentSessionId(c),
      },
      now,
    );
    if (!done.ok) return showCodePage(c, CODE_TEXTS[done.error], STATUS[done.error]);
    await finishSignIn(c, done.value.token, done.value.person.id);
    return c.redirect(flow.returnPath, 303);
  });
}

const startAgain = (c: Context<HttpEnv>) =>
  showSignIn(
    c,
    {
      returnPath: safeReturnPath(undefined),
      error: 'The sign-in took longer than 10 minutes, or this browser does not keep cookies. Start again.',
    },
    422,
  );
