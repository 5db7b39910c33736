// Owns the bodies of the routes for backups and restores. Plain zod.
import { z } from 'zod';
import { timeSchema } from '../common.ts';

const table = z.string().max(100).meta({ description: 'The name of a table.', example: 'monitors' });
const columns = z
  .array(z.string().max(100))
  .min(1)
  .max(100)
  .meta({ description: 'The columns of each row, in order.', example: ['number', 'id'] });
const keys = z
  .strictObject({
    current: z.string().meta({ description: 'The id of `ENCRYPTION_KEY`.', example: '3f0c9a1b' }),
    previous: z.string().nullable().meta({ description: 'The id of `ENCRYPTION_KEY_PREVIOUS`.' }),
  })
  .meta({
    description: 'The keys that the mesh can decrypt secrets with. An id reveals nothing of its key.',
  });
const compaction = z
  .int()
  .nullable()
  .meta({ description: 'How far the history was compacted when the backup began.' });
const rowid = z
  .int()
  .min(-(2 ** 53))
  .max(2 ** 53);

export const backupStartSchema = z
  .strictObject({
    mesh: z.string().meta({ description: 'The address of the mesh.', example: 'https://mesh.example.com' }),
    version: z.string().meta({ description: 'The version of the coordinator.', example: '0.1.0' }),
    migration: z.string().meta({ description: 'The newest migration of the database. Empty if not known.' }),
    createdAt: z.string().meta({ description: 'The time of the mesh.', example: '2026-11-26T21:00:00.000Z' }),
    since: z.string().meta({ description: 'Send it to the cut.', example: '2026-11-26T20:58:00.000Z' }),
    compaction,
    keys,
    historyFrom: z
      .strictObject({
        series: rowid.meta({ description: 'Of the table series.' }),
        days: rowid.meta({ description: 'Of the table days.' }),
      })
      .meta({ description: 'Pages after these rows are read again if the history is compacted meanwhile.' }),
    paged: z.array(table).meta({ description: 'Tables to read in pages, in this order.' }),
    tables: z
      .array(
        z.strictObject({
          name: table,
          columns,
        }),
      )
      .meta({ description: 'All tables of a backup.' }),
  })
  .meta({ id: 'BackupStart', description: 'Where the tables of the mesh are.' });

export const cutSchema = z
  .strictObject({
    since: timeSchema.meta({
      description: 'As GET /api/v1/backup returned it.',
      example: '2026-11-24T09:30:00.000Z',
    }),
    compaction,
    ends: z
      .record(z.string().max(100), rowid)
      .default({})
      .meta({
        description: 'The newest rowid that was read of each table in pages.',
        example: { journal: 4_711 },
      }),
  })
  .meta({ id: 'BackupCut', description: 'What the pages have already.' });

export const restoreSchema = z
  .strictObject({
    mesh: z.string().max(2_000).meta({ description: 'The address of the mesh that the backup is of.' }),
    createdAt: timeSchema.meta({
      description: 'When the backup was made.',
      example: '2026-11-24T09:30:00.000Z',
    }),
    migration: z.string().max(100).default('').meta({
      description: 'The newest migration of that mesh. Empty if not known.',
      example: '0006_ticks_and_cron',
    }),
    tables: z
      .array(z.strictObject({ table, columns }))
      .max(200)
      .meta({ description: 'The tables of the backup.' }),
    key: z
      .string()
      .regex(/^[0-9a-f]{8}$/, { error: 'Must be the id of a key: 8 hexadecimal digits.' })
      .meta({
        description: 'The id of the key that the secrets are encrypted with. The mesh must have it.',
        example: '3f0c9a1b',
      }),
    replace: z.string().max(300).optional().meta({
      description:
        'The host of this mesh: everything that it has is deleted. Without it, the mesh must be empty.',
      example: 'mesh.example.com',
    }),
  })
  .meta({ id: 'Restore', description: 'The backup that is restored.' });

export const restoreStartedSchema = z
  .strictObject({
    repeated: z.boolean().meta({ description: 'Whether an earlier restore was not completed.' }),
  })
  .meta({ id: 'RestoreStarted', description: 'A restore that has begun.' });

export const clearedSchema = z
  .strictObject({
    done: z.boolean().meta({ description: 'Whether nothing is left. If not, send it again.' }),
  })
  .meta({ id: 'RestoreCleared', description: 'How far the mesh is emptied.' });

export const rowsSchema = z
  .strictObject({
    table,
    columns,
    rows: z
      .array(z.array(z.union([z.string(), z.number(), z.null()])).max(100))
      .max(5_000)
      .meta({ description: 'One array of values for each row. Bytes are hexadecimal.' }),
  })
  .meta({ id: 'RestoredRows', description: 'Rows of one table of a backup.' });

export const writtenSchema = z
  .strictObject({ rows: z.int().meta({ description: 'The number of rows that were written.' }) })
  .meta({ id: 'RestoredCount', description: 'What was written.' });

export const finishSchema = z
  .strictObject({
    counts: z
      .record(z.string().max(100), z.int().min(0))
      .meta({ description: 'The number of rows of the backup by table.', example: { monitors: 12 } }),
  })
  .meta({ id: 'RestoreFinish', description: 'What the mesh must have.' });

export const restoredSchema = z
  .strictObject({ restored: z.literal(true).meta({ description: 'The mesh runs from now on.' }) })
  .meta({ id: 'Restored', description: 'A restore that is complete.' });
