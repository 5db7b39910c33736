import { describe, expect, test } from 'vitest';
import { systemCaller } from '../../../src/access/caller.ts';
import { restrictingTagsError } from '../../../src/services/access/restricting-tags.ts';

const NAMES = new Set(['team', 'stage']);
const ADMIN = systemCaller(0);
const EDITOR = { ...ADMIN, role: 'editor' as const };
const SHOP = { ...EDITOR, restriction: ['team:shop'] };

describe('a new entry', () => {
  test('of a restricted caller needs a tag inside', () => {
    for (const tags of [{}, { owner: 'ann' }])
      expect(restrictingTagsError(SHOP, tags, null, NAMES)).toEqual({
        kind: 'invalid',
        path: ['tags'],
        message: 'Your access is restricted to team:shop. Set one of these tags.',
      });
    expect(restrictingTagsError(SHOP, { team: 'shop', owner: 'ann' }, null, NAMES)).toBeNull();
  });

  test('of a restricted caller cannot have a restricting tag of another team, which the message names', () => {
    expect(restrictingTagsError(SHOP, { team: 'shop', stage: 'live' }, null, NAMES)).toMatchObject({
      path: ['tags'],
      message:
        'Your access is restricted to team:shop. You cannot set stage:live. Remove it, or ask an admin.',
    });
    expect(restrictingTagsError(SHOP, { team: 'bank' }, null, NAMES)).toMatchObject({
      message:
        'Your access is restricted to team:shop. You cannot set team:bank. Remove it, or ask an admin.',
    });
  });

  test('may have any value of a tag whose name alone restricts', () => {
    const byName = { ...EDITOR, restriction: ['team'] };
    expect(restrictingTagsError(byName, { team: 'anything' }, null, NAMES)).toBeNull();
  });

  test('is impossible for a caller who sees nothing', () => {
    const nothing = { ...EDITOR, restriction: [] };
    expect(restrictingTagsError(nothing, { team: 'shop' }, null, NAMES)?.kind).toBe('invalid');
    expect(restrictingTagsError(nothing, {}, null, new Set())).toMatchObject({
      message: 'Your access is restricted to nothing. Ask an admin for access.',
    });
  });

  test('of an unrestricted editor may have any tag', () => {
    expect(restrictingTagsError(EDITOR, { team: 'bank' }, null, NAMES)).toBeNull();
  });
});

describe('a stored entry', () => {
  test.each([
    ['set', {}, { team: 'shop' }],
    ['changed', { team: 'shop' }, { team: 'bank' }],
    ['removed', { team: 'shop' }, {}],
  ])('keeps a restricting tag that an editor has %s', (_, stored, written) => {
    for (const caller of [EDITOR, SHOP])
      expect(restrictingTagsError(caller, written, stored, NAMES)).toMatchObject({
        kind: 'forbidden',
        path: ['tags', 'team'],
      });
    expect(restrictingTagsError(ADMIN, written, stored, NAMES)).toBeNull();
  });

  test('takes other tags from an editor', () => {
    const stored = { team: 'shop', owner: 'ann' };
    expect(restrictingTagsError(SHOP, { team: 'shop', owner: 'bob', page: '1' }, stored, NAMES)).toBeNull();
  });

  test('treats a tag named like a property of objects as any other', () => {
    const names = new Set(['toString', 'constructor']);
    expect(restrictingTagsError(EDITOR, {}, {}, names)).toBeNull();
    expect(restrictingTagsError(EDITOR, { toString: 'x' } as never, {}, names)).toMatchObject({
      kind: 'forbidden',
    });
  });

  test('the refusal says which value to leave', () => {
    const messageOf = (written: Record<string, string>, stored: Record<string, string>) =>
      (restrictingTagsError(EDITOR, written, stored, NAMES) as { message: string }).message;
    expect(messageOf({}, { team: 'shop' })).toBe(
      'The tag "team" restricts access, so only admins change it. Leave it at "shop", or ask an admin.',
    );
    expect(messageOf({ team: 'shop' }, {})).toBe(
      'The tag "team" restricts access, so only admins change it. Leave it out, or ask an admin.',
    );
  });
});
