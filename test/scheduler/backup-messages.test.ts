// Which ticks ask for the backup of the day, and that a failure of the queue ends no tick.
import { expect, test, vi } from 'vitest';
import type { TickMessage } from '../../src/env.ts';
import { enqueueBackup } from '../../src/scheduler/backup-messages.ts';

const HOUR = Date.UTC(2026, 10, 27, 3);
const MINUTE = 60_000;
const bucket = {} as R2Bucket;
const queueOf = (send: (message: unknown) => Promise<void>) => ({ send }) as unknown as Queue<TickMessage>;

test('a backup is asked for every quarter of an hour, by whatever starts the ticks', async () => {
  const sent: unknown[] = [];
  const ticks = queueOf(async (message) => void sent.push(message));
  for (let minute = 0; minute < 60; minute += 1)
    await enqueueBackup({ backups: bucket, ticks }, HOUR + minute * MINUTE);
  expect(sent).toEqual([9, 24, 39, 54].map((minute) => ({ backup: { at: HOUR + minute * MINUTE } })));
});

test('a mesh without a bucket, or without a queue of ticks, asks for none', async () => {
  const send = vi.fn();
  await enqueueBackup({ ticks: queueOf(send) }, HOUR + 9 * MINUTE);
  await enqueueBackup({ backups: bucket }, HOUR + 9 * MINUTE);
  expect(send).not.toHaveBeenCalled();
});

test('a queue that takes no message is in the log, and ends no tick', async () => {
  const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
  const ticks = queueOf(() => Promise.reject(new Error('queue is full')));
  await enqueueBackup({ backups: bucket, ticks }, HOUR + 9 * MINUTE);
  expect(String(logged.mock.calls[0]?.[0])).toContain('backup.enqueue_failed');
});
