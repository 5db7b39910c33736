// Owns a day in figures as bytes, and back.
import { Buffer } from 'node:buffer';
import type { Interval } from '../../uptime/intervals.ts';
import { VarintReader, VarintWriter } from '../varint.ts';
import type { DayRecord, LocationDay } from './day-record.ts';
import type { Fact, Layer } from './history-state.ts';
import { dayStart } from './ids.ts';

const VERSION = 1;
const LAYERS: readonly Layer[] = ['p', 'm', 'n', 'd', 'a'];

export function encodeDay({ day, facts, byLocation }: DayRecord): Uint8Array {
  const to = new VarintWriter();
  to.byte(VERSION);
  to.unsigned(facts.length);
  for (const { layer, by, from, to: end } of facts) {
    const known = LAYERS.indexOf(layer);
    to.unsigned(known < 0 ? LAYERS.length + Number(layer.slice(1)) : known);
    to.unsigned(by);
    to.unsigned(from - dayStart(day));
    to.unsigned(end - from);
  }
  to.unsigned(byLocation.length);
  for (const location of byLocation) writeLocation(to, location, dayStart(day));
  return to.finish();
}

function writeLocation(to: VarintWriter, one: LocationDay, start: number): void {
  for (const value of [one.location, one.ok, one.failed, one.unmeasured]) to.unsigned(value);
  to.unsigned(one.voted.length);
  let last = start;
  for (const [from, end] of one.voted) {
    to.unsigned(from - last);
    to.unsigned(end - from);
    last = end;
  }
  const steps = [...one.latency].sort(([a], [b]) => a - b);
  to.unsigned(steps.length);
  let step = 0;
  for (const [next, count] of steps) {
    to.unsigned(next - step);
    to.unsigned(count);
    step = next;
  }
  to.unsigned(Math.round(one.jitterSumMs * 1_000));
  for (const value of [one.jitterCount, one.samplesSent, one.samplesLost]) to.unsigned(value);
  to.byte(one.lastMeasuredAt === null ? 0 : 1);
  if (one.lastMeasuredAt !== null) to.signed(one.lastMeasuredAt - start);
}

/** Throws if the bytes are damaged. */
export function decodeDay(bytes: Uint8Array, day: number): DayRecord {
  const from = new VarintReader(bytes);
  const version = from.byte();
  if (version !== VERSION) throw new Error(`a day has the version ${version}: deploy the newer Worker`);
  const facts = Array.from({ length: from.unsigned() }, (): Fact => {
    const code = from.unsigned();
    const layer = LAYERS[code] ?? (`f${code - LAYERS.length}` as const);
    const by = from.unsigned();
    const start = dayStart(day) + from.unsigned();
    return { layer, by, from: start, to: start + from.unsigned() };
  });
  const byLocation = Array.from({ length: from.unsigned() }, () => readLocation(from, dayStart(day)));
  return { day, facts, byLocation };
}

function readLocation(from: VarintReader, start: number): LocationDay {
  const [location, ok, failed, unmeasured] = [
    from.unsigned(),
    from.unsigned(),
    from.unsigned(),
    from.unsigned(),
  ];
  let last = start;
  const voted = Array.from({ length: from.unsigned() }, (): Interval => {
    const begin = last + from.unsigned();
    last = begin + from.unsigned();
    return [begin, last];
  });
  let step = 0;
  const latency = new Map(
    Array.from({ length: from.unsigned() }, (): [number, number] => {
      step += from.unsigned();
      return [step, from.unsigned()];
    }),
  );
  const jitterSumMs = from.unsigned() / 1_000;
  const [jitterCount, samplesSent, samplesLost] = [from.unsigned(), from.unsigned(), from.unsigned()];
  const lastMeasuredAt = from.byte() === 1 ? start + from.signed() : null;
  return {
    ...{ location, ok, failed, unmeasured, voted, latency, jitterSumMs, jitterCount },
    ...{ samplesSent, samplesLost, lastMeasuredAt },
  };
}

/** As D1 takes and returns bytes in JSON: hexadecimal digits. */
export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const fromHex = (text: string): Uint8Array => Buffer.from(text, 'hex');
