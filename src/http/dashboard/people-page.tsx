// Owns the pages of people: the list, one person, and a new invitation, which is shown once. Does not change anything.
import type { Context } from 'hono';
import { INVITATION_HOURS } from '../../services/people/invitation.ts';
import { isLocal, type PersonState, personState } from '../../services/people/person.ts';
import { type Credentials, NO_CREDENTIALS } from '../../store/credentials.ts';
import type { PersonRow } from '../../store/people.ts';
import type { HttpEnv } from '../context.ts';
import type { Tone } from '../ui/icons.tsx';
import { RelativeTime, Timestamp } from '../ui/times.tsx';
import { AccessFields, restrictionText } from './access-text.tsx';
import { type ContactChannel, ContactFields, chosenContacts } from './contact-fields.tsx';
import { Confirm, Field, Form, type FormErrors, type FormValues } from './form.tsx';
import { Notice } from './notice.tsx';

const STATES: Readonly<Record<PersonState, { tone: Tone; label: string }>> = {
  active: { tone: 'good', label: 'Active' },
  invited: { tone: 'calm', label: 'Invited' },
  locked_out: { tone: 'warn', label: 'Needs an invitation' },
  no_role: { tone: 'warn', label: 'No role' },
  disabled: { tone: 'no_data', label: 'Disabled' },
};

interface PeopleProps {
  readonly c: Context<HttpEnv>;
  readonly people: readonly PersonRow[];
  readonly credentials: ReadonlyMap<string, Credentials>;
  readonly values?: FormValues;
  readonly errors?: FormErrors;
}

export const People = ({ c, people, credentials, values = {}, errors = {} }: PeopleProps) => (
  <>
    {people.length === 0 ? (
      <div class="plain">
        <p>No person exists yet. Invite people below, or let them sign in with an identity provider.</p>
      </div>
    ) : (
      <ul class="list">
        {people.map((person) => (
          <li>
            <div>
              <h2>
                <a href={pathOf(person)}>{person.name}</a>{' '}
                <State person={person} credentials={credentials.get(person.id) ?? NO_CREDENTIALS} />
              </h2>
              <p class="note">
                {person.username ?? person.email ?? person.subject} · {person.role ?? 'no role'} ·{' '}
                {restrictionText(person.tags)} · <LastSignIn of={person} now={c.var.now} />
              </p>
            </div>
          </li>
        ))}
      </ul>
    )}
    <section aria-labelledby="new">
      <h2 id="new">Invite a person</h2>
      <Form c={c} action="/dashboard/people" class="plain">
        <p>
          For a local account. People of an identity provider need no invitation: they get their role from
          their groups when they sign in.
        </p>
        <div class="fields">
          <Field
            name="name"
            label="Name"
            hint="As others see it."
            value={values.name ?? ''}
            error={errors.name}
            required
            maxlength={120}
          />
          <Field
            name="username"
            label="Username"
            hint="For the sign-in with a password."
            value={values.username ?? ''}
            error={errors.username}
            required
            maxlength={63}
          />
          <AccessFields values={values} errors={errors} />
        </div>
        <button type="submit" class="primary">
          Create the invitation
        </button>
      </Form>
    </section>
  </>
);

interface InvitedProps {
  readonly name: string;
  readonly link: string;
  readonly expiresAt: number;
}

/** The only page that shows the link. */
export const Invited = ({ name, link, expiresAt }: InvitedProps) => (
  <>
    <Notice tone="good" title={`Copy the link for ${name} now. probemesh does not show it again.`}>
      <code class="once">{link}</code>
      <p class="note">
        It works once, until <Timestamp at={expiresAt} />. Send it over a channel that only {name} reads.
      </p>
    </Notice>
    <p>
      <a href="/dashboard/people">Go to all people</a>
    </p>
  </>
);

interface PersonProps {
  readonly c: Context<HttpEnv>;
  readonly person: PersonRow;
  readonly credentials: Credentials;
  /** The channels to choose from. */
  readonly channels: readonly ContactChannel[];
  /** What was typed, if it was refused. */
  readonly values?: FormValues | undefined;
  readonly errors?: FormErrors;
}

export const Person = ({ c, person, credentials, channels, values, errors = {} }: PersonProps) => (
  <>
    <Facts person={person} credentials={credentials} />
    <section aria-labelledby="change">
      <h2 id="change">Change</h2>
      <Form c={c} action={pathOf(person)} class="plain">
        <input type="hidden" name="version" value={String(person.version)} />
        {isLocal(person) ? (
          <LocalFields person={person} values={values} errors={errors} />
        ) : (
          <p>
            The identity provider decides name, role and access, at each sign-in. Change the groups of the
            person there.
          </p>
        )}
        <ContactFields channels={channels} chosen={chosenContacts(person.channels, values)} />
        <div class="choice field">
          <input
            type="checkbox"
            id="disabled"
            name="disabled"
            value="yes"
            aria-describedby="disabled-hint"
            checked={values === undefined ? person.disabled : values.disabled === 'yes'}
          />
          <label for="disabled">Disabled</label>
          <span class="note" id="disabled-hint">
            A disabled person cannot sign in. All sessions end.
          </span>
        </div>
        <button type="submit" class="primary">
          Save
        </button>
      </Form>
    </section>
    {isLocal(person) && !person.disabled ? <Invite c={c} person={person} /> : null}
    <section aria-labelledby="delete">
      <h2 id="delete">Delete</h2>
      <Form c={c} action={`${pathOf(person)}/delete`} class="plain">
        <p>Sessions and credentials are deleted. The audit log keeps the name.</p>
        <Confirm label={`Delete ${person.name}`} />
        <button type="submit" class="danger">
          Delete the person
        </button>
      </Form>
    </section>
    <p>
      <a href="/dashboard/people">Go to all people</a>
    </p>
  </>
);

const Facts = ({ person, credentials }: Pick<PersonProps, 'person' | 'credentials'>) => (
  <div class="plain">
    <dl class="facts">
      <dt>State</dt>
      <dd>
        <State person={person} credentials={credentials} />
      </dd>
      <dt>Identity</dt>
      <dd>{isLocal(person) ? 'Local account' : `${person.subject} at ${person.issuer}`}</dd>
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
      <dt>Role</dt>
      <dd class="capital">{person.role ?? 'none'}</dd>
      <dt>Access</dt>
      <dd class="capital">{restrictionText(person.tags)}</dd>
      {isLocal(person) ? (
        <>
          <dt>Signs in with</dt>
          <dd class="capital">{waysOf(person, credentials)}</dd>
        </>
      ) : null}
      {credentials.invitationExpiresAt === null ? null : (
        <>
          <dt>Invitation</dt>
          <dd>
            Works until <Timestamp at={credentials.invitationExpiresAt} />
          </dd>
        </>
      )}
      <dt>Last sign-in</dt>
      <dd>{person.lastSignInAt === null ? 'Never' : <Timestamp at={person.lastSignInAt} />}</dd>
      <dt>Created</dt>
      <dd>
        <Timestamp at={person.createdAt} />
      </dd>
    </dl>
  </div>
);

type LocalFieldsProps = Pick<PersonProps, 'person' | 'values'> & { readonly errors: FormErrors };

const LocalFields = ({ person, values, errors }: LocalFieldsProps) => {
  const shown = values ?? {
    name: person.name,
    role: person.role ?? undefined,
    tags: person.tags?.join(', '),
  };
  return (
    <div class="fields">
      <Field
        name="name"
        label="Name"
        hint="As others see it."
        value={shown.name ?? ''}
        error={errors.name}
        required
        maxlength={120}
      />
      <AccessFields values={shown} errors={errors} />
    </div>
  );
};

const Invite = ({ c, person }: Pick<PersonProps, 'c' | 'person'>) => (
  <section aria-labelledby="invite">
    <h2 id="invite">New invitation</h2>
    <Form c={c} action={`${pathOf(person)}/invitation`} class="plain">
      <p>
        For a lost device or password. The link works once within {INVITATION_HOURS} hours. It replaces the
        earlier link. When {person.name} uses it, all earlier credentials and sessions end.
      </p>
      <button type="submit">Create an invitation</button>
    </Form>
  </section>
);

const State = ({ person, credentials }: Pick<PersonProps, 'person' | 'credentials'>) => {
  const { tone, label } = STATES[personState(person, credentials)];
  return <span class={`badge ${tone}`}>{label}</span>;
};

const LastSignIn = ({ of: { lastSignInAt }, now }: { of: PersonRow; now: number }) =>
  lastSignInAt === null ? (
    <>never signed in</>
  ) : (
    <>
      signed in <RelativeTime since={lastSignInAt} now={now} /> ago
    </>
  );

function waysOf({ passwordHash }: PersonRow, { passkeys }: Credentials): string {
  const ways = [
    ...(passkeys > 0 ? [passkeys === 1 ? 'a passkey' : `${passkeys} passkeys`] : []),
    ...(passwordHash === null ? [] : ['a password']),
  ];
  return ways.length === 0 ? 'nothing yet' : ways.join(' or ');
}

const pathOf = ({ id }: Pick<PersonRow, 'id'>): string => `/dashboard/people/${encodeURIComponent(id)}`;
