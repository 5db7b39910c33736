// Owns identity providers as the API shows them. The client secret is accepted and never returned.
import { z } from 'zod';
import { ROLES } from '../../../access/role.ts';
import {
  type ProviderDefinition,
  shownProvider,
} from '../../../services/identity-providers/identity-providers.ts';
import { callbackPath } from '../../../services/sign-in/oidc.ts';
import type { ProviderRow } from '../../../store/identity-providers.ts';
import { idSchema, isOneLine, iso, nameSchema, timeSchema } from '../common.ts';
import { mergePatch } from '../merge-patch.ts';
import { tagSelectorSchema } from '../tags.ts';

const textSchema = (max: number) => {
  const error = `Must be one line of 1 to ${max} characters.`;
  return z.string().trim().min(1, { error }).max(max, { error }).refine(isOneLine, { error });
};

const typeSchema = z.enum(['oidc', 'cloudflare_access']).meta({
  description:
    'The kind of provider. `oidc`: an OpenID Connect issuer. `cloudflare_access`: Cloudflare Access in front of the Worker.',
});

const issuerSchema = textSchema(500).meta({
  description:
    'The URL of the issuer, exactly as its tokens name it. For Cloudflare Access: `https://<team>.cloudflareaccess.com`.',
  example: 'https://idp.example.com',
});

const audienceSchema = textSchema(200).meta({
  description: 'The client id. For Cloudflare Access: the audience tag (AUD) of the application.',
  example: 'probemesh',
});

const secretSchema = z.string().max(1000, { error: 'Must have at most 1000 characters.' }).nullable().meta({
  description:
    'The client secret. Never returned: reads show null. Null keeps the stored secret, and "" removes it. Not for Cloudflare Access.',
  example: 'keep-this-secret',
});

const scopesSchema = z
  .array(
    z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/, { error: 'A scope has no spaces and no quotes.' }),
  )
  .max(20, { error: 'Must be at most 20 scopes.' })
  .meta({
    description:
      'The scopes that a sign-in requests. Must include `openid`. Default: openid, profile, email. Empty for Cloudflare Access.',
    example: ['openid', 'profile', 'email', 'groups'],
  });

const groupsClaimSchema = textSchema(200).meta({
  description:
    'The path of the claim that lists the groups of a person. `email` uses the verified e-mail address as the group. Default: `groups`, and `custom.groups` for Cloudflare Access.',
  example: 'groups',
});

const ruleSchema = z
  .strictObject({
    group: textSchema(300).meta({ description: 'The group, exactly as the claim names it.', example: 'sre' }),
    role: z.enum(ROLES).meta({ description: 'The role of the members.' }),
    tags: z
      .array(tagSelectorSchema)
      .min(1, { error: 'Must list at least one tag, or be null for access to everything.' })
      .max(20, { error: 'Must be at most 20 tags.' })
      .nullable()
      .default(null)
      .meta({
        description:
          'The restriction of the members: what has one of these tags is visible to them. Null: everything. Always null for admins.',
        example: ['team:shop'],
      }),
  })
  .refine(({ role, tags }) => role !== 'admin' || tags === null, {
    path: ['tags'],
    error: 'An admin is never restricted. Remove the tags, or choose another role.',
  })
  .meta({ id: 'GroupRule', description: 'A group and what its members may do.' });

const rulesSchema = z
  .array(ruleSchema)
  .max(200, { error: 'Must be at most 200 rules.' })
  .refine((rules) => new Set(rules.map(({ group }) => group)).size === rules.length, {
    error: 'Two rules name the same group. Keep one of them.',
  })
  .meta({
    description:
      'What each group may do. Of several groups, the highest role counts. Its tags are joined, unless one of its rules has none. Without a matching rule, a person cannot sign in.',
    example: [
      { group: 'sre', role: 'admin', tags: null },
      { group: 'shop', role: 'editor', tags: ['team:shop'] },
    ],
  });

const enabledSchema = z.boolean().meta({
  description: 'Whether people can sign in with the provider. Disabling it ends their sessions.',
});

const DEFAULTS = {
  oidc: { scopes: ['openid', 'profile', 'email'], groupsClaim: 'groups' },
  cloudflare_access: { scopes: [], groupsClaim: 'custom.groups' },
};

export const providerInputSchema = z
  .strictObject({
    id: idSchema.optional(),
    type: typeSchema,
    name: nameSchema,
    issuer: issuerSchema,
    audience: audienceSchema,
    secret: secretSchema.default(null),
    scopes: scopesSchema.optional(),
    groupsClaim: groupsClaimSchema.optional(),
    rules: rulesSchema,
    enabled: enabledSchema.default(true),
  })
  .superRefine(({ type, scopes }, context) => {
    const wrong =
      type === 'oidc' && scopes !== undefined && !scopes.includes('openid')
        ? 'Must include `openid`.'
        : type === 'cloudflare_access' && scopes && scopes.length > 0
          ? 'Cloudflare Access has no scopes. Remove them.'
          : null;
    if (wrong !== null) context.addIssue({ code: 'custom', path: ['scopes'], message: wrong });
  })
  .meta({
    id: 'IdentityProviderInput',
    description: 'The fields of an identity provider to create.',
    example: {
      id: 'okta',
      type: 'oidc',
      name: 'Okta',
      issuer: 'https://idp.example.com',
      audience: 'probemesh',
      secret: 'keep-this-secret',
      rules: [{ group: 'sre', role: 'admin' }],
    },
  });

export type ProviderInput = z.output<typeof providerInputSchema>;

/** The definition with the defaults of its type. */
export const toDefinition = (input: ProviderInput): ProviderDefinition => ({
  ...input,
  // Its tokens name the issuer without the slash that people copy from the address bar.
  issuer: input.type === 'cloudflare_access' ? input.issuer.replace(/\/$/, '') : input.issuer,
  scopes: input.scopes ?? DEFAULTS[input.type].scopes,
  groupsClaim: input.groupsClaim ?? DEFAULTS[input.type].groupsClaim,
});

export const providerPatchSchema = z
  .strictObject({
    name: nameSchema.optional(),
    issuer: issuerSchema.optional(),
    audience: audienceSchema.optional(),
    secret: secretSchema.optional(),
    scopes: scopesSchema.nullable().optional(),
    groupsClaim: groupsClaimSchema.nullable().optional(),
    rules: rulesSchema.optional(),
    enabled: enabledSchema.nullable().optional(),
  })
  .meta({
    id: 'IdentityProviderPatch',
    description:
      'The fields of an identity provider to update. Null restores a default, except that it keeps a secret.',
    example: { rules: [{ group: 'sre', role: 'admin' }] },
  });

export type ProviderPatch = z.output<typeof providerPatchSchema>;

/** The stored fields with an update applied (RFC 7396). The secret that is stored reads as null. */
export const mergeProvider = (stored: ProviderDefinition, changes: ProviderPatch): Record<string, unknown> =>
  mergePatch({ ...stored }, changes);

export const providerSchema = z
  .strictObject({
    id: idSchema,
    type: typeSchema,
    name: nameSchema,
    issuer: issuerSchema,
    audience: audienceSchema,
    secret: z.null().meta({ description: 'Always null: the secret is never returned.' }),
    hasSecret: z.boolean().meta({ description: 'Whether a client secret is stored.' }),
    scopes: scopesSchema,
    groupsClaim: groupsClaimSchema,
    rules: rulesSchema,
    enabled: enabledSchema,
    redirectUri: z.string().nullable().meta({
      description: 'The redirect URI to register at the issuer. Null for Cloudflare Access.',
      example: 'https://status.example.com/sign-in/oidc/okta/callback',
    }),
    signedOutUri: z.string().nullable().meta({
      description:
        'The address to register at the issuer for the return after a sign-out. Null for Cloudflare Access.',
      example: 'https://status.example.com/signed-out',
    }),
    createdAt: timeSchema,
    updatedAt: timeSchema,
  })
  .meta({
    id: 'IdentityProvider',
    description: 'Where people sign in, and what their groups may do.',
  });

export function toProviderResponse(row: ProviderRow, origin: string): z.output<typeof providerSchema> {
  const isOidc = row.type === 'oidc';
  return {
    ...shownProvider(row),
    rules: row.rules.map(({ group, role, tags }) => ({ group, role, tags: tags && [...tags] })),
    secret: null,
    redirectUri: isOidc ? origin + callbackPath(row.id) : null,
    signedOutUri: isOidc ? `${origin}/signed-out` : null,
    createdAt: iso(row.createdAt),
    updatedAt: iso(row.updatedAt),
  };
}
