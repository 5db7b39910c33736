// Owns the page on which a person chooses between a passkey and a password with an authenticator app.
import type { Context } from 'hono';
import type { Enrolment } from '../../services/local-accounts/enrolment.ts';
import type { HttpEnv } from '../context.ts';
import { Form } from '../dashboard/form.tsx';
import { signInPage } from '../sign-in/sign-in-layout.tsx';
import { PasskeyButton } from './passkey-button.tsx';
import { PASSKEY_SCRIPT_PATH } from './passkey-script.ts';
import { type PasswordErrors, PasswordFields } from './password-fields.tsx';

interface InvitationProps {
  readonly enrolment: Enrolment;
  readonly errors?: PasswordErrors;
}

export const showInvitation = (c: Context<HttpEnv>, { enrolment, errors }: InvitationProps) =>
  signInPage(
    c,
    {
      title: `Welcome, ${enrolment.name}`,
      script: PASSKEY_SCRIPT_PATH,
      content: (
        <>
          <p>
            Choose how you sign in as <strong>{enrolment.username}</strong>.
            {enrolment.kind === 'invitation'
              ? ' A passkey or a password that you set before stops working, and your sessions end.'
              : null}
          </p>
          <div class="plain">
            <h2>Passkey</h2>
            <p>
              Recommended. Your device, or your password manager, signs you in. No page can steal a passkey.
            </p>
            <PasskeyButton
              c={c}
              use="create"
              options="/invitation/passkey/options"
              verify="/invitation/passkey"
              label="Create a passkey"
              nameLabel="Name of this device"
              primary
            />
          </div>
          <div class="plain">
            <h2>Password and authenticator app</h2>
            <Form c={c} action="/invitation/password">
              <PasswordFields
                c={c}
                username={enrolment.username}
                totpSecret={enrolment.totpSecret}
                {...(errors ? { errors } : {})}
              />
              <button type="submit">Set the password</button>
            </Form>
          </div>
        </>
      ),
    },
    errors === undefined ? 200 : 422,
  );
