// The HTTP app as a Worker for a browser, with people, keys and providers that a test creates over HTTP.
import type { Bindings } from '../../../src/env.ts';
import { createApp } from '../../../src/http/app.ts';
import { startSession } from '../../../src/services/sessions/start-session.ts';
import { newId } from '../../../src/services/tokens.ts';
import { database } from '../../../src/store/database.ts';
import { insertPerson, LOCAL_ISSUER } from '../../../src/store/people.ts';
import { identityProviders, passkeys } from '../../../src/store/schema.ts';
import type { Setup } from './people.ts';

const app = createApp();

const TABLES = [
  ...['people', 'passkeys', 'sessions', 'api_keys', 'identity_providers', 'audit_entries', 'audit_chain'],
  ...['invitations', 'used_tokens', 'recovery_codes', 'sign_in_failures'],
];

async function create(setup: Setup, { DB }: Bindings): Promise<object> {
  const db = database(DB);
  await DB.batch(TABLES.map((table) => DB.prepare(`DELETE FROM ${table}`)));
  const now = Date.now();
  const times = { createdAt: now, updatedAt: now };
  for (const name of setup.providers ?? [])
    await db.insert(identityProviders).values({
      ...{
        id: name.toLowerCase(),
        type: 'oidc',
        name,
        issuer: `https://${name.toLowerCase()}.test`,
        audience: 'a',
      },
      ...{ sealedSecret: null, scopes: [], groupsClaim: 'groups', rules: [], enabled: true, ...times },
    });
  if (setup.localAccount) {
    const row = { id: 'local', issuer: LOCAL_ISSUER, subject: 'local', name: 'Grace', username: 'grace' };
    await db.batch([insertPerson(DB, { ...row, role: 'viewer', passwordHash: '$scrypt$', ...times })]);
    await db.insert(passkeys).values({
      ...{ id: 'passkey', personId: 'local', name: 'Phone', publicKey: '', counter: 0, transports: [] },
      createdAt: now,
    });
  }
  return { token: setup.person ? await createPerson(setup, DB, now) : null };
}

async function createPerson(
  { person, userAgents = ['Mozilla/5.0 (X11; Linux x86_64; rv:148.0) Gecko/20100101 Firefox/148.0'] }: Setup,
  DB: D1Database,
  now: number,
): Promise<string> {
  const { name, role, tags } = person!;
  const id = newId('per');
  const row = {
    ...{ id, issuer: LOCAL_ISSUER, subject: id, name, username: 'ada', email: 'ada@acme.test' },
    ...{ role, passwordHash: '$scrypt$' },
  };
  const insert = insertPerson(DB, { ...row, tags: tags ? [...tags] : null, createdAt: now, updatedAt: now });
  let newest = '';
  const statements = [insert];
  for (const userAgent of userAgents) {
    const origin = { address: '192.0.2.9', userAgent, file: null };
    const { token, statement } = await startSession(DB, { personId: id, method: 'passkey', origin, now });
    statements.push(statement);
    newest = token;
  }
  await database(DB).batch(statements as [(typeof statements)[0], ...typeof statements]);
  return newest;
}

export default {
  async fetch(request, env, context) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/test/setup') return Response.json(await create(await request.json<Setup>(), env));
    // As a sign-in would set it: a test cannot set a cookie with this name from outside.
    if (pathname === '/test/cookie') {
      const cookie = `__Host-probemesh-session=${searchParams.get('token')}; Path=/; Secure; HttpOnly; SameSite=Lax`;
      return new Response('signed in', { headers: { 'set-cookie': cookie } });
    }
    return app.fetch(request, env, context);
  },
} satisfies ExportedHandler<Bindings>;
