// Settings of the mesh and identity providers: what each role sees, what a form changes, and what is refused at its field.
import { beforeEach, describe, expect, test } from 'vitest';
import { type Bindings, readEnv } from '../../../../src/env.ts';
import { readGroupRules, writeGroupRules } from '../../../../src/http/dashboard/settings/group-rules.ts';
import { backUpIfDue } from '../../../../src/services/backup/scheduled-backup.ts';
import { findScheduledBackup } from '../../../../src/store/backup/scheduled-backup.ts';
import { ask, bindings, clock, empty } from '../../../support/d1/http-mesh.ts';
import { get, type SignedIn, signIn, submit } from '../../../support/d1/signed-in.ts';

const SECRET = `whsec_${btoa('a'.repeat(32))}`;

let ada: SignedIn;
beforeEach(async () => {
  await empty();
  await bindings.DB.batch(
    ['people', 'sessions', 'identity_providers', 'audit_entries', 'audit_chain'].map((table) =>
      bindings.DB.prepare(`DELETE FROM ${table}`),
    ),
  );
  ada = await signIn('admin');
});

describe('settings of the mesh', () => {
  beforeEach(async () => {
    for (const id of ['on-call', 'chat'])
      await ask('/api/v1/channels', {
        method: 'POST',
        body: {
          id,
          type: 'webhook',
          name: `<i>${id}`,
          config: { url: `https://hooks.example.com/${id}`, secret: SECRET },
        },
      });
  });
  const defaults = async () => (await ask('/api/v1/settings')).json.defaultChannels;

  test('the default channels are those that are ticked', async () => {
    const { text } = await get('/dashboard/settings', ada);
    expect(text).toContain('&lt;i&gt;on-call');
    expect(
      (await submit('/dashboard/settings/default-channels', ada, { defaultChannels: 'chat' })).status,
    ).toBe(303);
    expect(await defaults()).toEqual(['chat']);
    expect((await submit('/dashboard/settings/default-channels', ada, {})).status).toBe(303);
    expect(await defaults()).toEqual([]);
  });

  test('an unknown channel is refused, and nothing changes', async () => {
    const before = await defaults();
    const refused = await submit('/dashboard/settings/default-channels', ada, { defaultChannels: 'nobody' });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('id="defaults-error"');
    expect(await defaults()).toEqual(before);
  });

  test("a wrong address of the dead man's switch is refused at its field", async () => {
    const refused = await submit('/dashboard/settings/dead-mans-switch', ada, { url: 'ftp://x' });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('id="url-error"');
    expect(refused.text).toContain('value="ftp://x"');
  });

  test('its address is set, never shown, and removed', async () => {
    const url = 'https://hc.example.com/ping/secret-path';
    expect((await submit('/dashboard/settings/dead-mans-switch', ada, { url })).status).toBe(303);
    const { text } = await get('/dashboard/settings', ada);
    expect(text).toContain('hc.example.com');
    expect(text).not.toContain('secret-path');
    expect((await submit('/dashboard/settings/dead-mans-switch/remove', ada, {})).status).toBe(303);
    expect((await get('/dashboard/settings', ada)).text).toContain('Not set.');
  });

  test('the newest backup, or why there is none, is on the page', async () => {
    const page = async (env: Partial<Bindings> = {}) =>
      (await ask('/dashboard/settings', { token: null, headers: { cookie: ada.cookie }, env })).text;
    expect(await page()).toContain('bind a bucket as');
    const { TEST_BACKUPS: backups } = bindings as unknown as { TEST_BACKUPS: R2Bucket };
    const env = { BACKUPS: backups };
    expect(await page(env)).toContain('No backup is stored yet.');
    const config = { ...readEnv({ ...bindings, ...env }), backups };
    await backUpIfDue(config, () => clock.now);
    const { key } = (await findScheduledBackup(bindings.DB))!.newest!;
    const stored = (await page(env)).replaceAll('<wbr/>', '');
    expect(stored).toContain(key);
    expect(stored).toContain('keeps it for 30 days');
  });

  test('a viewer sees them without a form, and a restricted person not at all', async () => {
    const { text } = await get('/dashboard/settings', await signIn('viewer'));
    expect(text).toContain('Only admins change them.');
    expect(text).not.toContain('"/dashboard/identity-providers"');
    expect((await get('/dashboard/settings', await signIn('viewer', { tags: ['team:shop'] }))).status).toBe(
      403,
    );
  });
});

describe('an identity provider', () => {
  const OKTA = {
    type: 'oidc',
    name: 'Okta',
    issuer: 'https://idp.example.com',
    audience: 'probemesh',
    secret: 'own-client-secret',
    'enabled~present': 'yes',
    enabled: 'yes',
    rules: 'sre = admin\nshop team = editor team:shop',
  };
  const stored = async () => (await ask('/api/v1/identity-providers')).json.identityProviders;

  test('is added, changed without its secret, and deleted', async () => {
    const added = await submit('/dashboard/identity-providers', ada, OKTA);
    expect([added.status, added.headers.get('location')]).toEqual([
      303,
      '/dashboard/identity-providers/okta',
    ]);
    const page = (await get('/dashboard/identity-providers/okta', ada)).text;
    expect(page).toContain('/sign-in/oidc/okta/callback');
    expect(page).toContain('shop team = editor team:shop');
    expect(page).not.toContain('own-client-secret');
    const version = /name="version" value="(\d+)"/.exec(page)![1]!;
    const { type: _, secret: _s, ...rest } = OKTA;
    const changed = { ...rest, name: 'Okta 2', secret: '', version };
    expect((await submit('/dashboard/identity-providers/okta', ada, changed)).status).toBe(303);
    const stale = await submit('/dashboard/identity-providers/okta', ada, changed);
    expect([stale.status, stale.text.includes('Another request has changed this')]).toEqual([409, true]);
    expect((await stored())[0]).toMatchObject({
      name: 'Okta 2',
      hasSecret: true,
      rules: [{ group: 'sre' }, { tags: ['team:shop'] }],
    });
    expect((await submit('/dashboard/identity-providers/okta/delete', ada, {})).status).toBe(422);
    expect((await submit('/dashboard/identity-providers/okta/delete', ada, { confirm: 'yes' })).status).toBe(
      303,
    );
    expect(await stored()).toEqual([]);
  });

  test.each([
    ['without a name', { name: '' }, 'name-error'],
    ['with an unknown role', { rules: 'sre = owner' }, 'rules-error'],
    ['with a rule for nobody', { rules: 'sre' }, 'rules-error'],
  ])('%s is refused at its field, and what was typed stays', async (_, fields, id) => {
    const refused = await submit('/dashboard/identity-providers', ada, { ...OKTA, ...fields });
    expect([refused.status, refused.text.includes(`id="${id}"`)]).toEqual([422, true]);
    expect(refused.text).toContain('value="https://idp.example.com"');
    expect(await stored()).toEqual([]);
  });

  test('rules as lines are the same after reading', () => {
    const rules = [
      { group: 'cn = ops, ou = all', role: 'admin', tags: null },
      { group: 'shop', role: 'editor', tags: ['team:shop', 'team:web'] },
    ];
    expect(readGroupRules(writeGroupRules(rules))).toEqual(rules);
  });
});
