// Owns people who are signed in, for tests of pages and routes: a row, a session, its cookie and the token of its forms.
import type { Role } from '../../../src/access/role.ts';
import { importHmacKey } from '../../../src/http/access/hmac-key.ts';
import { startSession } from '../../../src/services/sessions/start-session.ts';
import { hashToken, newId } from '../../../src/services/tokens.ts';
import { database } from '../../../src/store/database.ts';
import { insertPerson, LOCAL_ISSUER, type NewPersonRow } from '../../../src/store/people.ts';
import { type Answered, ask, bindings, clock } from './http-mesh.ts';

export interface SignedIn {
  readonly id: string;
  /** The token in the cookie. */
  readonly token: string;
  readonly cookie: string;
  readonly csrf: string;
}

/** A new person with a session that began now. */
export async function signIn(role: Role | null, changes: Partial<NewPersonRow> = {}): Promise<SignedIn> {
  const id = changes.id ?? newId('per');
  const { now } = clock;
  const row = { id, issuer: LOCAL_ISSUER, subject: id, name: `The ${role}`, createdAt: now, updatedAt: now };
  const insert = insertPerson(bindings.DB, { ...row, role, ...changes });
  await database(bindings.DB).batch([insert]);
  return { id, ...(await newSession(id)) };
}

/** Another session of a person. */
export async function newSession(personId: string): Promise<Omit<SignedIn, 'id'>> {
  const origin = { address: '192.0.2.9', userAgent: FIREFOX, file: null };
  const { now } = clock;
  const { token, statement } = await startSession(bindings.DB, { personId, method: 'passkey', origin, now });
  await database(bindings.DB).batch([statement]);
  return { token, cookie: `__Host-probemesh-session=${token}`, csrf: await csrfOf(token) };
}

export const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:148.0) Gecko/20100101 Firefox/148.0';

/** As csrf.ts derives it. */
async function csrfOf(token: string): Promise<string> {
  const key = await importHmacKey(bindings.ENCRYPTION_KEY);
  const text = new TextEncoder().encode(`csrf ${await hashToken(token)}`);
  return Buffer.from(await crypto.subtle.sign('HMAC', key, text)).toString('hex');
}

export const get = (path: string, person: SignedIn | null): Promise<Answered> =>
  ask(path, { token: null, headers: person === null ? {} : { cookie: person.cookie } });

/** A form of our own page, as a browser sends it. */
export const submit = (
  path: string,
  person: SignedIn | null,
  fields: Readonly<Record<string, string>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered> =>
  ask(path, {
    method: 'POST',
    token: null,
    body: new URLSearchParams({ ...(person ? { csrf: person.csrf } : {}), ...fields }).toString(),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
      origin: 'https://status.test',
      ...(person ? { cookie: person.cookie } : {}),
      ...headers,
    },
  });
