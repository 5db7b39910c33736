// Owns the page of the setup link, on which the first admin chooses a name. The credential follows on the page of invitations:
// until it is set, the link works again. Does not store anything.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { type Enrolment, isSetupToken } from '../../services/local-accounts/enrolment.ts';
import { newTotpSecret } from '../../services/local-accounts/totp.ts';
import { normalizeUsername, usernameProblem } from '../../services/local-accounts/username.ts';
import { hashToken, newId } from '../../services/tokens.ts';
import { findPersonByUsername } from '../../store/people.ts';
import { isThrottled } from '../access/failed-tokens.ts';
import type { HttpEnv } from '../context.ts';
import { Field, Form } from '../dashboard/form.tsx';
import { signInPage } from '../sign-in/sign-in-layout.tsx';
import { writeFlow } from './browser-state.ts';
import { showDeadLink } from './dead-link.tsx';
import { readField } from './read-body.ts';

const MAX_NAME_LENGTH = 100;

export function addSetupPages(app: OpenAPIHono<HttpEnv>): void {
  app.get('/setup', async (c) => {
    const token = c.req.query('token') ?? '';
    return (await isSetupToken(c.var.config, token)) ? showSetup(c, { token }) : deadLink(c);
  });

  app.post('/setup', async (c) => {
    const { config } = c.var;
    const token = await readField(c, 'token');
    if (!(await isSetupToken(config, token))) return deadLink(c);
    const name = oneLine(await readField(c, 'name'));
    const username = normalizeUsername(await readField(c, 'username'));
    const isTaken = (await findPersonByUsername(config.db, username)) !== null;
    const errors = {
      name: nameProblem(name),
      username: usernameProblem(username) ?? (isTaken ? USERNAME_TAKEN : null),
    };
    if (errors.name !== null || errors.username !== null)
      return showSetup(c, { token, name, username, errors });
    await writeFlow<Enrolment>(c, 'enrolment', {
      kind: 'setup',
      tokenHash: await hashToken(token),
      personId: newId('per'),
      username,
      name,
      totpSecret: newTotpSecret(),
    });
    return c.redirect('/invitation', 303);
  });
}

const USERNAME_TAKEN = 'A person has this username. Choose another one.';

const oneLine = (text: string): string => text.replace(/[\p{C}\s]+/gu, ' ').trim();

const nameProblem = (name: string): string | null =>
  name.length >= 1 && name.length <= MAX_NAME_LENGTH
    ? null
    : `The name must have between 1 and ${MAX_NAME_LENGTH} characters.`;

const deadLink = async (c: Context<HttpEnv>) =>
  showDeadLink(
    c,
    'This setup link does not work: it is wrong, or an admin was created with it. If you have an account, sign in. If no admin can sign in any more, set the secret SETUP_TOKEN_SHA256 to the SHA-256 of a new token.',
    (await isThrottled(c)) ? 429 : 404,
  );

interface SetupProps {
  readonly token: string;
  readonly name?: string;
  readonly username?: string;
  readonly errors?: { readonly name: string | null; readonly username: string | null };
}

const showSetup = (c: Context<HttpEnv>, { token, name = '', username = '', errors }: SetupProps) =>
  signInPage(
    c,
    {
      title: 'Create the first admin',
      content: (
        <div class="plain">
          <p>An admin manages people, keys and settings. On the next page, you choose how you sign in.</p>
          <Form c={c} action="/setup">
            <input type="hidden" name="token" value={token} />
            <Field
              name="name"
              label="Name"
              value={name}
              error={errors?.name ?? undefined}
              required
              autocomplete="name"
              maxlength={MAX_NAME_LENGTH}
            />
            <Field
              name="username"
              label="Username"
              value={username}
              error={errors?.username ?? undefined}
              required
              autocomplete="username"
              maxlength={63}
            />
            <button type="submit" class="primary">
              Continue
            </button>
          </Form>
        </div>
      ),
    },
    errors === undefined ? 200 : 422,
  );
