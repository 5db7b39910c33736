// Owns the requests of a subscriber's message to Slack and to a webhook. Pure.
// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
import type { HttpRequest } from '../../channels/channel.ts';
import { escaped, postJson } from '../../channels/chat-text.ts';
import { signedPost } from '../../channels/webhook.ts';
import type { Mailing, MaintenanceNews } from '../../status-pages/mailing.ts';
import type { StatusPage } from '../../status-pages/model.ts';
import type { SubscriberLinks, SubscriberMessage } from './message.ts';

/** Of a section: https://docs.slack.dev/reference/block-kit/blocks/section-block */
const MAX_SECTION = 3_000;
const MAX_TITLE = 300;
const MAX_BODY = 2_000;

/** https://docs.slack.dev/messaging/formatting-message-text#escaping: without these, no text mentions a person or a channel. */
const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const slackText = (text: string, limit: number): string =>
  escaped(text, limit, (character) => ESCAPES[character] ?? character);

/** An address of our own, in which nothing can end the link. */
const slackLink = ({ label, url }: SubscriberMessage['link']): string =>
  `<${encodeURI(decodeURI(url)).replace(/[<>|]/g, '')}|${slackText(label, 100).replaceAll('|', '/')}>`;

export function slackRequest(address: string, message: SubscriberMessage): HttpRequest {
  const { title, facts, body, link, footer } = message;
  const lines = [
    `*${slackText(title, MAX_TITLE).replaceAll('*', '∗')}*`,
    ...facts.map(({ label, value }) => `${label}: ${slackText(value, MAX_TITLE)}`),
  ];
  const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });
  const context =
    footer === null
      ? []
      : [
          {
            type: 'context',
            elements: [
              {
                type: 'mrkdwn',
                text: `${slackText(footer.reason, MAX_TITLE)} ${slackLink(footer.manage)} · ${slackLink(footer.unsubscribe)}${footer.copy === null ? '' : ` · ${slackLink(footer.copy)}`}`,
              },
            ],
          },
        ];
  return postJson(address, {
    // What a notification of Slack shows.
    text: slackText(message.subject, MAX_TITLE),
    blocks: [
      section(lines.join('\n').slice(0, MAX_SECTION)),
      ...(body === '' ? [] : [section(slackText(body, MAX_BODY))]),
      section(slackLink(link)),
      ...context,
    ],
    unfurl_links: false,
    unfurl_media: false,
  });
}

const TYPES: Readonly<Record<Mailing['kind'], string>> = {
  update: 'status_page.update',
  announcement: 'status_page.announcement',
  maintenance: 'status_page.maintenance',
  incident: 'status_page.incident',
};

const pageData = ({ id, title }: StatusPage, { page }: SubscriberLinks) => ({ id, title, url: page });

const isoOrNull = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
const maintenanceData = ({ news, startsAt, endsAt }: MaintenanceNews) => ({
  ...{ news, startsAt: isoOrNull(startsAt), endsAt: isoOrNull(endsAt) },
});

interface Webhook {
  readonly address: string;
  readonly secret: string;
  /** The same for every attempt. */
  readonly id: string;
  readonly now: number;
}

export const webhookRequest = (
  { address, secret, id, now }: Webhook,
  mailing: Mailing,
  page: StatusPage,
  links: SubscriberLinks,
  { title, body, components }: SubscriberMessage,
): Promise<HttpRequest> =>
  signedPost(address, [secret], {
    id,
    now,
    body: {
      type: TYPES[mailing.kind],
      timestamp: new Date(mailing.at).toISOString(),
      data: {
        page: pageData(page, links),
        title,
        status: mailing.status,
        body,
        maintenance: mailing.maintenance === undefined ? null : maintenanceData(mailing.maintenance),
        components: components.map(({ component, name, impact }) => ({ id: component, name, impact })),
        url: `${links.page}${mailing.path}`,
        manageUrl: links.manage,
        unsubscribeUrl: links.unsubscribe,
      },
    },
  });

/** The secret is sent once, over https, to the only program that can answer. It signs everything that follows. */
export const challengeRequest = (
  { address, secret, id, now }: Webhook,
  { challenge, signedUpAt }: { readonly challenge: string; readonly signedUpAt: number },
  page: StatusPage,
  links: SubscriberLinks,
): Promise<HttpRequest> =>
  signedPost(address, [secret], {
    id,
    now,
    body: {
      type: 'subscription.challenge',
      timestamp: new Date(signedUpAt).toISOString(),
      data: { page: pageData(page, links), challenge, secret, manageUrl: links.manage },
    },
  });

/** The whole body, or the field `challenge` of a JSON object. */
export function returnsChallenge(body: string, challenge: string): boolean {
  if (body.trim() === challenge) return true;
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null && Reflect.get(parsed, 'challenge') === challenge;
  } catch {
    return false;
  }
}
