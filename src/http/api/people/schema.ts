// Owns people as the API shows them to admins: without credentials.
import { z } from 'zod';
import { normalizeUsername, usernameProblem } from '../../../services/local-accounts/username.ts';
import { type PersonDefinition, personState } from '../../../services/people/person.ts';
import type { Credentials } from '../../../store/credentials.ts';
import { LOCAL_ISSUER, type PersonRow } from '../../../store/people.ts';
import { idSchema, iso, isoOrNull, isUnique, nameSchema, timeSchema } from '../common.ts';
import { restrictionSchema, roleSchema, shownRestrictionSchema } from '../role-schema.ts';

/** Case does not matter: it is stored and compared in lower case. */
const usernameSchema = z
  .string()
  .transform((text, context) => {
    const username = normalizeUsername(text);
    const message = usernameProblem(username);
    if (message !== null) context.addIssue({ code: 'custom', message });
    return username;
  })
  .meta({
    description: 'What the person types to sign in. Case does not matter, and an e-mail address is allowed.',
    type: 'string',
    example: 'ada',
  });

const personNameSchema = nameSchema.meta({
  description: 'The display name: one line of 1 to 120 characters.',
  example: 'Ada Lovelace',
});

export const contactsSchema = z
  .array(idSchema)
  .max(20)
  .refine(isUnique, { error: 'Must have unique ids.' })
  .meta({
    description: 'Ids of the channels that reach the person while on call.',
    example: ['ada-sms'],
  });

export const personInputSchema = z
  .strictObject({
    name: personNameSchema,
    username: usernameSchema,
    role: roleSchema,
    tags: restrictionSchema.default(null),
    channels: contactsSchema.default([]),
  })
  .meta({
    id: 'PersonInput',
    description: 'The fields of a local person to create.',
    example: { name: 'Ada Lovelace', username: 'ada', role: 'editor', tags: ['team:shop'] },
  });

const disabledSchema = z.boolean().meta({
  description: 'A disabled person cannot sign in. Disabling a person ends all sessions and the invitation.',
});

export const personPatchSchema = z
  .strictObject({
    name: personNameSchema.optional(),
    role: roleSchema.optional(),
    tags: restrictionSchema.optional(),
    disabled: disabledSchema.optional(),
    channels: contactsSchema.optional(),
  })
  .meta({
    id: 'PersonPatch',
    description:
      'The fields of a person to update. An identity provider decides name, role and tags of its people.',
    example: { disabled: true },
  });

export const personSchema = z
  .strictObject({
    id: z.string().meta({ description: 'The id.', example: 'per_4q0rk2m9s7w1x3z5b8d6' }),
    name: z.string().meta({ description: 'The display name.', example: 'Ada Lovelace' }),
    username: z.string().nullable().meta({
      description: 'What a local person types to sign in. Null for people of an identity provider.',
      example: 'ada',
    }),
    email: z.string().nullable().meta({
      description: 'The e-mail address, for display only. Null if the identity provider sends none.',
      example: 'ada@acme.test',
    }),
    issuer: z.string().meta({
      description: `The issuer of the identity provider, or \`${LOCAL_ISSUER}\`. A person is an issuer and a subject.`,
      example: LOCAL_ISSUER,
    }),
    subject: z.string().meta({
      description: "The person's id at the issuer.",
      example: 'per_4q0rk2m9s7w1x3z5b8d6',
    }),
    role: roleSchema.nullable().meta({
      description:
        'The role. Null: the identity provider gives no group with a role, so the person cannot sign in.',
    }),
    tags: shownRestrictionSchema,
    disabled: disabledSchema,
    channels: contactsSchema,
    state: z.enum(['active', 'invited', 'locked_out', 'no_role', 'disabled']).meta({
      description:
        'Whether the person can sign in. `invited`: only with the link of an invitation. `locked_out`: neither with a link nor with a passkey or a password, so send an invitation. `no_role`: no group has a role.',
    }),
    credentials: z
      .strictObject({
        passkeys: z.int().min(0).meta({ description: 'The number of passkeys.', example: 1 }),
        password: z.boolean().meta({ description: 'Whether a password is set.' }),
        authenticatorApp: z.boolean().meta({ description: 'Whether an authenticator app is set.' }),
      })
      .meta({ description: 'What a local person can sign in with.' }),
    invitationExpiresAt: timeSchema.nullable().meta({
      description: 'Until when the link of the newest invitation works. Null without one.',
    }),
    lastSignInAt: timeSchema.nullable().meta({
      description: 'When the person last signed in. Null if that never happened.',
    }),
    createdAt: timeSchema,
    updatedAt: timeSchema,
  })
  .meta({ id: 'Person', description: 'A person who signs in.' });

export const invitationSchema = z
  .strictObject({
    url: z.string().meta({
      description:
        'The link with which the person sets a passkey or a password. It works once, and no response shows it again. Send it over a channel that only the person reads.',
      example: 'https://status.acme.test/invitation?token=pmi_EXAMPLEexampleEXAMPLEexampleEXAMPLEexample1',
    }),
    expiresAt: timeSchema.meta({ description: 'Until when the link works: 72 hours.' }),
  })
  .meta({ id: 'Invitation', description: 'The link of an invitation.' });

export const createdPersonSchema = personSchema
  .extend({ invitation: invitationSchema })
  .meta({ id: 'CreatedPerson', description: 'A new local person, with the invitation.' });

/** The stored fields with an update applied. Null removes a restriction. */
export const mergePerson = (
  stored: PersonDefinition,
  { name, role, tags, disabled, channels }: z.output<typeof personPatchSchema>,
): PersonDefinition => ({
  name: name ?? stored.name,
  role: role ?? stored.role,
  tags: tags === undefined ? stored.tags : tags,
  disabled: disabled ?? stored.disabled,
  channels: channels ?? stored.channels,
});

export function toPersonResponse(row: PersonRow, credentials: Credentials): z.input<typeof personSchema> {
  const { id, name, username, email, issuer, subject, role, tags, disabled } = row;
  return {
    ...{ id, name, username, email, issuer, subject, role, tags, disabled, channels: row.channels },
    state: personState(row, credentials),
    credentials: {
      passkeys: credentials.passkeys,
      password: row.passwordHash !== null,
      authenticatorApp: row.totpSecret !== null,
    },
    invitationExpiresAt: isoOrNull(credentials.invitationExpiresAt),
    lastSignInAt: isoOrNull(row.lastSignInAt),
    createdAt: iso(row.createdAt),
    updatedAt: iso(row.updatedAt),
  };
}
