// Owns the messages of the queue that ask for a run over the mailings. The tables are the truth: a lost message only delays a
// run until the next tick asks for one.
import type { Config, DeliveryMessage, MailingMessage } from '../../env.ts';
import { log } from '../../log.ts';
import { nextMailingAt } from '../../store/mailings.ts';
import type { SendOptions } from '../send.ts';
import { runMailings } from './mailing-run.ts';

type Queues = Pick<Config, 'db' | 'deliveries'>;

/** A tick comes once a minute: what is due before the next one gets a message. */
const MESSAGE_WITHIN_MS = 60_000;

/** Asks for a run if something is due, or will be before the next tick. Logs a failure. */
export async function enqueueMailings(config: Queues, now: number): Promise<void> {
  try {
    const at = await nextMailingAt(config.db);
    if (at === null || at > now + MESSAGE_WITHIN_MS) return;
    await requestRun(config, Math.max(0, Math.ceil((at - now) / 1_000)));
  } catch (error) {
    log.error('mailings.enqueue_failed', { error });
  }
}

/** For what was just written: it reaches subscribers within seconds. Logs a failure. */
export async function requestMailings(config: Pick<Config, 'deliveries'>): Promise<void> {
  try {
    await requestRun(config, 0);
  } catch (error) {
    log.error('mailings.enqueue_failed', { error });
  }
}

async function requestRun({ deliveries }: Pick<Config, 'deliveries'>, delaySeconds: number): Promise<void> {
  const message: MailingMessage = { mailings: true };
  await deliveries.send(message as unknown as DeliveryMessage, { delaySeconds });
}

type Messages = readonly Message<DeliveryMessage | MailingMessage>[];

/**
 * Makes one run if a message asks for it. `waitUntil` continues it, so that slow receivers hold up no other delivery. Returns
 * the other messages.
 */
export function consumeMailingMessages<M extends Messages[number]>(
  config: Config,
  messages: readonly M[],
  options: SendOptions,
  waitUntil: (work: Promise<unknown>) => void,
): M[] {
  const asking = messages.filter(({ body }) => 'mailings' in body);
  if (asking.length > 0) waitUntil(workOff(config, options));
  for (const message of asking) message.ack();
  return messages.filter(({ body }) => !('mailings' in body));
}

/** Never throws: a tick asks again. */
export async function workOff(config: Config, options: SendOptions): Promise<void> {
  try {
    const end = await runMailings(config, options);
    if (end === 'more') await requestMailings(config);
    if (end === 'idle') await enqueueMailings(config, options.now());
  } catch (error) {
    log.error('mailings.run_failed', { error });
  }
}
