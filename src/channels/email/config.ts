// Owns the config of the email channel: the sender, the recipients and what each provider needs. Schemas only.
import { z } from 'zod';

const PROVIDERS = ['cloudflare', 'resend', 'postmark', 'ses'] as const;
export type Provider = (typeof PROVIDERS)[number];

/** Of every provider: docs/channels/email.md cites the pages. */
export const MAX_RECIPIENTS = 50;

/** An address that every provider takes. */
export const mailAddressSchema = z
  .email('Invalid email address. Use name@host.')
  .max(254)
  // The whole address is a header, and part of one in the APIs that take a list as text.
  .regex(/^[!-~]+$/, 'An email address must be ASCII without spaces. Use name@host.');

const secret = (description: string, example: string) =>
  z
    .string()
    .min(8)
    .max(500)
    .regex(/^[!-~]+$/, 'The value must be printable ASCII without spaces. Copy it again.')
    .optional()
    .meta({ description, example });

const fields = z.strictObject({
  provider: z.enum(PROVIDERS).meta({
    description:
      'Who sends the mail: `cloudflare` (the `EMAIL` binding of the Worker), `resend`, `postmark` or `ses` (Amazon SES).',
  }),
  from: mailAddressSchema.meta({
    description: 'Address of the sender. Its domain must be verified at the provider.',
    example: 'alerts@example.com',
  }),
  fromName: z
    .string()
    .min(1)
    .max(80)
    .refine(
      (name) => /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}"\\<>]+$/u.test(name),
      'The name must be one line without quotes, backslashes, "<" and ">". Remove them.',
    )
    .default('probemesh')
    .meta({ description: 'Name of the sender. Defaults to `probemesh`.', example: 'Acme alerts' }),
  to: z
    .array(mailAddressSchema)
    .min(1)
    .max(MAX_RECIPIENTS)
    .meta({
      description: `Addresses of the recipients, 1 to ${MAX_RECIPIENTS}. They see each other.`,
      example: ['on-call@example.com'],
    }),
  apiKey: secret(
    'Resend: an API key with sending access. Postmark: the server API token. Never returned.',
    're_0123456789abcdef',
  ),
  messageStream: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,29}$/, 'Use the ID of a message stream, such as outbound.')
    .optional()
    .meta({ description: 'Postmark only: ID of the message stream. Defaults to `outbound`.' }),
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'Use an AWS region, such as eu-central-1.')
    .optional()
    .meta({ description: 'Amazon SES only: the AWS region.', example: 'eu-central-1' }),
  accessKeyId: z
    .string()
    .regex(/^[A-Z0-9]{16,128}$/, 'Use the access key id of an IAM user, such as AKIAIOSFODNN7EXAMPLE.')
    .optional()
    .meta({
      description: 'Amazon SES only: access key of an IAM user that may `ses:SendEmail`.',
      example: 'AKIAIOSFODNN7EXAMPLE',
    }),
  secretAccessKey: secret(
    'Amazon SES only: the secret of that access key. It signs requests. Never returned.',
    'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  ),
  apiUrl: z
    .url({ protocol: /^https?$/, error: 'Invalid URL. Use https://host.' })
    .max(500)
    .regex(/^[^?#]*$/, 'The URL must not contain "?" or "#". Remove them.')
    .optional()
    .meta({
      description: "Address of the provider's API. Omit it for the provider's own.",
      example: 'https://api.resend.com',
    }),
});

const NEEDED: Readonly<Record<Provider, readonly (keyof z.output<typeof fields>)[]>> = {
  cloudflare: [],
  resend: ['apiKey'],
  postmark: ['apiKey'],
  ses: ['region', 'accessKeyId', 'secretAccessKey'],
};

export const emailConfig = fields.superRefine((config, context) => {
  for (const field of NEEDED[config.provider]) {
    if (config[field] === undefined)
      context.addIssue({
        code: 'custom',
        path: [field],
        message: `\`${field}\` is missing: the provider ${config.provider} needs it. Add it.`,
      });
  }
});
export type EmailConfig = z.output<typeof emailConfig>;
