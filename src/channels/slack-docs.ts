// Owns the page of the Slack channel in docs/channels. Data only.
import type { ChannelDocs } from './channel.ts';

export const slackDocs: ChannelDocs = {
  name: 'Slack',
  summary:
    'Posts to a channel of Slack, by an incoming webhook or as a bot. A bot keeps one message for each incident up to date.',
  setup: [
    'Create an app at [api.slack.com/apps](https://api.slack.com/apps) in your workspace.',
    'For a webhook: activate **Incoming Webhooks**, add a webhook to a channel, and copy its address to `url`.',
    'For a bot: under **OAuth & Permissions**, add the bot scope `chat:write`, install the app, and copy the bot token to `token`. Invite the bot to the channel with `/invite`, and copy the id of the channel to `channel`.',
    'Optional: copy the **Signing Secret** of **Basic Information** to `signingSecret`. Under **Interactivity & Shortcuts**, set the request URL to `https://status.example.com/interactions/slack/CHANNEL-ID`.',
  ],
  example: {
    url: 'https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX',
  },
  behaviour: [
    'A message has a coloured bar, a title, a summary, facts, and buttons for the incident, the runbook and the acknowledgement.',
    'As a bot, the coordinator posts one message for each incident. It updates the message when the incident is acknowledged or resolved, and posts every follow-up into its thread.',
    'Reminders, escalations and an outage that follows a regional problem are also shown in the channel, because a thread alone notifies few people.',
    'Without `signingSecret`, the button **Acknowledge** opens a page. With it, the button acknowledges inside Slack.',
    'Names and details are plain text: they mention no person and make no links. Link previews are off.',
    'If a person deletes the message, the thread continues. The coordinator retries rate limits and outages of Slack. It retries no `invalid_auth` or `channel_not_found`: fix the config, then send the delivery again.',
  ],
  limits: [
    'Title: 150 characters. Text: 3,000. Facts: 10. Blocks: 50, so a digest lists up to 45 notifications in a message.',
  ],
  references: [
    {
      label: 'Incoming webhooks',
      url: 'https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks',
    },
    { label: 'chat.postMessage', url: 'https://docs.slack.dev/reference/methods/chat.postMessage' },
    { label: 'chat.update', url: 'https://docs.slack.dev/reference/methods/chat.update' },
    { label: 'Block Kit', url: 'https://docs.slack.dev/reference/block-kit/blocks' },
  ],
};
