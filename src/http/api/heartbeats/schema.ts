// Owns heartbeats, their pings and the rotation of their keys as the API shows them.
import { z } from 'zod';
import { PING_KINDS } from '../../../heartbeats/memory.ts';
import type { Heartbeat } from '../../../services/heartbeats/heartbeats.ts';
import type { StoredPing } from '../../../store/pings.ts';
import { iso, isoOrNull, timeSchema } from '../common.ts';

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

const OVERLAP = 'Must be a whole number of minutes from 0 to 10080, which is 7 days.';

export const keyRotationSchema = z
  .strictObject({
    overlapMinutes: z
      .int({ error: OVERLAP })
      .min(0, { error: OVERLAP })
      .max(10_080, { error: OVERLAP })
      .default(1_440)
      .meta({
        description:
          'How long the address before it still works, in minutes: until every job has the new one. 0: it stops working at once.',
        example: 1_440,
      }),
  })
  .meta({
    id: 'HeartbeatKeyRotation',
    description: 'How to rotate the key of a heartbeat.',
    example: { overlapMinutes: 1_440 },
  });

export const pingSchema = z
  .strictObject({
    seq: z.int().meta({ description: 'Counts the pings of the heartbeat, from 1.', example: 42 }),
    at: timeSchema.meta({ description: 'When it arrived.' }),
    kind: z.enum(PING_KINDS).meta({
      description:
        'What it reports: `success`, `start`, `fail`, or `log`, which changes nothing. An exit code of 0 is a success, any other a failure.',
    }),
    runId: z.string().nullable().meta({
      description: 'The id of the run: `rid` of the request. Null: the job does not name it.',
      example: '20261126-0300',
    }),
    exitCode: z.int().nullable().meta({ description: 'The exit code. Null: none was sent.', example: 0 }),
    durationMs: z.int().nullable().meta({
      description:
        'How long the run took that it ends, since its `start`, in ms. Null: it ends none, or nothing says when that began.',
      example: 84_000,
    }),
    body: z.string().nullable().meta({
      description:
        'The first 10,000 bytes of the body, with what looks like a secret redacted. Null: it had none.',
      example: 'backed up 214 files',
    }),
    bodyBytes: z.int().meta({ description: 'How many bytes of body were sent.', example: 19 }),
  })
  .meta({ id: 'Ping', description: 'One report of a job.' });

export const toPingResponse = ({ at, ...ping }: StoredPing): z.input<typeof pingSchema> => ({
  ...ping,
  at: iso(at),
});
