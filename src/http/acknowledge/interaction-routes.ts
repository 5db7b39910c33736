// Owns the routes that vendors call when a person presses a button of a message: Slack and PagerDuty. The signature is the
// only credential. Does not know what a signature or a payload looks like: services/incidents does.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { timeText } from '../../channels/time-text.ts';
import { log } from '../../log.ts';
import type { Result, ValidationError } from '../../result.ts';
import {
  actByInteraction,
  type SignedRequest,
  verifyInteraction,
} from '../../services/incidents/act-by-channel.ts';
import type { ActionResult } from '../../services/incidents/act-on-incident.ts';
import {
  type Interaction,
  readPagerDutyInteraction,
  readSlackInteraction,
} from '../../services/incidents/interaction-payloads.ts';
import { originOf } from '../access/authenticate.ts';
import { isThrottled } from '../access/failed-tokens.ts';
import { inBackground } from '../access/in-background.ts';
import type { HttpEnv } from '../context.ts';

/** Slack shows an error to the person after three seconds without a response. */
const ANSWER_WITHIN_MS = 2_000;
const REPLY_TIMEOUT_MS = 5_000;

export function addInteractionRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.post('/interactions/slack/:channelId', async (c) => {
    const body = await c.req.text();
    const timestamp = c.req.header('x-slack-request-timestamp');
    const signature = c.req.header('x-slack-signature');
    return answer(c, { ...requestedBy(c), type: 'slack', body, timestamp, signature }, () =>
      readSlackInteraction(body),
    );
  });

  app.post('/interactions/pagerduty/:channelId', async (c) => {
    const body = await c.req.text();
    const signature = c.req.header('x-pagerduty-signature');
    return answer(c, { ...requestedBy(c), type: 'pagerduty', body, signature }, () =>
      readPagerDutyInteraction(body, c.var.now),
    );
  });
}

const requestedBy = (c: Context<HttpEnv>) => ({ origin: originOf(c), now: c.var.now });

async function answer(
  c: Context<HttpEnv>,
  request: SignedRequest,
  read: () => Interaction | null,
): Promise<Response> {
  const { config } = c.var;
  const channelId = c.req.param('channelId') ?? '';
  const channel = await verifyInteraction(config, channelId, request);
  if (channel === null) {
    log.warn('interaction.refused', { type: request.type, channel: channelId.slice(0, 63) });
    return c.text(REFUSED, (await isThrottled(c)) ? 429 : 401);
  }
  const interaction = read();
  // Other events of the subscription, and other buttons of the app.
  if (interaction === null) return c.body(null, 200);
  const work = actByInteraction(config, channel, request.type, interaction, request).then((done) =>
    reply(interaction, done),
  );
  inBackground(c, work);
  await Promise.race([work, new Promise((resolve) => setTimeout(resolve, ANSWER_WITHIN_MS))]);
  return c.body(null, 200);
}

const REFUSED =
  'The signature does not match. Set the signing secret of this channel, and check the clock.\n';

/** To the person alone, and only if the channel does not show it anyway. */
async function reply(
  { replyUrl, incidentId }: Interaction,
  done: Result<ActionResult, ValidationError> | null,
): Promise<void> {
  const text = replyOf(incidentId, done);
  if (replyUrl === null || text === null) return;
  try {
    const response = await fetch(replyUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ response_type: 'ephemeral', replace_original: false, text }),
      redirect: 'manual',
      signal: AbortSignal.timeout(REPLY_TIMEOUT_MS),
    });
    await response.body?.cancel();
  } catch (error) {
    log.warn('interaction.reply_failed', { error });
  }
}

function replyOf(incidentId: string, done: Result<ActionResult, ValidationError> | null): string | null {
  if (done === null)
    return `This channel was not notified of the incident ${incidentId}, so nothing was changed.`;
  if (!done.ok) return 'The incident is over, or was deleted: nothing was changed.';
  const { changed, incident } = done.value;
  if (changed || incident.acknowledgedAt === null) return null;
  const by = (incident.acknowledgedBy ?? '').replaceAll(/[&<>]/g, (sign) => ESCAPED[sign]!);
  return `Already acknowledged by ${by}, ${timeText(incident.acknowledgedAt, true)}.`;
}

/** https://docs.slack.dev/messaging/formatting-message-text */
const ESCAPED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
