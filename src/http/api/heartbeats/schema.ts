// Owns heartbeats as the API shows them.
import { z } from 'zod';
import type { Heartbeat } from '../../../services/heartbeats/heartbeats.ts';
import { isoOrNull, timeSchema } from '../common.ts';

export const heartbeatSchema = z
  .strictObject({
    pingUrl: z.string().nullable().meta({
      description:
        'The address that the job calls. It contains the key, which is a secret. Null: your role does not allow to see it, or it cannot be decrypted.',
      example: 'https://status.example.com/ping/4fT0x1b7QmGk2pZs8dJw9yVc',
    }),
    previousKeyUntil: timeSchema
      .nullable()
      .meta({ description: 'Until then, the key before the last rotation works too. Null: it does not.' }),
    lastPingAt: timeSchema
      .nullable()
      .meta({ description: 'When the newest ping arrived that was evaluated.' }),
    dueAt: timeSchema
      .nullable()
      .meta({ description: 'When the next ping is due, without grace. Null: never.' }),
    deadline: timeSchema.nullable().meta({ description: 'The heartbeat is late after this. Null: never.' }),
    runs: z
      .array(
        z.strictObject({
          runId: z
            .string()
            .nullable()
            .meta({ description: 'The id of the run. Null: the job does not name it.' }),
          startedAt: timeSchema.meta({ description: 'When it began.' }),
        }),
      )
      .meta({ description: 'The runs that have begun and not finished.' }),
  })
  .meta({ id: 'Heartbeat', description: 'What is expected of the job of a heartbeat.' });

export const toHeartbeatResponse = (
  { row, memory, pingUrl }: Heartbeat,
  now: number,
): z.input<typeof heartbeatSchema> => ({
  pingUrl,
  previousKeyUntil: isoOrNull((row.previousKeyUntil ?? 0) > now ? row.previousKeyUntil : null),
  lastPingAt: isoOrNull(memory.lastPingAt),
  dueAt: isoOrNull(memory.dueAt),
  deadline: isoOrNull(memory.deadline),
  runs: memory.runs.map(({ runId, startedAt }) => ({ runId, startedAt: new Date(startedAt).toISOString() })),
});
