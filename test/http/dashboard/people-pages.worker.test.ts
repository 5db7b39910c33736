// The pages of people: invitations that are shown once, changes that end sessions, and what only a provider decides.
import { beforeEach, describe, expect, test } from 'vitest';
import { bindings } from '../../support/d1/http-mesh.ts';
import { get, type SignedIn, signIn, submit } from '../../support/d1/signed-in.ts';

let ada: SignedIn;
beforeEach(async () => {
  await bindings.DB.batch(
    ['people', 'sessions', 'invitations', 'audit_entries', 'audit_chain'].map((table) =>
      bindings.DB.prepare(`DELETE FROM ${table}`),
    ),
  );
  ada = await signIn('admin', { name: 'Ada', passwordHash: '$' });
});

const NEW = { name: 'Grace Hopper', username: 'Grace', role: 'viewer', tags: '' };
const personOf = (username: string) =>
  bindings.DB.prepare('SELECT * FROM people WHERE username = ?')
    .bind(username)
    .first<Record<string, unknown>>();
const entries = async () =>
  (await bindings.DB.prepare('SELECT count(*) AS n FROM audit_entries').first<number>('n')) as number;
const linkOf = (text: string): string => /class="once">([^<]+)</.exec(text)![1]!;

async function invite(): Promise<string> {
  const invited = await submit('/dashboard/people', ada, NEW);
  expect(invited.status).toBe(201);
  return `/dashboard/people/${(await personOf('grace'))!.id}`;
}
const saved = (fields: object) => ({
  name: 'Grace Hopper',
  role: 'viewer',
  tags: '',
  version: '1',
  ...fields,
});

describe('an invitation', () => {
  test.each([
    ['without a name', { name: '' }, 'name-error'],
    ['with an invalid username', { username: 'grace hopper' }, 'username-error'],
    ['with an unknown role', { role: 'owner' }, 'role-error'],
    ['of an admin with a restriction', { role: 'admin', tags: 'team:shop' }, 'tags-error'],
  ])('%s is refused at its field, and nothing is written', async (_, fields, id) => {
    const answer = await submit('/dashboard/people', ada, { ...NEW, ...fields });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain(`id="${id}"`);
    expect(await entries()).toBe(0);
  });

  test('with a username that exists is refused at the username', async () => {
    await invite();
    const again = await submit('/dashboard/people', ada, { ...NEW, username: 'GRACE' });
    expect(again.status).toBe(422);
    expect(again.text).toContain('A person with the username &quot;grace&quot; exists.');
    expect(await entries()).toBe(1);
  });

  test('is a link of this origin that is shown once', async () => {
    const { text } = await submit('/dashboard/people', ada, NEW);
    const link = linkOf(text);
    expect(link).toMatch(/^https:\/\/status\.test\/invitation\?token=pmi_[A-Za-z0-9]{43}$/);
    const path = `/dashboard/people/${(await personOf('grace'))!.id}`;
    for (const page of ['/dashboard/people', path]) {
      const shown = await get(page, ada);
      expect(shown.text).toContain('Invited');
      expect(shown.text).not.toContain(link.split('=')[1]);
    }
    const again = await submit(`${path}/invitation`, ada);
    expect(again.status).toBe(200);
    expect(linkOf(again.text)).not.toBe(link);
    expect(await entries()).toBe(2);
  });
});

describe('a change', () => {
  test('of the role is saved and ends the sessions of the person', async () => {
    const path = await invite();
    const { id } = (await personOf('grace'))!;
    const answer = await submit(path, ada, saved({ role: 'editor', tags: 'team:shop' }));
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `${path}?done=saved`]);
    expect(await personOf('grace')).toMatchObject({ id, role: 'editor', tags: '["team:shop"]', disabled: 0 });
    expect((await get(`${path}?done=saved`, ada)).text).toContain('The person was saved.');
    expect(await entries()).toBe(2);
  });

  test('that another admin has overtaken is refused, and nothing is written', async () => {
    const path = await invite();
    await submit(path, ada, saved({ role: 'editor' }));
    const late = await submit(path, ada, saved({ role: 'admin' }));
    expect(late.status).toBe(409);
    expect(late.text).toContain('changed this meanwhile');
    expect((await submit(path, ada, saved({ role: 'admin', version: '' }))).status).toBe(409);
    expect((await personOf('grace'))!.role).toBe('editor');
  });

  test('that takes the last admin away is refused at its field, with what to do', async () => {
    // Otherwise the secret of the mesh would be an admin as well.
    await bindings.DB.prepare("INSERT OR IGNORE INTO used_tokens VALUES (?, 'bootstrap', 0, null)")
      .bind(bindings.ADMIN_TOKEN_SHA256)
      .run();
    const answer = await submit(`/dashboard/people/${ada.id}`, ada, {
      name: 'Ada',
      role: 'viewer',
      version: '1',
    });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain('No admin would remain.');
    expect(await entries()).toBe(0);
  });

  test('of a person of an identity provider can disable, and nothing else', async () => {
    const bob = await signIn('viewer', { name: 'Bob', issuer: 'https://id.acme.test', subject: 'bob' });
    const path = `/dashboard/people/${bob.id}`;
    const { text } = await get(path, ada);
    expect(text).toContain('The identity provider decides name, role and access');
    expect(text).not.toContain('name="role"');
    const answer = await submit(path, ada, saved({ role: 'admin', name: 'Root', disabled: 'yes' }));
    expect(answer.status).toBe(303);
    const row = await bindings.DB.prepare('SELECT name, role, disabled FROM people WHERE id = ?')
      .bind(bob.id)
      .first();
    expect(row).toEqual({ name: 'Bob', role: 'viewer', disabled: 1 });
    expect((await get('/dashboard/account', bob)).headers.get('location')).toContain('/sign-in');
    expect((await submit(`${path}/invitation`, ada)).status).toBe(409);
  });
});

test('a person is deleted only with the confirmation, with all sessions', async () => {
  const grace = await signIn('viewer', { name: 'Grace' });
  const path = `/dashboard/people/${grace.id}`;
  expect((await submit(`${path}/delete`, ada)).status).toBe(422);
  expect((await get('/dashboard/account', grace)).status).toBe(200);
  expect((await submit(`${path}/delete`, ada, { confirm: 'yes' })).headers.get('location')).toBe(
    '/dashboard/people?done=deleted',
  );
  expect((await get('/dashboard/account', grace)).status).toBe(303);
  for (const answer of [
    await get(path, ada),
    await submit(path, ada, saved({})),
    await submit(`${path}/invitation`, ada),
    await submit(`${path}/delete`, ada, { confirm: 'yes' }),
  ])
    expect(answer.status).toBe(404);
});
