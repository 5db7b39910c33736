// Owns the pages of API keys: the list, one key, and a new secret, which is shown once. Does not change anything.
import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import { type ApiKeyState, apiKeyState } from '../../services/api-keys/api-key.ts';
import type { IssuedKey } from '../../services/api-keys/api-keys.ts';
import type { ApiKeyRow } from '../../store/api-keys.ts';
import type { HttpEnv } from '../context.ts';
import type { Tone } from '../ui/icons.tsx';
import { RelativeTime, Timestamp } from '../ui/times.tsx';
import { AccessFields, restrictionText } from './access-text.tsx';
import { Confirm, Field, Form, type FormErrors, type FormValues, Select } from './form.tsx';
import { Notice } from './notice.tsx';

const STATES: Readonly<Record<ApiKeyState, { tone: Tone; label: string }>> = {
  active: { tone: 'good', label: 'Active' },
  expired: { tone: 'warn', label: 'Expired' },
  revoked: { tone: 'no_data', label: 'Revoked' },
};

/** Days by the value of the form. */
export const LIFETIMES: Readonly<Record<string, { days: number | null; label: string }>> = {
  '30': { days: 30, label: '30 days' },
  '90': { days: 90, label: '90 days' },
  '365': { days: 365, label: '1 year' },
  never: { days: null, label: 'Never' },
};

/** Minutes by the value of the form. */
export const OVERLAPS: Readonly<Record<string, string>> = {
  '60': '1 hour',
  '1440': '1 day',
  '10080': '7 days',
  '0': 'Not at all: it has leaked',
};

interface KeysProps {
  readonly c: Context<HttpEnv>;
  readonly keys: readonly ApiKeyRow[];
  readonly values?: FormValues;
  readonly errors?: FormErrors;
}

export const Keys = ({ c, keys, values = {}, errors = {} }: KeysProps) => (
  <>
    {keys.length === 0 ? (
      <div class="plain">
        <p>No API key exists yet. A program needs one for every request to the API.</p>
      </div>
    ) : (
      <ul class="list">
        {keys.map((key) => (
          <li>
            <div>
              <h2>
                <a href={`/dashboard/keys/${encodeURIComponent(key.id)}`}>{key.name}</a>{' '}
                <State of={key} now={c.var.now} />
              </h2>
              <p class="note">
                <Hint of={key} />
                {key.role ?? 'no role'} · {restrictionText(key.tags)} · <Ends of={key} /> ·{' '}
                <LastUse of={key} now={c.var.now} />
              </p>
            </div>
          </li>
        ))}
      </ul>
    )}
    <section aria-labelledby="new">
      <h2 id="new">New API key</h2>
      <Form c={c} action="/dashboard/keys" class="plain">
        <div class="fields">
          <Field
            name="name"
            label="Name"
            hint="What uses the key, such as a program or a job."
            value={values.name ?? ''}
            error={errors.name}
            required
            maxlength={100}
          />
          <Select
            name="lifetime"
            label="Expires after"
            hint="An expired key stops working."
            options={Object.entries(LIFETIMES).map(([value, { label }]) => ({ value, label }))}
            value={values.lifetime ?? '90'}
          />
          <AccessFields values={values} errors={errors} />
        </div>
        <button type="submit" class="primary">
          Create the key
        </button>
      </Form>
    </section>
  </>
);

/** The only page that shows the secret of a key. */
export const NewSecret = ({ issued: { row, key }, note }: { issued: IssuedKey; note?: Child }) => (
  <>
    <Notice tone="good" title={`Copy the key "${row.name}" now. probemesh does not show it again.`}>
      <code class="once">{key}</code>
      <p class="note">Only its hash is stored. If you lose the key, rotate it.</p>
    </Notice>
    {note}
    <div class="plain">
      <p>Send it in a header with every request:</p>
      <pre>
        <code>Authorization: Bearer {row.hint}…</code>
      </pre>
    </div>
    <p>
      <a href="/dashboard/keys">Go to all API keys</a>
    </p>
  </>
);

export const Key = ({ c, row }: { c: Context<HttpEnv>; row: ApiKeyRow }) => {
  const { now } = c.var;
  const path = `/dashboard/keys/${encodeURIComponent(row.id)}`;
  const overlaps = row.previousExpiresAt !== null && row.previousExpiresAt > now && row.revokedAt === null;
  return (
    <>
      <div class="plain">
        <dl class="facts">
          <dt>State</dt>
          <dd>
            <State of={row} now={now} />
          </dd>
          {row.hint === '' ? null : (
            <>
              <dt>Begins with</dt>
              <dd>
                <code>{row.hint}</code>
              </dd>
            </>
          )}
          <dt>Role</dt>
          <dd class="capital">{row.role ?? 'none'}</dd>
          <dt>Access</dt>
          <dd class="capital">{restrictionText(row.tags)}</dd>
          <dt>Expires</dt>
          <dd>{row.expiresAt === null ? 'Never' : <Timestamp at={row.expiresAt} />}</dd>
          <dt>Last used</dt>
          <dd>{row.lastUsedAt === null ? 'Never' : <Timestamp at={row.lastUsedAt} />}</dd>
          <dt>Created</dt>
          <dd>
            <Timestamp at={row.createdAt} /> by {row.createdBy}
          </dd>
          {row.revokedAt === null ? null : (
            <>
              <dt>Revoked</dt>
              <dd>
                <Timestamp at={row.revokedAt} />
              </dd>
            </>
          )}
          {overlaps ? (
            <>
              <dt>Previous key</dt>
              <dd>
                Works until <Timestamp at={row.previousExpiresAt!} />
              </dd>
            </>
          ) : null}
        </dl>
      </div>
      {row.revokedAt === null ? <Changes c={c} path={path} /> : null}
      <p>
        <a href="/dashboard/keys">Go to all API keys</a>
      </p>
    </>
  );
};

const Changes = ({ c, path }: { c: Context<HttpEnv>; path: string }) => (
  <>
    <section aria-labelledby="rotate">
      <h2 id="rotate">Rotate</h2>
      <Form c={c} action={`${path}/rotate`} class="plain">
        <p>You get a new key with the same role and access. The old one works on for a while.</p>
        <Select
          name="overlapMinutes"
          label="The old key works for"
          options={Object.entries(OVERLAPS).map(([value, label]) => ({ value, label }))}
          value="60"
        />
        <button type="submit">Rotate the key</button>
      </Form>
    </section>
    <section aria-labelledby="revoke">
      <h2 id="revoke">Revoke</h2>
      <Form c={c} action={`${path}/revoke`} class="plain">
        <p>The key stops working at once, and for good.</p>
        <Confirm label="Revoke this key: no program needs it any more" />
        <button type="submit" class="danger">
          Revoke the key
        </button>
      </Form>
    </section>
  </>
);

const State = ({ of, now }: { of: ApiKeyRow; now: number }) => {
  const { tone, label } = STATES[apiKeyState(of, now)];
  return <span class={`badge ${tone}`}>{label}</span>;
};

const Hint = ({ of: { hint } }: { of: ApiKeyRow }) =>
  hint === '' ? null : (
    <>
      <code>{hint}…</code> ·{' '}
    </>
  );

const Ends = ({ of: { expiresAt } }: { of: ApiKeyRow }) =>
  expiresAt === null ? (
    <>never expires</>
  ) : (
    <>
      expires <Timestamp at={expiresAt} />
    </>
  );

const LastUse = ({ of: { lastUsedAt }, now }: { of: ApiKeyRow; now: number }) =>
  lastUsedAt === null ? (
    <>not used yet</>
  ) : (
    <>
      used <RelativeTime since={lastUsedAt} now={now} /> ago
    </>
  );
