// Owns the fields of a new password, with and without a new authenticator app. Does not validate.
import type { Context } from 'hono';
import { MIN_PASSWORD_LENGTH } from '../../services/local-accounts/password-rules.ts';
import { ownOrigin } from '../access/own-origin.ts';
import type { HttpEnv } from '../context.ts';
import { Field } from '../dashboard/form.tsx';
import { Authenticator } from './authenticator.tsx';

export interface PasswordErrors {
  readonly password?: string;
  readonly code?: string;
}

export interface PasswordFieldsProps {
  readonly c: Context<HttpEnv>;
  readonly username: string;
  /** Base32. Null: the authenticator app stays. */
  readonly totpSecret: string | null;
  readonly errors?: PasswordErrors;
}

export const PasswordFields = ({ c, username, totpSecret, errors = {} }: PasswordFieldsProps) => (
  <>
    <div class="field">
      <label for="username">Username</label>
      {/* A password manager stores the password under this name. */}
      <input id="username" name="username" type="text" autocomplete="username" value={username} readonly />
    </div>
    <Field
      name="password"
      label="New password"
      type="password"
      hint={`At least ${MIN_PASSWORD_LENGTH} characters. Length counts, special characters do not.`}
      error={errors.password}
      required
      autocomplete="new-password"
      maxlength={1000}
    />
    {totpSecret === null ? null : (
      <>
        <p>Scan this with an authenticator app, then enter the six digits that it shows.</p>
        <Authenticator secret={totpSecret} username={username} host={new URL(ownOrigin(c)).host} />
        <Field
          name="code"
          label="Code of the app"
          error={errors.code}
          required
          autocomplete="one-time-code"
          inputmode="numeric"
          maxlength={10}
        />
      </>
    )}
  </>
);

export const WRONG_CODE =
  'The code does not belong to this key. Enter the newest code of the app, and check the clock of your phone.';
