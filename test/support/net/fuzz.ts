// Seeded random replies: noise, and broken copies of good transcripts. The same seed gives the same replies.
import type { Reply } from './chaos-proxy.ts';

const MAX_NOISE_BYTES = 2_048;

/** A broken copy of a good reply. */
export function mutated(good: Uint8Array, draw: () => number): Uint8Array {
  const below = (limit: number): number => Math.floor(draw() * limit);
  switch (below(6)) {
    case 0:
      return noise(below(MAX_NOISE_BYTES), draw);
    case 1:
      return good.slice(0, below(good.length + 1));
    case 2:
      return flipped(good, 1 + below(8), draw);
    case 3: {
      const at = below(good.length + 1);
      return Uint8Array.of(...good.slice(0, at), ...noise(below(64), draw), ...good.slice(at));
    }
    case 4: {
      const at = below(good.length + 1);
      return Uint8Array.of(...good.slice(0, at), ...good.slice(Math.min(good.length, at + 1 + below(16))));
    }
    default:
      return Uint8Array.of(...good, ...good.slice(below(good.length + 1)));
  }
}

/** One reply in ten ends in silence, so that timeouts occur as well. */
export function randomReply(good: Uint8Array, draw: () => number): Reply {
  const bytes = mutated(good, draw);
  const end = draw();
  return { bytes, ending: end < 0.1 ? 'stall' : end < 0.2 ? 'reset' : 'end' };
}

const noise = (length: number, draw: () => number): Uint8Array =>
  Uint8Array.from({ length }, () => Math.floor(draw() * 256));

function flipped(good: Uint8Array, bits: number, draw: () => number): Uint8Array {
  const bytes = good.slice();
  for (let left = bits; left > 0 && bytes.length > 0; left -= 1) {
    const at = Math.floor(draw() * bytes.length);
    bytes[at] = bytes[at]! ^ (1 << Math.floor(draw() * 8));
  }
  return bytes;
}
