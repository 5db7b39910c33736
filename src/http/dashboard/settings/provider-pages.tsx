// Owns the pages of identity providers: the list, and the form of one. Does not change anything.
import type { Context } from 'hono';
import type { ProviderRow } from '../../../store/identity-providers.ts';
import type { HttpEnv } from '../../context.ts';
import { Breakable } from '../../ui/breakable.tsx';
import { Confirm, Form, type FormErrors } from '../form.tsx';
import { Notice } from '../notice.tsx';
import { Empty } from '../parts/parts.tsx';
import type { FieldSpec } from '../schema-form/field-spec.ts';
import type { PostedValues } from '../schema-form/form-input.ts';
import { errorOf, SchemaFields } from '../schema-form/schema-fields.tsx';

export const PROVIDERS_PATH = '/dashboard/identity-providers';

const TYPES = { oidc: 'OpenID Connect', cloudflare_access: 'Cloudflare Access' } as const;

export const Providers = ({ providers }: { providers: readonly ProviderRow[] }) =>
  providers.length === 0 ? (
    <Empty
      title="People sign in with local accounts only"
      next={{ href: `${PROVIDERS_PATH}/_new`, label: 'Add a provider' }}
    >
      <p>Connect an OpenID Connect provider such as Okta, Entra ID or Google, or Cloudflare Access.</p>
    </Empty>
  ) : (
    <ul class="list">
      {providers.map(({ id, name, type, issuer, enabled, rules }) => (
        <li>
          <div>
            <h2>
              <a href={`${PROVIDERS_PATH}/${encodeURIComponent(id)}`}>
                <bdi>{name}</bdi>
              </a>{' '}
              <span class={`badge ${enabled ? 'good' : 'no_data'}`}>{enabled ? 'Enabled' : 'Disabled'}</span>
            </h2>
            <p class="note">
              {TYPES[type]} · <Breakable text={issuer} /> · {rules.length}{' '}
              {rules.length === 1 ? 'rule' : 'rules'}
            </p>
          </div>
        </li>
      ))}
    </ul>
  );

export interface Registration {
  /** To register at the issuer. */
  readonly redirectUri: string | null;
  readonly signedOutUri: string | null;
  readonly hasSecret: boolean;
}

interface ProviderProps {
  readonly c: Context<HttpEnv>;
  /** Null: a new one. */
  readonly id: string | null;
  readonly version: string;
  readonly fields: readonly FieldSpec[];
  readonly values: PostedValues;
  readonly errors: FormErrors;
  readonly registration: Registration | null;
}

export const ProviderForm = ({ c, id, version, fields, values, errors, registration }: ProviderProps) => {
  const action = id === null ? PROVIDERS_PATH : `${PROVIDERS_PATH}/${encodeURIComponent(id)}`;
  const rulesError = errorOf('rules', errors);
  return (
    <>
      {Object.keys(errors).length === 0 ? null : (
        <Notice tone="bad" title={errors.form ?? 'Nothing was changed.'} />
      )}
      {registration?.redirectUri ? (
        <dl class="facts plain">
          <dt>Redirect URI</dt>
          <dd>
            <code>{registration.redirectUri}</code>
          </dd>
          <dt>Address after sign-out</dt>
          <dd>
            <code>{registration.signedOutUri}</code>
          </dd>
        </dl>
      ) : null}
      <Form c={c} action={action} class="plain">
        <input type="hidden" name="version" value={version} />
        <SchemaFields fields={fields} values={values} errors={errors} />
        <div class="field">
          <label for="rules">Rules</label>
          <p class="note" id="rules-hint">
            What members of each group may do, one group a line: the group, <code>=</code>, the role (viewer,
            responder, editor or admin), and the tags of a restriction, if any. Without a rule that matches, a
            person cannot sign in.
          </p>
          <textarea
            id="rules"
            name="rules"
            rows={5}
            spellcheck={false}
            placeholder={'sre = admin\nshop = editor team:shop'}
            aria-describedby={`rules-hint${rulesError ? ' rules-error' : ''}`}
            {...(rulesError ? { 'aria-invalid': 'true' } : {})}
          >
            {values.rules?.at(-1) ?? ''}
          </textarea>
          {rulesError ? (
            <p class="error" id="rules-error">
              {rulesError}
            </p>
          ) : null}
        </div>
        {registration?.hasSecret ? (
          <p class="note">A client secret is stored. An empty field keeps it.</p>
        ) : null}
        <button type="submit" class="primary">
          {id === null ? 'Add the provider' : 'Save'}
        </button>
      </Form>
      {id === null ? null : (
        <section aria-labelledby="delete">
          <h2 id="delete">Delete</h2>
          <Form c={c} action={`${action}/delete`} class="plain">
            <p>People of this provider cannot sign in any more. Their sessions end.</p>
            <Confirm label="Yes, delete this provider" />
            <button type="submit" class="danger">
              Delete
            </button>
          </Form>
        </section>
      )}
    </>
  );
};
