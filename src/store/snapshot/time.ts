// Owns a time in a snapshot, as ms before the state's own. Null is 0.
import type { VarintReader, VarintWriter } from '../varint.ts';

export function writeTime(to: VarintWriter, at: number, time: number | null): void {
  const ago = time === null ? null : at - time;
  if (ago === null) to.signed(0);
  else to.signed(ago < 0 ? ago : ago + 1);
}

export function readTime(from: VarintReader, at: number): number | null {
  const ago = from.signed();
  if (ago === 0) return null;
  return ago < 0 ? at - ago : at - (ago - 1);
}
