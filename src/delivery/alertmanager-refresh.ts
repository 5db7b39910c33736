// Owns that open alerts do not expire in Alertmanager, which resolves what is not sent again: one round a minute for each
// channel, outside the outbox. Never throws. Does not send openings and ends: the outbox does.
// A queue consumer runs the rounds, because a Worker has six connections and a tick needs all of its own.
import { errorMessage } from '../../probes/contract/error-message.ts';
import {
  type AlertmanagerConfig,
  alertsRequest,
  firingAlert,
  type PostableAlert,
  resolvedAlert,
} from '../channels/alertmanager.ts';
import type { OutgoingNotification } from '../channels/notification.ts';
import { isBeginning } from '../channels/pairs.ts';
import { validateReceiverUrl } from '../channels/receiver-url.ts';
import type { EncryptionKeys } from '../encryption-key.ts';
import type { Config } from '../env.ts';
import { log } from '../log.ts';
import { channelPlace, unseal } from '../store/encryption.ts';
import { channelsToRefresh, channelToRefresh, endedAlerts, openAlertsOf } from '../store/open-alerts.ts';
import { recordChannelOutcome } from './channel-health.ts';
import { createReceiverRedactor } from './redact-receiver.ts';
import type { SendOptions } from './send.ts';
import type { SendPlaces } from './send-places.ts';

/** Alerts of one round. Each takes about a kilobyte. */
const MAX_ALERTS = 2_000;
/** Of one request. */
const AT_ONCE = 200;
const TIMEOUT_MS = 10_000;
const MAX_QUOTE_CHARACTERS = 160;

type RefreshConfig = Pick<Config, 'db' | 'deliveries' | 'publicUrl' | 'allowLoopback' | keyof EncryptionKeys>;

/** Enqueues a round for each channel, if any alert is open. A tick calls it. After a failure, the next tick tries again. */
export async function enqueueRefreshes(config: Pick<Config, 'db' | 'deliveries'>): Promise<void> {
  try {
    const ids = await channelsToRefresh(config.db, 'alertmanager');
    await Promise.all(ids.map((channelId) => config.deliveries.send({ channelId, refresh: true })));
  } catch (error) {
    log.warn('alertmanager.enqueue_failed', { error });
  }
}

/** Sends the channel's open alerts again. A failure counts for the health of the channel, and the next round tries again. */
export async function refreshAlerts(
  config: RefreshConfig,
  channelId: string,
  options: SendOptions,
  places: SendPlaces,
): Promise<void> {
  try {
    const channel = await channelToRefresh(config.db, channelId);
    if (channel === null) return;
    const open = (await openAlertsOf(config.db, channelId, MAX_ALERTS)).filter(lasts);
    if (open.length === 0) return;
    const place = await places.acquire(channelId);
    // Other channels use all connections of this invocation. The next round is soon enough.
    if (place === null) return log.warn('alertmanager.refresh_postponed', { channel: channelId });
    let error: string | null;
    try {
      const settings = await unseal<AlertmanagerConfig>(
        config,
        channelPlace(channelId),
        channel.sealedConfig,
      );
      error = await sendRound(config, settings, open, options);
    } finally {
      place.release();
    }
    places.setFailing(channelId, error !== null);
    const fields = { channel: channelId, alerts: open.length };
    if (error === null) log.info('alertmanager.refreshed', fields);
    else log.warn('alertmanager.refresh_failed', { ...fields, error });
    const outcome = { delivered: error === null, gone: false, error };
    await recordChannelOutcome(config, channelId, outcome, options.now());
  } catch (error) {
    log.warn('alertmanager.refresh_failed', { channel: channelId, error });
  }
}

/** What nothing ends fires once. */
const lasts = ({ body }: OutgoingNotification): boolean => isBeginning(body.type);

/** Null, or why the alerts could not be sent. */
async function sendRound(
  config: RefreshConfig,
  settings: AlertmanagerConfig,
  open: readonly OutgoingNotification[],
  options: SendOptions,
): Promise<string | null> {
  const context = () => ({ now: options.now(), publicUrl: config.publicUrl });
  for (let start = 0; start < open.length; start += AT_ONCE) {
    const part = open.slice(start, start + AT_ONCE);
    const firing = part.map((one) => firingAlert(one, context()));
    const error = await post(config, settings, firing, options);
    // No other request follows, because each can take as long.
    if (error !== null) return error;
    // One that ended meanwhile fires again, if its end arrived before this request.
    const ids = part.map(({ id }) => id);
    const ended = await endedAlerts(config.db, ids);
    const over = part.filter(({ id }) => ended.has(id)).map((one) => resolvedAlert(one, context()));
    if (over.length > 0) await post(config, settings, over, options);
  }
  return null;
}

async function post(
  config: RefreshConfig,
  settings: AlertmanagerConfig,
  alerts: readonly PostableAlert[],
  { fetch = globalThis.fetch }: SendOptions,
): Promise<string | null> {
  const { url, method, headers, body } = alertsRequest(settings, alerts);
  const invalid = validateReceiverUrl(url, config);
  if (invalid !== null) return `not sent: ${invalid}`;
  const { host } = new URL(url);
  const secrets = [settings.password, settings.token].filter((one) => one !== undefined);
  const redact = createReceiverRedactor(url, secrets);
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(url, { method, headers, body, redirect: 'manual', signal });
    await response.body?.cancel().catch(() => undefined);
    return response.ok ? null : `${host} responded ${response.status}`;
  } catch (error) {
    if (signal.aborted) return `${host} did not respond within ${TIMEOUT_MS / 1_000} s`;
    return `${host} could not be reached: ${redact(errorMessage(error)).slice(0, MAX_QUOTE_CHARACTERS)}`;
  }
}
