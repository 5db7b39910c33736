// Owns the page on which a signed-in person sets a password, with a new authenticator app or without one.
import type { Context } from 'hono';
import type { LocalPerson } from '../../services/local-accounts/local-person.ts';
import type { HttpEnv } from '../context.ts';
import { dashboardPage } from '../dashboard/dashboard-layout.tsx';
import { Form } from '../dashboard/form.tsx';
import { type PasswordErrors, PasswordFields } from './password-fields.tsx';

interface PasswordPageProps {
  readonly person: LocalPerson;
  /** Base32. Null: the authenticator app stays. */
  readonly totpSecret: string | null;
  readonly errors?: PasswordErrors;
}

export const showPasswordPage = (c: Context<HttpEnv>, { person, totpSecret, errors }: PasswordPageProps) =>
  dashboardPage(
    c,
    {
      title: person.passwordHash === null ? 'Set a password' : 'Change the password',
      content: (
        <div class="plain">
          <p>This session stays. All your other sessions end.</p>
          <Form c={c} action="/dashboard/account/password">
            {totpSecret === null ? null : <input type="hidden" name="authenticator" value="new" />}
            <PasswordFields
              c={c}
              username={person.username}
              totpSecret={totpSecret}
              {...(errors ? { errors } : {})}
            />
            <div class="actions">
              <button type="submit" class="primary">
                Save
              </button>
              <a class="button" href="/dashboard/account">
                Cancel
              </a>
            </div>
          </Form>
          {totpSecret === null ? (
            <p class="note">
              You have a new phone?{' '}
              <a href="/dashboard/account/password?authenticator">Replace the authenticator app</a>
            </p>
          ) : null}
        </div>
      ),
    },
    errors === undefined ? 200 : 422,
  );
