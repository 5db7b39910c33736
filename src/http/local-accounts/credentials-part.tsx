// Owns the part of the account page about how a local person signs in: passkeys, password, recovery codes.
// Does not change them: account-routes.tsx does. A page that shows it loads PASSKEY_SCRIPT_PATH.
import type { Context } from 'hono';
import { asLocalPerson, type LocalPerson } from '../../services/local-accounts/local-person.ts';
import { listPasskeys, type PasskeyRow } from '../../store/passkeys.ts';
import { countUnusedRecoveryCodes } from '../../store/recovery-codes.ts';
import type { HttpEnv } from '../context.ts';
import { Form } from '../dashboard/form.tsx';
import { Notice } from '../dashboard/notice.tsx';
import { RelativeTime, Timestamp } from '../ui/times.tsx';
import { readChanging, SIGN_IN_AGAIN } from './changing.tsx';
import { PasskeyButton } from './passkey-button.tsx';

/** Below this, the page asks for new ones. */
const FEW_CODES = 4;

/** Nothing for people of an identity provider. */
export const CredentialsPart = async ({ c }: { c: Context<HttpEnv> }) => {
  const person = asLocalPerson(c.var.authenticated?.person ?? null);
  if (person === null) return null;
  const { db } = c.var.config;
  const passkeys = await listPasskeys(db, person.id);
  const codesLeft = person.totpSecret === null ? null : await countUnusedRecoveryCodes(db, person.id);
  const mayChange = typeof readChanging(c) !== 'string';
  return (
    <>
      {mayChange ? null : (
        <Notice tone="calm" title="To change how you sign in, sign in again">
          <p>
            This session is older than a few minutes. <a href={SIGN_IN_AGAIN}>Sign in again</a>
          </p>
        </Notice>
      )}
      <Passkeys c={c} passkeys={passkeys} mayChange={mayChange} />
      <Password c={c} person={person} codesLeft={codesLeft} mayChange={mayChange} />
    </>
  );
};

interface PasskeysProps {
  readonly c: Context<HttpEnv>;
  readonly passkeys: readonly PasskeyRow[];
  readonly mayChange: boolean;
}

const Passkeys = ({ c, passkeys, mayChange }: PasskeysProps) => (
  <section aria-labelledby="passkeys">
    <h2 id="passkeys">Passkeys</h2>
    {passkeys.length === 0 ? null : (
      <ul class="list">
        {passkeys.map((passkey) => (
          <li>
            <div>
              <h3>{passkey.name}</h3>
              <p class="note">
                Added on <Timestamp at={passkey.createdAt} />.{' '}
                {passkey.lastUsedAt === null ? (
                  'Not used yet.'
                ) : (
                  <>
                    Last used <RelativeTime since={passkey.lastUsedAt} now={c.var.now} /> ago.
                  </>
                )}
              </p>
            </div>
            {mayChange ? (
              <Form c={c} action={`/dashboard/account/passkeys/${passkey.id}/remove`}>
                <button type="submit" class="quiet danger">
                  Remove<span class="hidden"> the passkey {passkey.name}</span>
                </button>
              </Form>
            ) : null}
          </li>
        ))}
      </ul>
    )}
    {mayChange ? (
      <div class="plain">
        <PasskeyButton
          c={c}
          use="create"
          options="/dashboard/account/passkeys/options"
          verify="/dashboard/account/passkeys"
          label="Add a passkey"
          nameLabel="Name of the device"
        />
      </div>
    ) : null}
  </section>
);

interface PasswordProps {
  readonly c: Context<HttpEnv>;
  readonly person: LocalPerson;
  /** Null without an authenticator app. */
  readonly codesLeft: number | null;
  readonly mayChange: boolean;
}

const Password = ({ c, person, codesLeft, mayChange }: PasswordProps) => {
  const isSet = person.passwordHash !== null;
  return (
    <section aria-labelledby="password">
      <h2 id="password">Password</h2>
      <div class="plain">
        <p>
          {isSet
            ? 'You can sign in with your password and a code of your authenticator app.'
            : 'You have no password. A passkey alone is enough.'}
        </p>
        {codesLeft === null ? null : (
          <p>
            {codesLeft === 1 ? '1 recovery code is' : `${codesLeft} recovery codes are`} left.
            {codesLeft < FEW_CODES ? ' Make new ones before they run out.' : ''}
          </p>
        )}
        {mayChange ? (
          <div class="actions">
            <a class="button" href="/dashboard/account/password">
              {isSet ? 'Change the password' : 'Set a password'}
            </a>
            {codesLeft === null ? null : (
              <Form c={c} action="/dashboard/account/recovery-codes">
                <button type="submit">Make new recovery codes</button>
              </Form>
            )}
          </div>
        ) : null}
      </div>
    </section>
  );
};
