// Owns reading one monitor of a snapshot, with those that dependencies link to it, and skipping the thousands of others.
import { Buffer } from 'node:buffer';
import type { MonitorState, State } from '../../engine/model/state.ts';
import { NewerFormat } from '../damage.ts';
import { VarintReader } from '../varint.ts';
import { decodeMonitor, type Header, VERSION } from './codec.ts';
import { skipExtras } from './extras.ts';
import { skipLocationStatus } from './location-status.ts';
import { readTime } from './time.ts';

/**
 * The state with one monitor, and those that dependencies link to it, directly or not. The others are skipped, and the
 * header is not compared with its schema: the caller knows that the text is whole. Throws if the text is damaged.
 */
export function decodePartOfSnapshot(snapshot: string, wanted: number): State {
  const split = snapshot.indexOf('\n');
  const header = JSON.parse(snapshot.slice(0, split)) as Header;
  if (header.version !== VERSION) throw new NewerFormat(`the snapshot has version ${header.version}`);
  const bytes = Buffer.from(snapshot.slice(split + 1), 'base64');
  const extras = header.extras === '' ? null : Buffer.from(header.extras, 'base64');
  const places = indexMonitors(bytes, extras);
  const monitors = new Map<number, MonitorState>();
  for (const number of linkedMonitors(header, places, wanted)) {
    const place = places.get(number)!;
    const monitor = decodeMonitor(
      header,
      new VarintReader(bytes.subarray(place.from)),
      extras && new VarintReader(extras.subarray(place.extrasFrom)),
    );
    monitors.set(number, monitor);
  }
  const { seq, at, resumedAt, nextMonitor } = header;
  const locations = new Map(header.locations.map((location) => [location.number, location]));
  return { seq, at, resumedAt, nextMonitor, locations, monitors, windows: new Map(header.windows) };
}

/** Where a monitor begins in the bytes and in the extras, and the position of its policy. */
interface MonitorPlace {
  readonly from: number;
  readonly extrasFrom: number;
  readonly policy: number;
}

function indexMonitors(bytes: Uint8Array, extras: Uint8Array | null): Map<number, MonitorPlace> {
  const reader = new VarintReader(bytes);
  const extrasReader = extras && new VarintReader(extras);
  const places = new Map<number, MonitorPlace>();
  while (!reader.done) {
    const from = reader.position;
    const extrasFrom = extrasReader?.position ?? 0;
    const number = reader.unsigned();
    const policy = reader.unsigned();
    reader.byte();
    reader.signed();
    readTime(reader, 0);
    reader.unsigned();
    for (let left = reader.unsigned(); left > 0; left -= 1) {
      reader.unsigned();
      skipLocationStatus(reader);
      if (extrasReader) skipExtras(extrasReader);
    }
    places.set(number, { from, extrasFrom, policy });
  }
  return places;
}

function linkedMonitors(
  { policies }: Header,
  places: ReadonlyMap<number, MonitorPlace>,
  wanted: number,
): ReadonlySet<number> {
  const links = new Map<number, number[]>();
  const link = (from: number, to: number): void => {
    links.set(from, [...(links.get(from) ?? []), to]);
  };
  for (const [number, { policy }] of places)
    for (const parent of policies[policy]?.dependsOn ?? []) {
      link(number, parent);
      link(parent, number);
    }
  const found = new Set<number>();
  const visit = (number: number): void => {
    if (found.has(number) || !places.has(number)) return;
    found.add(number);
    for (const other of links.get(number) ?? []) visit(other);
  };
  visit(wanted);
  // In the order of the whole state.
  return new Set([...places.keys()].filter((number) => found.has(number)));
}
