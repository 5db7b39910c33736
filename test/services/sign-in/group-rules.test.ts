import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ROLES } from '../../../src/access/role.ts';
import { accessOf, claimAt, groupsOf } from '../../../src/services/sign-in/group-rules.ts';
import type { GroupRule } from '../../../src/store/identity-providers.ts';

const oidc = (rules: GroupRule[], groupsClaim = 'groups') => ({ type: 'oidc', groupsClaim, rules }) as const;
const rule = (group: string, role: GroupRule['role'], tags: string[] | null = null): GroupRule => ({
  group,
  role,
  tags,
});

describe('the groups of a person', () => {
  test.each<[string, object, string[]]>([
    ['groups', {}, []],
    ['groups', { groups: null }, []],
    ['groups', { groups: { sre: true } }, []],
    ['groups', { groups: ['sre', 3, null, '', ['x'], 'shop'] }, ['sre', 'shop']],
    ['groups', { groups: 'sre shop' }, ['sre shop']],
    ['custom.groups', { custom: { groups: ['sre'] } }, ['sre']],
    ['realm_access.roles', { realm_access: { roles: ['sre'] } }, ['sre']],
    ['https://acme.test/groups', { 'https://acme.test/groups': ['sre'] }, ['sre']],
    ['https://acme.test/app.groups', { 'https://acme.test/app': { groups: ['sre'] } }, ['sre']],
    ['cognito:groups', { 'cognito:groups': ['sre'] }, ['sre']],
    ['constructor.name', {}, []],
    ['groups.length', { groups: ['sre'] }, []],
    ['__proto__.x', {}, []],
  ])('at the path %s of %j are %j', (groupsClaim, claims, groups) => {
    expect(groupsOf({ type: 'oidc', groupsClaim }, claims as Record<string, unknown>)).toEqual(groups);
  });

  test('a path that leads nowhere finds nothing', () => {
    expect(claimAt({ a: { b: 1 } }, 'a.c')).toBeUndefined();
    expect(claimAt({ a: { b: 1 } }, '.a')).toBeUndefined();
    expect(claimAt({ a: { b: 1 } }, 'a.')).toBeUndefined();
  });

  test.each([
    ['oidc', { email: 'a@acme.test' }, []],
    ['oidc', { email: 'a@acme.test', email_verified: false }, []],
    ['oidc', { email: 'a@acme.test', email_verified: 'true' }, []],
    ['oidc', { email: 'a@acme.test', email_verified: true }, ['a@acme.test']],
    ['cloudflare_access', { email: 'a@acme.test' }, ['a@acme.test']],
  ] as const)('an e-mail address of %s %j counts only if it is verified', (type, claims, groups) => {
    expect(groupsOf({ type, groupsClaim: 'email' }, claims)).toEqual(groups);
  });

  test('an e-mail address matches in either case, and a group does not', () => {
    const claims = { email: 'Ann@Acme.test', email_verified: true, groups: ['SRE'] };
    expect(accessOf(oidc([rule('ann@acme.test', 'viewer')], 'email'), claims)).not.toBeNull();
    expect(accessOf(oidc([rule('sre', 'viewer')]), claims)).toBeNull();
  });
});

describe('what the groups allow', () => {
  const claims = { groups: ['a', 'b', 'c'] };

  test('without a matching rule, a person may not sign in', () => {
    expect(accessOf(oidc([]), claims)).toBeNull();
    expect(accessOf(oidc([rule('x', 'admin')]), claims)).toBeNull();
  });

  test('the highest role counts', () => {
    expect(accessOf(oidc([rule('a', 'viewer'), rule('c', 'editor'), rule('x', 'admin')]), claims)).toEqual({
      role: 'editor',
      tags: null,
    });
  });

  test('the tags of the highest role are joined, and those of lower roles do not count', () => {
    const rules = [
      rule('a', 'editor', ['team:shop', 'team:web']),
      rule('b', 'editor', ['team:web', 'x']),
      rule('c', 'viewer'),
    ];
    expect(accessOf(oidc(rules), claims)).toEqual({ role: 'editor', tags: ['team:shop', 'team:web', 'x'] });
  });

  test('one rule of the highest role without a restriction lifts it', () => {
    const rules = [rule('a', 'editor', ['team:shop']), rule('b', 'editor')];
    expect(accessOf(oidc(rules), claims)).toEqual({ role: 'editor', tags: null });
  });

  test('an admin is never restricted', () => {
    expect(accessOf(oidc([rule('a', 'admin', ['team:shop'])]), claims)).toEqual({
      role: 'admin',
      tags: null,
    });
  });

  test('one more group never takes a role away, and the order of rules changes nothing', () => {
    const names = ['a', 'b', 'c', 'd'];
    const anyRule = fc.record({
      group: fc.constantFrom(...names),
      role: fc.constantFrom(...ROLES),
      tags: fc.option(fc.subarray(['t:1', 't:2'], { minLength: 1 }), { nil: null }),
    });
    const rules = fc.uniqueArray(anyRule, { selector: ({ group }) => group });
    fc.assert(
      fc.property(rules, fc.subarray(names), fc.constantFrom(...names), (list, groups, more) => {
        const of = (ordered: GroupRule[], held: string[]) => accessOf(oidc(ordered), { groups: held });
        expect(of(list.toReversed(), groups)).toEqual(of(list, groups));
        const rank = (access: ReturnType<typeof of>) => (access === null ? -1 : ROLES.indexOf(access.role));
        expect(rank(of(list, [...groups, more]))).toBeGreaterThanOrEqual(rank(of(list, groups)));
      }),
    );
  });
});
