// Owns the messages that ask for the backup of the day. It has an invocation of its own, so that it takes no statements, no
// memory and no time from a tick or a delivery. Does not make the backup.
import type { BackupMessage, Config, TickMessage } from '../env.ts';
import { loadPart } from '../load-part.ts';
import { log } from '../log.ts';

/** A run that failed, and a message that was lost, are repeated a quarter of an hour later. */
const MINUTES = [9, 24, 39, 54];

/** Asks in some minutes of the hour, without asking D1 whether a backup is due. Logs a failure. */
export async function enqueueBackup(
  { backups, ticks }: Pick<Config, 'backups' | 'ticks'>,
  now: number,
): Promise<void> {
  if (backups === undefined || ticks === undefined) return;
  if (!MINUTES.includes(new Date(now).getUTCMinutes())) return;
  try {
    const message: BackupMessage = { backup: { at: now } };
    await ticks.send(message as unknown as TickMessage);
  } catch (error) {
    log.error('backup.enqueue_failed', { error });
  }
}

export const areBackups = (messages: readonly Message<unknown>[]): boolean =>
  messages.length > 0 &&
  messages.every(({ body }) => typeof body === 'object' && body !== null && 'backup' in body);

/** The queue does not wait for the run: a tick may be next. Messages are acknowledged first: others follow. */
export function consumeBackupMessages(
  config: Config,
  messages: readonly Message<unknown>[],
  now: () => number,
  waitUntil: (work: Promise<unknown>) => void,
): void {
  for (const message of messages) message.ack();
  const { backups } = config;
  if (backups === undefined) return;
  const backUp = async (): Promise<void> => {
    const { backUpIfDue } = await loadPart('backup', () => import('../services/backup/scheduled-backup.ts'));
    await backUpIfDue({ ...config, backups }, now);
  };
  waitUntil(backUp());
}
