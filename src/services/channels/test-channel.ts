// Sends a test notice through a channel, now and once. Nothing of it goes into the outbox.
import type { NoticeBody } from '../../channels/notification.ts';
import { type Attempt, send } from '../../delivery/send.ts';
import type { Config } from '../../env.ts';
import { done, type Refusal, type Result, refuse } from '../../result.ts';
import { findChannel } from '../../store/channels.ts';

export type ChannelTest = Pick<Attempt, 'delivered' | 'status' | 'error' | 'durationMs'>;

/** A disabled channel can be tested too: that is how one finds out whether to enable it. */
export async function testChannel(
  config: Config,
  channelId: string,
  now: () => number,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): Promise<Result<ChannelTest, Refusal>> {
  const channel = await findChannel(config.db, channelId);
  if (!channel) return refuse({ kind: 'not_found', message: `There is no channel "${channelId}".` });
  const id = `test_${crypto.randomUUID().replaceAll('-', '')}`;
  const { delivered, status, error, durationMs } = await send(
    config,
    channel,
    { id, body: testBody(now()) },
    { now, fetch },
  );
  return done({ delivered, status, error, durationMs });
}

const testBody = (now: number): NoticeBody => ({
  type: 'test',
  timestamp: new Date(now).toISOString(),
  data: { incident: null, monitor: null, quorum: null, evidence: [], location: null },
});
