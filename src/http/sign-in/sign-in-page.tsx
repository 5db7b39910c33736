// Owns the sign-in page: every way that exists on this mesh, and what went wrong with the last attempt.
// Does not verify credentials.
import type { Context } from 'hono';
import { readSignInOptions, type SignInOptions } from '../../store/sign-in-options.ts';
import type { HttpEnv } from '../context.ts';
import { Field, Form } from '../dashboard/form.tsx';
import { Notice } from '../dashboard/notice.tsx';
import { PasskeyButton } from '../local-accounts/passkey-button.tsx';
import { PASSKEY_SCRIPT_PATH } from '../local-accounts/passkey-script.ts';
import type { PageStatus } from '../ui/page.ts';
import { signInPage } from './sign-in-layout.tsx';

export interface SignInAttempt {
  /** Where to go afterwards. Safe: see safeReturnPath. */
  readonly returnPath: string;
  /** Why the last attempt failed, and what to do. The same text whether or not the account exists. */
  readonly error?: string;
  /** What was typed. */
  readonly username?: string;
}

/** Shows the sign-in page. Routes that sign people in show it again with an error. */
export async function showSignIn(c: Context<HttpEnv>, attempt: SignInAttempt, status: PageStatus = 200) {
  const options = await readSignInOptions(c.var.config.db);
  return signInPage(
    c,
    {
      title: 'Sign in',
      ...(options.hasPasskeys ? { script: PASSKEY_SCRIPT_PATH } : {}),
      content: (
        <>
          {attempt.error === undefined ? null : (
            <Notice tone="bad" title="You are not signed in">
              <p>{attempt.error}</p>
            </Notice>
          )}
          <Ways c={c} options={options} attempt={attempt} />
        </>
      ),
    },
    status,
  );
}

interface WaysProps {
  readonly c: Context<HttpEnv>;
  readonly options: SignInOptions;
  readonly attempt: SignInAttempt;
}

const Ways = ({ c, options, attempt }: WaysProps) => {
  const { providers, hasPasskeys, hasPasswords } = options;
  const { returnPath } = attempt;
  const isQuick = providers.length > 0 || hasPasskeys;
  if (!isQuick && !hasPasswords) return <NoWay />;
  return (
    <div class="plain">
      {isQuick ? (
        <div class="stack">
          {providers.map(({ id, name }) => (
            <a
              class="button"
              href={`/sign-in/oidc/${encodeURIComponent(id)}?return=${encodeURIComponent(returnPath)}`}
            >
              Sign in with {name}
            </a>
          ))}
          {hasPasskeys ? (
            <PasskeyButton
              c={c}
              use="get"
              options="/sign-in/passkey/options"
              verify="/sign-in/passkey"
              label="Sign in with a passkey"
              returnPath={returnPath}
            />
          ) : null}
        </div>
      ) : null}
      {isQuick && hasPasswords ? <p class="or">or</p> : null}
      {hasPasswords ? (
        <Form c={c} action="/sign-in/password">
          <input type="hidden" name="return" value={returnPath} />
          <Field
            name="username"
            label="Username"
            value={attempt.username ?? ''}
            required
            autocomplete="username"
            maxlength={200}
          />
          <Field
            name="password"
            label="Password"
            type="password"
            required
            autocomplete="current-password"
            maxlength={1000}
          />
          <button type="submit" class="primary">
            Sign in
          </button>
        </Form>
      ) : null}
      {hasPasskeys || hasPasswords ? (
        <p class="note">You cannot sign in any more? Ask an admin for an invitation.</p>
      ) : null}
    </div>
  );
};

const NoWay = () => (
  <div class="plain">
    <p>This mesh has no account and no identity provider yet.</p>
    <p>
      To create the first admin, open the setup link. <code>npm start</code> prints it. On a deployment, open{' '}
      <code>/setup?token=…</code> with the token whose SHA-256 is <code>SETUP_TOKEN_SHA256</code>.
    </p>
    <p>Programs do not sign in: they use API keys.</p>
  </div>
);
