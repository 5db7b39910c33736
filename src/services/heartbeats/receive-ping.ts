// Owns what happens to a ping: it is acknowledged once it is stored, or waits in the queue. Does not know HTTP.
import type { Config, DeliveryMessage, PingMessage } from '../../env.ts';
import { log } from '../../log.ts';
import { runBatch } from '../../store/database.ts';
import { type LostPings, recordLostPings } from '../../store/heartbeats.ts';
import { type ReceivedPing, storePing } from '../../store/pings.ts';

/**
 * - stored: it is in the database.
 * - queued: the database did not answer; the queue brings it.
 * - unknown: no heartbeat has the key.
 * - lost: neither took it. The job must send it again.
 */
export type PingOutcome = 'stored' | 'queued' | 'unknown' | 'lost';

/** In which this isolate refused pings. No ping has been stored since. */
let lost: LostPings | null = null;

export async function receivePing(
  config: Pick<Config, 'db' | 'deliveries'>,
  keyHash: string,
  ping: ReceivedPing,
): Promise<PingOutcome> {
  try {
    const number = await storePing(config.db, keyHash, ping);
    await reportLost(config.db);
    return number === null ? 'unknown' : 'stored';
  } catch (error) {
    log.warn('ping.store_failed', { error });
  }
  try {
    const message: PingMessage = { ping: { keyHash, ...ping } };
    await config.deliveries.send(message as unknown as DeliveryMessage);
    return 'queued';
  } catch (error) {
    addLost({ from: ping.at, to: ping.at });
    log.error('ping.lost', { error });
    return 'lost';
  }
}

/** The first ping that is stored again says since when others may be missing: lateness then starts anew. */
async function reportLost(db: D1Database): Promise<void> {
  const span = lost;
  if (span === null) return;
  lost = null;
  try {
    await runBatch(db, [recordLostPings(db, span)]);
  } catch (error) {
    addLost(span);
    log.warn('ping.lost_unrecorded', { error });
  }
}

function addLost({ from, to }: LostPings): void {
  lost = { from: Math.min(from, lost?.from ?? from), to: Math.max(to, lost?.to ?? to) };
}
