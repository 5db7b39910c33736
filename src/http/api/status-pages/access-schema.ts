// Owns who may read a status page, as the API shows and takes it. Plain zod.
import { z } from 'zod';
import { MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH } from '../../../services/local-accounts/password-rules.ts';
import { idSchema, isUnique } from '../common.ts';

const type = <T extends string>(value: T, description: string) => z.literal(value).meta({ description });

const domainSchema = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^(?=.{3,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}$/, {
    error: 'Must be a domain such as shop.example, in ASCII and without "@".',
  });

const publicAccess = z.strictObject({ type: type('public', 'Everyone reads the page.') });

const signInAccess = z.strictObject({
  type: type('sign_in', 'People who signed in to this mesh read the page.'),
  providers: z
    .array(idSchema)
    .min(1)
    .max(20)
    .refine(isUnique, { error: 'Must not repeat an entry.' })
    .nullable()
    .default(null)
    .meta({
      description:
        'Ids of identity providers, and `local` for local accounts: only people who signed in with one of them. Null: all people.',
      example: ['acme'],
    }),
});

const domains = z
  .array(domainSchema)
  .min(1)
  .max(20)
  .refine(isUnique, { error: 'Must not repeat an entry.' })
  .meta({ description: 'Domains of the addresses, without their subdomains.', example: ['shop.example'] });

const emailAccess = z.strictObject({
  type: type('email', 'People with an address of a domain read the page: they get a link by mail.'),
  domains,
  channel: idSchema.nullable().meta({
    description:
      'The id of the email channel whose sender and provider send the links. Null: the channel was deleted, so no link is sent.',
    example: 'mail',
  }),
});

const passwordType = type('password', 'People who know the password read the page.');

const passwordAccess = z.strictObject({
  type: passwordType,
  password: z
    .string()
    .min(MIN_PASSWORD_LENGTH)
    .max(MAX_PASSWORD_LENGTH)
    .nullable()
    .default(null)
    .meta({
      description: `The password, ${MIN_PASSWORD_LENGTH} to ${MAX_PASSWORD_LENGTH} characters. A read returns null. Null keeps the stored one. A new one ends all access, and replaces the key of the feeds.`,
      example: 'four random words here',
    }),
});

const DESCRIPTION =
  'Who may read the page, in all its forms: HTML, feeds, badges, API, embed and Markdown. A page that is not public also shows monitors that are not `public`.';

export const accessSchema = z
  .discriminatedUnion('type', [publicAccess, passwordAccess, emailAccess, signInAccess])
  .meta({ description: DESCRIPTION, example: { type: 'public' } });

export const shownAccessSchema = z
  .discriminatedUnion('type', [
    publicAccess,
    z.strictObject({
      type: passwordType,
      password: z.null().meta({ description: 'Always null: a password is never returned.' }),
    }),
    emailAccess,
    signInAccess,
  ])
  .meta({ description: DESCRIPTION, example: { type: 'public' } });
