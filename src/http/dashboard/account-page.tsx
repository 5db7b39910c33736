// Owns the account page: who the person is, what they may do, and where they are signed in. The credentials of local
// accounts are a slot. Does not change anything.
import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import type { PersonRow } from '../../store/people.ts';
import { ABSOLUTE_MS, IDLE_MS, type SessionRow } from '../../store/sessions.ts';
import type { HttpEnv } from '../context.ts';
import { RelativeTime, Timestamp } from '../ui/times.tsx';
import { ROLE_TEXT, restrictionText } from './access-text.tsx';
import { type ContactChannel, ContactFields } from './contact-fields.tsx';
import { deviceText } from './device-text.ts';
import { Form } from './form.tsx';

interface AccountProps {
  readonly c: Context<HttpEnv>;
  readonly person: PersonRow;
  /** The sessions that are not over, newest first. */
  readonly sessions: readonly SessionRow[];
  /** Null: Cloudflare Access signs the person in, without a session here. */
  readonly currentId: string | null;
  /** Names of identity providers by id. */
  readonly providers: ReadonlyMap<string, string>;
  /** The channels to choose from. */
  readonly channels: readonly ContactChannel[];
  /** What the person signs in with. */
  readonly credentials?: Child;
}

export const Account = ({ credentials, ...props }: AccountProps) => (
  <>
    <Identity {...props} />
    <Contacts {...props} />
    {credentials}
    <Sessions {...props} />
  </>
);

const Identity = ({ c, person }: AccountProps) => {
  const { caller } = c.var;
  return (
    <div class="plain">
      <dl class="facts">
        <dt>Name</dt>
        <dd>{person.name}</dd>
        {person.username === null ? null : (
          <>
            <dt>Username</dt>
            <dd>{person.username}</dd>
          </>
        )}
        {person.email === null ? null : (
          <>
            <dt>E-mail address</dt>
            <dd>{person.email}</dd>
          </>
        )}
        <dt>Identity</dt>
        <dd>{person.username === null ? `${person.subject} at ${person.issuer}` : 'Local account'}</dd>
        <dt>Role</dt>
        <dd>{ROLE_TEXT[caller.role]}</dd>
        <dt>Access</dt>
        <dd class="capital">{restrictionText(caller.restriction)}</dd>
      </dl>
    </div>
  );
};

const Contacts = ({ c, person, channels }: AccountProps) => (
  <section aria-labelledby="contacts">
    <h2 id="contacts">On call</h2>
    <Form c={c} action="/dashboard/account/contacts" class="plain">
      <ContactFields channels={channels} chosen={person.channels} />
      {channels.length === 0 ? null : <button type="submit">Save</button>}
    </Form>
  </section>
);

const Sessions = ({ c, sessions, currentId, providers }: AccountProps) => {
  const hours = (ms: number) => `${ms / 3_600_000} hours`;
  const others = sessions.filter(({ id }) => id !== currentId);
  return (
    <section aria-labelledby="sessions">
      <h2 id="sessions">Sessions</h2>
      {sessions.length === 0 ? (
        <div class="plain">
          <p>Cloudflare Access signs you in, so there are no sessions here to revoke.</p>
        </div>
      ) : (
        <ul class="list">
          {sessions.map((session) => (
            <li>
              <div>
                <h3>
                  {deviceText(session.userAgent)}{' '}
                  {session.id === currentId ? <span class="badge good">This session</span> : null}
                </h3>
                <p class="note">
                  {methodText(session.method, providers)}
                  {session.address === null ? '' : ` from ${session.address}`} on{' '}
                  <Timestamp at={session.createdAt} />. Last used{' '}
                  <RelativeTime since={session.lastUsedAt} now={c.var.now} /> ago.
                </p>
              </div>
              {session.id === currentId ? null : (
                <Form c={c} action={`/dashboard/account/sessions/${session.id}/revoke`}>
                  <button type="submit" class="quiet danger">
                    Revoke<span class="hidden"> the session of {deviceText(session.userAgent)}</span>
                  </button>
                </Form>
              )}
            </li>
          ))}
        </ul>
      )}
      <p class="fresh">
        A session ends after {hours(IDLE_MS)} without a request, and after {hours(ABSOLUTE_MS)} in any case.
      </p>
      {others.length < 2 ? null : (
        <Form c={c} action="/dashboard/account/sessions/revoke-others" class="actions">
          <button type="submit" class="danger">
            Revoke all {others.length} other sessions
          </button>
        </Form>
      )}
    </section>
  );
};

const METHODS: Readonly<Record<string, string>> = {
  passkey: 'Signed in with a passkey',
  password: 'Signed in with a password',
  setup: 'Set up as the first admin',
  invitation: 'Signed in by an invitation',
};

const methodText = (method: string, providers: ReadonlyMap<string, string>): string =>
  Object.hasOwn(METHODS, method)
    ? METHODS[method]!
    : `Signed in with ${providers.get(method) ?? 'an identity provider'}`;
