// Owns the notification `state.rebuilt`: what was damaged, what was rebuilt and what is lost, in words.
import { EMPTY_DATA, type WebhookBody } from '../channels/notification.ts';
import { newBody } from '../channels/render.ts';
import type { Damage } from './damage.ts';

export interface Rebuild {
  /** Id of the notification `state.rebuilt`. */
  readonly id: string;
  /** Journal row of the checkpoint that the replay began at. 0: the beginning of the journal. */
  readonly fromSeq: number;
  /** Newest journal row of the rebuilt state. */
  readonly seq: number;
  readonly replayedRows: number;
  /** Journal rows that could not be applied. */
  readonly lostRows: number;
  readonly reasons: readonly Pick<Damage, 'code' | 'message'>[];
}

export function rebuiltBody({ reasons, fromSeq, seq, lostRows }: Rebuild, at: number): WebhookBody {
  const time = new Date(at).toISOString();
  const from = fromSeq === 0 ? 'the beginning of the journal' : `journal row ${fromSeq}`;
  const outcome =
    lostRows === 0
      ? `The state was rebuilt from ${from}. Nothing is lost.`
      : `The state was rebuilt from ${from} up to row ${seq - lostRows}. ${lostRows} rows were moved aside. Open incidents stay open, and every location measures again before it votes.`;
  return newBody('state.rebuilt', at, {
    ...EMPTY_DATA,
    mesh: {
      since: time,
      reasons: reasons.map(({ code, message }) => ({ code, detail: `${upperFirst(message)}. ${outcome}` })),
    },
  });
}

const upperFirst = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
