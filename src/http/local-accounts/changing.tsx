// Owns who may change credentials: a local person who signed in a few minutes ago. Others get a page or a message that names the
// way. Does not change anything.
import type { Context } from 'hono';
import { type Changing, isRecent, RECENT_MINUTES } from '../../services/local-accounts/change-credentials.ts';
import { asLocalPerson, type LocalPerson } from '../../services/local-accounts/local-person.ts';
import type { HttpEnv } from '../context.ts';
import { dashboardPage } from '../dashboard/dashboard-layout.tsx';
import { refusal } from './passkey-answers.ts';

const NOT_LOCAL = 'Your identity provider manages how you sign in. Change it there.';
const NOT_RECENT = `To change how you sign in, you must have signed in within the last ${RECENT_MINUTES} minutes. Sign in again.`;

export const SIGN_IN_AGAIN = '/sign-in?again&return=/dashboard/account';

export interface ChangingPerson extends Changing {
  readonly person: LocalPerson;
}

/** Who changes, or why the request is refused. */
export function readChanging(c: Context<HttpEnv>): ChangingPerson | string {
  const { authenticated, caller, now } = c.var;
  const person = asLocalPerson(authenticated?.person ?? null);
  const session = authenticated?.session ?? null;
  if (person === null || session === null) return NOT_LOCAL;
  return isRecent(session, now) ? { caller, person, personId: person.id, session } : NOT_RECENT;
}

export const refuseJson = (c: Context<HttpEnv>, message: string) => refusal(c, message, 409);

export const refusePage = (c: Context<HttpEnv>, message: string) =>
  dashboardPage(
    c,
    {
      title: 'Nothing was changed',
      content: (
        <div class="plain">
          <p>{message}</p>
          {message === NOT_RECENT ? (
            <a class="button primary" href={SIGN_IN_AGAIN}>
              Sign in again
            </a>
          ) : null}
          <a class="button" href="/dashboard/account">
            Your account
          </a>
        </div>
      ),
    },
    409,
  );
