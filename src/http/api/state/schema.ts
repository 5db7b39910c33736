// Owns the result of a rebuild as the API shows it. Plain zod.
import { z } from 'zod';
import type { VerifiedState } from '../../../services/state/rebuild-state.ts';

export const rebuildSchema = z
  .strictObject({
    rebuilt: z.boolean().meta({ description: 'Whether a row was damaged. If not, nothing was changed.' }),
    seq: z.int().meta({ description: 'Number of the newest journal row.', example: 4_711 }),
    notificationId: z.string().nullable().meta({
      description: 'Id of the notification `state.rebuilt`. Null if nothing was damaged.',
      example: 'rebuilt_xk2Ff0q9ZrA',
    }),
    replayedRows: z.int().meta({ description: 'Number of journal rows that were replayed for the rebuild.' }),
    lostRows: z.int().meta({
      description: 'Number of journal rows that could not be applied. They were moved to `damaged_journal`.',
    }),
    reasons: z
      .array(
        z.strictObject({
          code: z
            .enum(['damaged_snapshot', 'damaged_journal'])
            .meta({ description: 'What was damaged: a checkpoint, or a row of the journal.' }),
          detail: z.string().meta({ description: 'The damage in words.' }),
        }),
      )
      .meta({ description: 'Everything that was damaged.' }),
  })
  .meta({ id: 'StateRebuild', description: 'What a rebuild found and repaired.' });

export const toRebuildResponse = ({ seq, rebuild }: VerifiedState): z.output<typeof rebuildSchema> => ({
  rebuilt: rebuild !== null,
  seq,
  notificationId: rebuild?.id ?? null,
  replayedRows: rebuild?.replayedRows ?? 0,
  lostRows: rebuild?.lostRows ?? 0,
  reasons: (rebuild?.reasons ?? []).map(({ code, message }) => ({ code, detail: message })),
});
