// Owns exact times as numbers of a range coder: those in whole microseconds as integers, others bit by bit.
import { Buffer } from 'node:buffer';
import type { RangeDecoder, RangeEncoder } from './range-coder.ts';

const DOUBLE_BYTES = 8;

export function writeNumber(to: RangeEncoder, number: number): void {
  const microseconds = Math.round(number * 1_000);
  const isWhole = microseconds / 1_000 === number && microseconds >= 0 && microseconds < 2 ** 52;
  to.unsigned('exact', isWhole ? microseconds + 1 : 0);
  if (isWhole) return;
  const bytes = Buffer.alloc(DOUBLE_BYTES);
  bytes.writeDoubleBE(number);
  for (const byte of bytes) to.byte('double', byte);
}

export function readNumber(from: RangeDecoder): number {
  const microseconds = from.unsigned('exact');
  if (microseconds > 0) return (microseconds - 1) / 1_000;
  return Buffer.from(Array.from({ length: DOUBLE_BYTES }, () => from.byte('double'))).readDoubleBE();
}
