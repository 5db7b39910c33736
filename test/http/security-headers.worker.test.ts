// What each page may do in a browser: only what it needs.
import { beforeAll, describe, expect, test } from 'vitest';
import { RULES } from '../../src/http/access/rules.ts';
import { ask } from '../support/d1/http-mesh.ts';
import { get, type SignedIn, signIn } from '../support/d1/signed-in.ts';

let admin: SignedIn;
beforeAll(async () => {
  admin = await signIn('admin');
});

const policyOf = (headers: Headers): Record<string, string> =>
  Object.fromEntries(
    headers
      .get('content-security-policy')!
      .split(';')
      .map((directive) => directive.trim())
      .filter((directive) => directive !== '')
      .map((directive) => [directive.split(' ', 1)[0]!, directive.slice(directive.indexOf(' ') + 1)]),
  );

const paths = [
  ...new Set(Object.keys(RULES).map((endpoint) => endpoint.split(' ')[1]!.replaceAll(/:\w+/g, 'nothing'))),
];

/** Other sites show it in a frame: it has one link, and no form. */
const isEmbed = (path: string): boolean => /^(\/pages\/nothing)?\/embed$/.test(path);

/** A page of this origin shows it in a frame: what a form would make. */
const isPreview = (path: string): boolean => path.startsWith('/dashboard/preview/');

describe('the security headers', () => {
  test('forbid frames, other origins, sniffing and a shared window on every route', async () => {
    expect(paths.filter(isEmbed)).toHaveLength(2);
    const closed = paths.filter((one) => !isEmbed(one) && !isPreview(one));
    for (const path of [...closed, '/nothing', '/api/v1/nothing', '/embed/x']) {
      const { headers } = await ask(path, { token: null, headers: { cookie: admin.cookie } });
      expect(policyOf(headers), path).toMatchObject({
        'default-src': "'none'",
        'base-uri': "'none'",
        'frame-ancestors': "'none'",
      });
      expect(headers.get('x-frame-options'), path).toBe('DENY');
      expect(headers.get('x-content-type-options'), path).toBe('nosniff');
      expect(headers.get('cross-origin-opener-policy'), path).toBe('same-origin');
      expect(headers.get('strict-transport-security'), path).toBe('max-age=31536000');
    }
  }, 120_000);

  test('allow no script from another origin or in the page, on any route', async () => {
    for (const path of paths) {
      const { headers } = await ask(path, { token: null });
      const policy = headers.get('content-security-policy')!;
      expect(isEmbed(path) ? policy.replace('frame-ancestors *', '') : policy, path).not.toMatch(
        /unsafe|https?:|data:|\*/,
      );
    }
  });

  test('allow frames of other sites for the embedded status only, which allows nothing else', async () => {
    for (const path of ['/embed', '/pages/nothing/embed', '/embed?theme=dark']) {
      const { headers } = await ask(path, { token: null });
      expect(policyOf(headers), path).toEqual({
        ...{ 'default-src': "'none'", 'style-src': "'self'", 'img-src': "'self'", 'base-uri': "'none'" },
        ...{ 'form-action': "'none'", 'frame-ancestors': '*' },
      });
      expect(headers.get('x-frame-options'), path).toBeNull();
    }
  });

  test('allow frames of this origin for previews only, in which nothing runs and no form is sent', async () => {
    const previews = paths.filter(isPreview);
    expect(previews).toHaveLength(2);
    for (const path of previews) {
      const { headers } = await get(path, admin);
      expect(policyOf(headers), path).toEqual({
        ...{ 'default-src': "'none'", 'style-src': "'self'", 'img-src': "'self'", 'base-uri': "'none'" },
        ...{ 'form-action': "'none'", 'frame-ancestors': "'self'", sandbox: 'allow-same-origin' },
      });
      expect(headers.get('x-frame-options'), path).toBe('SAMEORIGIN');
    }
    const { headers } = await get('/dashboard/people', admin);
    expect(policyOf(headers)['frame-src']).toBeUndefined();
  });

  test('let other sites load badges, the Statuspage API and the embed, and nothing else of a page', async () => {
    const policyFor = async (path: string) =>
      (await ask(path, { token: null })).headers.get('cross-origin-resource-policy');
    for (const path of [
      '/badges/state.svg',
      '/api/v2/status.json',
      '/embed',
      '/embed.js',
      '/pages/x/badges/state.svg',
    ])
      expect(await policyFor(path), path).toBe('cross-origin');
    for (const path of ['/', '/index.md', '/incidents/nothing', '/metrics'])
      expect(await policyFor(path), path).toBe('same-origin');
  });

  test.each([
    ['/', "'none'", undefined, 'no-referrer'],
    ['/incidents/nothing', "'none'", undefined, 'no-referrer'],
    ['/api/v1/docs', "'none'", undefined, 'no-referrer'],
    ['/api/v1/monitors', "'none'", undefined, 'no-referrer'],
    ['/signed-out', "'none'", undefined, 'no-referrer'],
    ['/sign-in', "'self'", "'self'", 'same-origin'],
    ['/sign-in/code', "'self'", undefined, 'same-origin'],
    ['/sign-in/oidc/nothing', "'self'", undefined, 'same-origin'],
    ['/setup', "'self'", "'self'", 'no-referrer'],
    ['/invitation/passkey', "'self'", "'self'", 'no-referrer'],
    ['/acknowledge/nothing', "'self'", undefined, 'no-referrer'],
    ['/interactions/slack/nothing', "'none'", undefined, 'no-referrer'],
    ['/dashboard/account', "'self'", "'self'", 'same-origin'],
    ['/dashboard/keys', "'self'", "'self'", 'same-origin'],
    ['/dashboard/people/nothing', "'self'", "'self'", 'same-origin'],
    ['/dashboards', "'none'", undefined, 'no-referrer'],
    ['/settings', "'none'", undefined, 'no-referrer'],
  ])(
    'allow on %s forms to %s, scripts of %s, and the referrer policy %s',
    async (path, form, script, referrer) => {
      const { headers } = await get(path, admin);
      const policy = policyOf(headers);
      expect(policy['form-action']).toBe(form);
      expect(policy['script-src']).toBe(script);
      expect(policy['connect-src']).toBe(script);
      expect(headers.get('referrer-policy')).toBe(referrer);
    },
  );

  test('allow passkeys only where a person signs in or adds one', async () => {
    const featuresOf = async (path: string) => (await get(path, null)).headers.get('permissions-policy')!;
    const isAllowed = (features: string) =>
      ['get', 'create'].filter((use) => features.includes(`publickey-credentials-${use}=(self)`));
    expect(isAllowed(await featuresOf('/sign-in'))).toEqual(['get']);
    for (const path of ['/setup', '/invitation', '/dashboard/account'])
      expect(isAllowed(await featuresOf(path))).toEqual(['create']);
    for (const path of ['/', '/dashboard/keys', '/api/v1/docs', '/sign-in/code'])
      expect(isAllowed(await featuresOf(path))).toEqual([]);
  });

  test('are the same on a refusal and on a page that does not exist', async () => {
    const viewer = await signIn('viewer');
    for (const path of ['/dashboard/people', '/dashboard/nothing']) {
      const { headers, status } = await get(path, viewer);
      expect([403, 404]).toContain(status);
      expect(policyOf(headers)['frame-ancestors']).toBe("'none'");
    }
  });
});
