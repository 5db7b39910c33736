// Owns the button that makes or uses a passkey, and what stands in its place where passkeys cannot work.
// The passkey script gives it its function: a page that shows it loads PASSKEY_SCRIPT_PATH.
import type { Context } from 'hono';
import { relyingPartyOf } from '../../services/local-accounts/webauthn.ts';
import { csrfToken } from '../access/csrf.ts';
import { ownOrigin } from '../access/own-origin.ts';
import type { HttpEnv } from '../context.ts';
import { Field } from '../dashboard/form.tsx';

interface PasskeyButtonProps {
  readonly c: Context<HttpEnv>;
  /** `create` makes a new passkey, `get` uses one. */
  readonly use: 'create' | 'get';
  /** Paths of the routes that the script calls. */
  readonly options: string;
  readonly verify: string;
  readonly label: string;
  /** Where the browser goes after a sign-in. */
  readonly returnPath?: string;
  /** Label of the input with a name for the new passkey. */
  readonly nameLabel?: string;
  readonly primary?: boolean;
}

const NAME_FIELD = 'passkey-name';

export const PasskeyButton = async (props: PasskeyButtonProps) => {
  const { c, use, options, verify, label, returnPath, nameLabel, primary } = props;
  const party = relyingPartyOf(ownOrigin(c));
  if (party === null) return <NoHostName origin={ownOrigin(c)} />;
  const { authenticated } = c.var;
  const csrf = authenticated === null ? '' : await csrfToken(c, authenticated);
  return (
    <>
      {nameLabel === undefined ? null : (
        <Field name={NAME_FIELD} label={nameLabel} value="" maxlength={60} autocomplete="off" />
      )}
      <button
        type="button"
        {...(primary ? { class: 'primary' } : {})}
        data-passkey={use}
        data-options={options}
        data-verify={verify}
        data-error="passkey-error"
        {...(csrf === '' ? {} : { 'data-csrf': csrf })}
        {...(returnPath === undefined ? {} : { 'data-return-path': returnPath })}
        {...(nameLabel === undefined ? {} : { 'data-name': NAME_FIELD })}
      >
        {label}
      </button>
      <p class="error" id="passkey-error" role="alert" hidden />
      <noscript>
        <p class="error">Passkeys need JavaScript. Allow it for this site.</p>
      </noscript>
    </>
  );
};

/** Browsers allow passkeys at names only. A local mesh answers under both. */
const NoHostName = ({ origin }: { origin: string }) => {
  const url = new URL(origin);
  url.hostname = 'localhost';
  return (
    <p class="note">
      Passkeys need a host name. Open the same link with <code>{url.origin}</code> in place of{' '}
      <code>{origin}</code>.
    </p>
  );
};
