// Owns the routes of the account page and of a person's own sessions. Does not own the routes of credentials.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { isInside } from '../../access/restriction.ts';
import { updateOwnContacts } from '../../services/people/contacts.ts';
import { isSessionOver } from '../../services/sessions/find-session.ts';
import { revokeOtherSessions, revokeSession } from '../../services/sessions/revoke-sessions.ts';
import { type ChannelRow, listChannels } from '../../store/channels.ts';
import { LOCAL_ISSUER, type PersonRow } from '../../store/people.ts';
import { listSessionsWithProvider } from '../../store/sessions.ts';
import type { HttpEnv } from '../context.ts';
import { CredentialsPart } from '../local-accounts/credentials-part.tsx';
import { PASSKEY_SCRIPT_PATH } from '../local-accounts/passkey-script.ts';
import { Account } from './account-page.tsx';
import { readContacts } from './contact-fields.tsx';
import { dashboardPage } from './dashboard-layout.tsx';
import { readForm } from './form.tsx';
import { Done } from './notice.tsx';
import { showRefusal } from './refusal.tsx';

const PATH = '/dashboard/account';

const DONE = {
  'contacts-saved': 'Your channels were saved.',
  'session-revoked': 'The session was revoked. Its device has to sign in again.',
  'sessions-revoked': 'All other sessions were revoked.',
  'passkey-added': 'The passkey was added. You can sign in with it.',
  'passkey-removed': 'The passkey was removed. All your other sessions have ended.',
  'password-changed': 'The password was changed. All your other sessions have ended.',
};

export function addAccountPages(app: OpenAPIHono<HttpEnv>): void {
  app.get(PATH, showAccount);

  app.post(`${PATH}/contacts`, async (c) => {
    const { config, caller } = c.var;
    const { person } = personOf(c);
    const shown = await shownChannels(c);
    const isShown = (id: string) => shown.some((channel) => channel.id === id);
    const channels = readContacts(await readForm(c), person.channels.filter(isShown));
    const updated = await updateOwnContacts(config, caller, person.id, channels);
    if (!updated.ok) return showRefusal(c, updated.error, { path: PATH, label: 'your account' });
    return c.redirect(`${PATH}?done=contacts-saved`, 303);
  });

  app.post(`${PATH}/sessions/revoke-others`, async (c) => {
    const { config, caller } = c.var;
    const { person, currentId } = personOf(c);
    await revokeOtherSessions(config, caller, person, currentId ?? '');
    return c.redirect(`${PATH}?done=sessions-revoked`, 303);
  });

  app.post(`${PATH}/sessions/:id/revoke`, async (c) => {
    const { config, caller } = c.var;
    const revoked = await revokeSession(config, caller, c.req.param('id'), personOf(c).person.id);
    if (!revoked.ok) return showRefusal(c, revoked.error, { path: PATH, label: 'your account' });
    return c.redirect(`${PATH}?done=session-revoked`, 303);
  });
}

async function showAccount(c: Context<HttpEnv>) {
  const { config, now } = c.var;
  const { person, currentId } = personOf(c);
  const all = await listSessionsWithProvider(config.db, person.id);
  return dashboardPage(c, {
    title: 'Account',
    ...(person.issuer === LOCAL_ISSUER ? { script: PASSKEY_SCRIPT_PATH } : {}),
    content: (
      <>
        <Done c={c} texts={DONE} />
        <Account
          c={c}
          person={person}
          sessions={all.flatMap(({ session }) => (isSessionOver(session, now) ? [] : [session]))}
          currentId={currentId}
          providers={
            new Map(
              all.flatMap(({ session, provider }) => (provider === null ? [] : [[session.method, provider]])),
            )
          }
          channels={await shownChannels(c)}
          credentials={<CredentialsPart c={c} />}
        />
      </>
    ),
  });
}

/** The channels that the person sees. */
const shownChannels = async ({ var: { config, caller } }: Context<HttpEnv>): Promise<ChannelRow[]> =>
  (await listChannels(config.db)).filter((channel) => isInside(caller.restriction, channel));

/** The rule of these routes lets only people pass. */
function personOf({ var: { authenticated } }: Context<HttpEnv>): {
  person: PersonRow;
  currentId: string | null;
} {
  const person = authenticated?.person;
  if (!person) throw new Error('this page needs a person');
  return { person, currentId: authenticated.session?.id ?? null };
}
