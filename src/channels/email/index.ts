// Owns the email channel: one mail for each message, through Cloudflare's binding, Resend, Postmark or Amazon SES. Pure.
import { defineChannel } from '../channel.ts';
import { emailConfig } from './config.ts';
import { letterOf, mailCapacity } from './letter.ts';
import { letterRequest } from './letter-request.ts';
import { emailOutcome } from './outcome.ts';

export const email = defineChannel({
  type: 'email',
  audience: 'people',
  hasTemplates: true,
  docs: {
    name: 'Email',
    summary: 'Sends mails through Cloudflare Email Service, Resend, Postmark or Amazon SES.',
    setup: [
      'Verify the domain of the sender at the provider, with the DNS records that it lists.',
      'Cloudflare: onboard the domain to Email Service, remove the comment signs of `[[send_email]]` in `wrangler.toml`, and deploy. The channel needs no key.',
      'Resend: create an API key with the permission *Sending access* for that domain.',
      'Postmark: copy the *Server API token* of a server. Its transactional stream is `outbound`.',
      'Amazon SES: create an IAM user whose policy allows only `ses:SendEmail` for the identity, create an access key, and leave the sandbox.',
    ],
    example: {
      provider: 'resend',
      from: 'alerts@example.com',
      to: ['on-call@example.com'],
      apiKey: 're_0123456789abcdef',
    },
    behaviour: [
      'A mail has a text and an HTML part: what happened first, then the facts, then the links. The bar at the left is red for an outage, orange for a warning, green for an end, grey for a drill or a test.',
      'All mails of an incident refer to one message id, so that mail programs show one thread. Gmail also compares subjects, and shows the end of an incident apart.',
      '`List-Id` is the same for all mails, so a filter can use it. `Auto-Submitted` keeps absence notes away.',
      '`Importance` is high for an outage.',
      'All recipients see each other. Use one channel a recipient to avoid that.',
      'The provider decides whether links are rewritten. At Resend and Amazon SES, leave click tracking off.',
    ],
    limits: [
      '50 recipients a mail at every provider.',
      'Cloudflare: 5 MiB a mail, 16 KB of headers. Amazon SES: 870 characters a header. The channel stays far below.',
    ],
    references: [
      {
        label: 'Cloudflare Email Service, Workers API',
        url: 'https://developers.cloudflare.com/email-service/api/send-emails/workers-api/',
      },
      {
        label: 'Cloudflare Email Service, headers',
        url: 'https://developers.cloudflare.com/email-service/reference/headers/',
      },
      { label: 'Resend, send email', url: 'https://resend.com/docs/api-reference/emails/send-email' },
      { label: 'Postmark, email API', url: 'https://postmarkapp.com/developer/api/email-api' },
      {
        label: 'Amazon SES API v2, SendEmail',
        url: 'https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html',
      },
    ],
  },
  config: emailConfig,
  secretFields: ['apiKey', 'secretAccessKey'],
  // The secret access key signs, and is not sent.
  sentFields: ['apiKey'],
  urlFields: [],
  apiUrlFields: ['apiUrl'],
  originFields: ['provider', 'region'],
  async requests(message, config, { now, publicUrl }) {
    return [await letterRequest(config, message.id, letterOf(message, publicUrl), now)];
  },
  capacity: mailCapacity,
  outcomeOf: emailOutcome,
});
