// The kernel's own handshakes in a capture, and how far measured connect times are from them. Pure.
import type { Segment } from './pcap.ts';

export interface Handshake {
  /** Of the server. */
  readonly port: number;
  /** From the first SYN to the first SYN-ACK, µs. */
  readonly tookUs: number;
}

/** One look's connect time, as it was measured; null where none was. */
export interface Measured {
  readonly port: number;
  readonly connectMs: number | null;
}

/** A look, and the truth about it, ms. */
export interface Pair {
  readonly measuredMs: number;
  readonly trueMs: number;
}

/** The answered handshakes with a server, in the order of their SYNs. A repeated SYN belongs to the first. */
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
 * Pairs looks with handshakes by the server's port: the nth look at a port made the nth handshake with it. In the order of
 * the looks. Throws when there are not as many of one as of the other: then something else was measured.
 */
export function pairUp(runs: readonly Measured[], handshakes: readonly Handshake[]): Pair[] {
  const byPort = Map.groupBy(handshakes, ({ port }) => port);
  const pairs = runs.map(({ port, connectMs }) => {
    const handshake = byPort.get(port)?.shift();
    if (!handshake) throw new Error(`port ${port} was looked at more often than the capture has handshakes`);
    if (connectMs === null)
      throw new Error(`a look at port ${port} measured nothing, and the kernel connected`);
    return { measuredMs: connectMs, trueMs: handshake.tookUs / 1_000 };
  });
  const left = [...byPort.values()].find((rest) => rest.length > 0)?.[0];
  if (left) throw new Error(`the capture has a handshake with port ${left.port} that no look made`);
  return pairs;
}
