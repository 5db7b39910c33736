// Owns the reading of a classic pcap file into TCP segments over IPv4. Pure.
// Format: draft-ietf-opsawg-pcap. Link types: the LINKTYPE registry of tcpdump.org. IPv4: RFC 791. TCP: RFC 9293.

export interface Segment {
  /** Time since the first packet of the file, in µs. */
  readonly atUs: number;
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
  readonly syn: boolean;
  readonly ack: boolean;
}

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;

/** The first four bytes, read as little endian, give the byte order and the unit of time. */
const MAGICS: Readonly<Record<number, { little: boolean; unitsPerUs: number }>> = {
  2712847316: { little: true, unitsPerUs: 1 },
  2712812621: { little: true, unitsPerUs: 1_000 },
  3569595041: { little: false, unitsPerUs: 1 },
  1295823521: { little: false, unitsPerUs: 1_000 },
};

/** By link type: length of its header, and the offset of the EtherType. Null if it has none. */
const LINKS: Readonly<Record<number, { bytes: number; etherTypeAt: number | null }>> = {
  1: { bytes: 14, etherTypeAt: 12 },
  101: { bytes: 0, etherTypeAt: null },
  113: { bytes: 16, etherTypeAt: 14 },
  276: { bytes: 20, etherTypeAt: 0 },
};

const ETHERTYPE_IPV4 = 0x0800;
const TCP = 6;
const SYN = 0x02;
const ACK = 0x10;

/** Segments in the order of the file. Skips packets other than TCP over IPv4. Throws for an invalid or truncated file. */
export function readPcap(file: Uint8Array): Segment[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const format = file.byteLength < FILE_HEADER_BYTES ? undefined : MAGICS[view.getUint32(0, true)];
  if (!format) throw new Error('not a classic pcap file: its first four bytes are unknown');
  const u32 = (at: number): number => view.getUint32(at, format.little);
  const linkType = u32(20) & 0xffff;
  const link = LINKS[linkType];
  if (!link) throw new Error(`link type ${linkType} is not supported, only ${Object.keys(LINKS)}`);
  const segments: Segment[] = [];
  let firstSecond: number | null = null;
  let firstUs = 0;
  for (let at = FILE_HEADER_BYTES; at < file.byteLength; ) {
    const endsAt = at + RECORD_HEADER_BYTES + (at + RECORD_HEADER_BYTES <= file.byteLength ? u32(at + 8) : 0);
    if (endsAt > file.byteLength || at + RECORD_HEADER_BYTES > file.byteLength) {
      throw new Error(`the pcap file ends in the middle of the packet at byte ${at}`);
    }
    firstSecond ??= u32(at);
    // Subtract whole seconds first: a double cannot count nanoseconds since 1970 exactly.
    const us = (u32(at) - firstSecond) * 1e6 + u32(at + 4) / format.unitsPerUs;
    if (at === FILE_HEADER_BYTES) firstUs = us;
    const frame = new DataView(file.buffer, file.byteOffset + at + RECORD_HEADER_BYTES, u32(at + 8));
    const segment = segmentOf(frame, link, us - firstUs);
    if (segment) segments.push(segment);
    at = endsAt;
  }
  return segments;
}

function segmentOf(frame: DataView, link: (typeof LINKS)[number], atUs: number): Segment | null {
  if (frame.byteLength < link.bytes + 20) return null;
  if (link.etherTypeAt !== null && frame.getUint16(link.etherTypeAt) !== ETHERTYPE_IPV4) return null;
  const ip = link.bytes;
  const versionAndLength = frame.getUint8(ip);
  if (versionAndLength >> 4 !== 4 || frame.getUint8(ip + 9) !== TCP) return null;
  const tcp = ip + (versionAndLength & 0x0f) * 4;
  if (frame.byteLength < tcp + 14) return null;
  const flags = frame.getUint8(tcp + 13);
  return {
    atUs,
    source: addressAt(frame, ip + 12),
    sourcePort: frame.getUint16(tcp),
    destination: addressAt(frame, ip + 16),
    destinationPort: frame.getUint16(tcp + 2),
    syn: (flags & SYN) !== 0,
    ack: (flags & ACK) !== 0,
  };
}

const addressAt = (frame: DataView, at: number): string =>
  [0, 1, 2, 3].map((index) => frame.getUint8(at + index)).join('.');
