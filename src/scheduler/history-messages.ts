// Owns the queue messages that ask for a run of the compaction. It has an invocation of its own, so that it takes no
// statements and no CPU from a tick: checks never wait for the history.
import { enqueueHistoryRun } from '../delivery/queue.ts';
import type { Config } from '../env.ts';
import { compact } from '../history/compact.ts';
import { pruneHistory } from '../history/prune-history.ts';
import type { Messages } from './alert-messages.ts';

/** One bounded run, however many messages ask for it. Another message follows while more is due. Never throws. */
export async function consumeHistoryMessages(
  config: Pick<Config, 'db' | 'deliveries' | 'retention' | 'maxDatabaseBytes'>,
  messages: Messages,
  now: () => number,
): Promise<void> {
  const asking = messages.filter(({ body }) => 'history' in body);
  if (asking.length === 0) return;
  const result = await compact(config.db, now());
  if (result === 'more') await enqueueHistoryRun(config);
  if (result === 'done') await pruneHistory(config.db, config, now());
  for (const message of asking) message.ack();
}
