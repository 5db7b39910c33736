// Owns entries of the audit log as the API shows them, and the result of a verification. Plain zod.
import { z } from 'zod';
import { AUDIT_PROBLEMS, type AuditVerification } from '../../../services/audit/verify-audit.ts';
import { ACTOR_TYPES, type AuditEntryRow } from '../../../store/audit-log.ts';
import { iso, timeSchema } from '../common.ts';

export const actorTypeSchema = z.enum(ACTOR_TYPES);

const seqSchema = z.int().meta({
  description: 'The number of the entry. The numbers have no gaps.',
  example: 4_711,
});
const hashSchema = z.string().meta({
  description: 'SHA-256 of the entry and of the hash before it, hexadecimal.',
  example: '6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b',
});

export const auditEntrySchema = z
  .strictObject({
    seq: seqSchema,
    at: timeSchema.meta({ description: 'When the request arrived.' }),
    actor: z
      .strictObject({
        type: actorTypeSchema.meta({
          description:
            '`person`: a person who signed in. `key`: an API key. `setup`: the holder of the setup token. `system`: the coordinator itself.',
        }),
        id: z.string().nullable().meta({
          description: 'The id of the person or the API key. Null for the others.',
          example: 'bootstrap',
        }),
        name: z.string().meta({ description: 'The name at that time.', example: 'bootstrap' }),
      })
      .meta({ description: 'Who made the change.' }),
    origin: z
      .strictObject({
        address: z.string().nullable().meta({
          description: 'The IP address of the client. Null if it is not known.',
          example: '203.0.113.7',
        }),
        userAgent: z.string().nullable().meta({
          description: 'What the client calls itself. Null if it does not.',
          example: 'curl/8.14.1',
        }),
        file: z.string().nullable().meta({
          description: 'The name of the configuration file that the client applied. Null for other changes.',
          example: 'mesh.yaml',
        }),
      })
      .meta({ description: 'Where the request came from.' }),
    action: z.string().meta({ description: 'What was changed, and how.', example: 'monitor.updated' }),
    target: z
      .strictObject({
        type: z.string().meta({ description: 'The kind of the changed entity.', example: 'monitor' }),
        id: z.string().meta({ description: 'The id of the entity.', example: 'web-shop' }),
        name: z.string().meta({ description: 'The name of the entity at that time.', example: 'Web shop' }),
      })
      .meta({ description: 'What was changed.' }),
    before: z.unknown().meta({
      description:
        'The entity before the change, without secrets. Of an update, only the fields that differ. Null if it was created.',
      example: { intervalSeconds: 60 },
    }),
    after: z.unknown().meta({
      description: 'The entity after the change, in the same form. Null if it was deleted.',
      example: { intervalSeconds: 30 },
    }),
    hash: hashSchema,
  })
  .meta({ id: 'AuditEntry', description: 'One change, as the audit log keeps it.' });

export const toAuditEntryResponse = (row: AuditEntryRow): z.input<typeof auditEntrySchema> => ({
  seq: row.seq,
  at: iso(row.at),
  actor: { type: row.actorType, id: row.actorId || null, name: row.actorName },
  origin: { address: row.address, userAgent: row.userAgent, file: row.file },
  action: row.action,
  target: { type: row.targetType, id: row.targetId, name: row.targetName },
  before: contentOf(row.before),
  after: contentOf(row.after),
  hash: row.hash,
});

/** A text that was changed in the database may not be JSON any more. The verification reports it. */
function contentOf(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return text;
  }
}

export const verificationSchema = z
  .strictObject({
    valid: z.boolean().meta({ description: 'Whether the whole log is as it was written.' }),
    entries: z
      .int()
      .min(0)
      .meta({ description: 'The number of entries that were verified, up to the first that is wrong.' }),
    first: z
      .strictObject({
        seq: seqSchema,
        previousHash: hashSchema.meta({
          description: 'The hash before it: 64 zeros, or that of an entry that has expired.',
        }),
      })
      .nullable()
      .meta({ description: 'The oldest entry that is kept. Null if nothing was ever written.' }),
    head: z.strictObject({ seq: seqSchema, hash: hashSchema }).nullable().meta({
      description:
        'The newest entry. Record it outside the mesh: an older copy of the whole log verifies too, but lacks it. Null if nothing was ever written.',
    }),
    problems: z
      .array(
        z.strictObject({
          code: z.enum(AUDIT_PROBLEMS).meta({
            description:
              '`changed`, `missing`, `unexpected`: an entry was changed, removed or inserted. `signature`: an end of the log is not signed. `unproven`: an end was not signed at an earlier change. `emptied`: all entries were removed.',
          }),
          seq: z
            .int()
            .nullable()
            .meta({ description: 'The number of the first wrong entry. Null if none is left to name.' }),
          detail: z.string().meta({ description: 'The problem in words, and what to do.' }),
        }),
      )
      .meta({ description: 'What is wrong. Empty if the log is whole.' }),
  })
  .meta({ id: 'AuditVerification', description: 'The result of a verification of the audit log.' });

export const toVerificationResponse = ({
  entries,
  first,
  head,
  problems,
}: AuditVerification): z.input<typeof verificationSchema> => ({
  valid: problems.length === 0,
  entries,
  first: first && { seq: first.seq, previousHash: first.hash },
  head,
  problems: [...problems],
});
