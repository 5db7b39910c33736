// Owns the kernel's handshakes in a capture and their pairing with measured connect times. Pure.
import type { Segment } from './pcap.ts';

export interface Handshake {
  /** The server's port. */
  readonly port: number;
  /** From the first SYN to the first SYN-ACK, in µs. */
  readonly tookUs: number;
}

/** The connect time that one run measured. Null if it measured none. */
export interface Measured {
  readonly port: number;
  readonly connectMs: number | null;
}

/** The measured and the true connect time of one run, in ms. */
export interface Pair {
  readonly measuredMs: number;
  readonly trueMs: number;
}

/** The completed handshakes with a server, in the order of their SYNs. A repeated SYN belongs to the first one. */
export function handshakesWith(server: string, segments: readonly Segment[]): Handshake[] {
  const handshakes: (Handshake & { readonly atUs: number })[] = [];
  const waiting = new Map<string, number>();
  for (const { syn, ack, atUs, ...ends } of segments) {
    if (!syn) continue;
    if (!ack && ends.destination === server) {
      const flow = `${ends.source}:${ends.sourcePort}>${ends.destinationPort}`;
      if (!waiting.has(flow)) waiting.set(flow, atUs);
    }
    if (ack && ends.source === server) {
      const flow = `${ends.destination}:${ends.destinationPort}>${ends.sourcePort}`;
      const askedAtUs = waiting.get(flow);
      if (askedAtUs === undefined) continue;
      waiting.delete(flow);
      handshakes.push({ port: ends.sourcePort, tookUs: atUs - askedAtUs, atUs: askedAtUs });
    }
  }
  return handshakes.sort((a, b) => a.atUs - b.atUs).map(({ port, tookUs }) => ({ port, tookUs }));
}

/**
 * Pairs runs with handshakes by the server's port: the nth run on a port made its nth handshake. Returns them in the
 * order of the runs. Throws if the numbers differ, because then something else was measured.
 */
export function pairUp(runs: readonly Measured[], handshakes: readonly Handshake[]): Pair[] {
  const byPort = Map.groupBy(handshakes, ({ port }) => port);
  const pairs = runs.map(({ port, connectMs }) => {
    const handshake = byPort.get(port)?.shift();
    if (!handshake) throw new Error(`port ${port} has more runs than handshakes in the capture`);
    if (connectMs === null)
      throw new Error(`a run on port ${port} measured nothing, although the kernel connected`);
    return { measuredMs: connectMs, trueMs: handshake.tookUs / 1_000 };
  });
  const left = [...byPort.values()].find((rest) => rest.length > 0)?.[0];
  if (left) throw new Error(`the capture has a handshake with port ${left.port} without a run`);
  return pairs;
}
