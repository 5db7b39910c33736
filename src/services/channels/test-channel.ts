// Sends a test notification through a channel, once and without a retry. Writes nothing to the outbox.
import type { Caller } from '../../access/caller.ts';
import { EMPTY_DATA } from '../../channels/notification.ts';
import { newBody } from '../../channels/render.ts';
import { type DeliveryAttempt, send } from '../../delivery/send.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { runAudited } from '../../store/audit.ts';
import { findChannel } from '../../store/channels.ts';
import { ifInside } from '../access/references.ts';
import { channelRecord } from './channel-record.ts';
import { unknownChannel } from './channels.ts';

export type ChannelTest = Pick<DeliveryAttempt, 'delivered' | 'status' | 'error' | 'warning' | 'durationMs'>;

/**
 * Also tests a disabled channel, so that you can test it before you enable it. The entry of the audit log is written first:
 * no notification is sent without one.
 */
export async function testChannel(
  config: Config,
  channelId: string,
  caller: Caller,
  now: () => number,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): Promise<Result<ChannelTest, ValidationError>> {
  const channel = ifInside(caller.restriction, await findChannel(config.db, channelId));
  if (!channel) return err(unknownChannel(channelId));
  await runAudited<never>(config.db, config, caller, async () =>
    ok({ statements: [], record: channelRecord('tested', channel) }),
  );
  const id = `test_${crypto.randomUUID().replaceAll('-', '')}`;
  const { delivered, status, error, warning, durationMs } = await send(
    config,
    channel,
    { notifications: [{ id, body: newBody('test', now(), EMPTY_DATA) }], receipt: null },
    { now, fetch },
  );
  return ok({ delivered, status, error, warning, durationMs });
}
