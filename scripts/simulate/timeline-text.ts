// Owns how a timeline writes moments, durations, names, suppressions and lines. Pure. Decides nothing.

import type { Inhibition } from '../../src/engine/notifications/dependency.ts';
import type { MonitorSuppression } from '../../src/engine/notifications/suppression.ts';

/** `name` is the monitor or the location that the text is about. */
export interface Line {
  /** In ms since second 0. */
  readonly at: number;
  readonly name?: string;
  readonly text: string;
}

const pad = (number: number): string => String(number).padStart(2, '0');

/** `04:10`, `01:04:10` in scenarios of an hour or more, `2d 01:04:10` in those of more than a day. */
export function formatMoment(ms: number, durationSeconds: number): string {
  const sign = ms < 0 ? '-' : '';
  const seconds = Math.floor(Math.abs(ms) / 1_000);
  const minute = `${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
  if (durationSeconds < 3_600) return sign + minute;
  const hour = `${pad(Math.floor(seconds / 3_600) % 24)}:${minute}`;
  const days = Math.floor(seconds / 86_400);
  return durationSeconds <= 86_400 ? sign + hour : `${sign}${days}d ${hour}`;
}

/** `24 s`, `4 min 10 s`, `2 h 5 min`. */
export function formatDuration(ms: number): string {
  const seconds = Math.round(Math.max(0, ms) / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

interface Words {
  readonly nameOf: (monitor: number) => string;
  readonly momentOf: (time: number) => string;
}

const DEPENDENCY_TEXTS: Record<Inhibition['state'], string> = {
  down: 'which is down',
  partial: 'which has a regional problem at the same locations',
  confirming: 'which is being confirmed',
  recovered: 'which has just recovered, so enough locations must see this one fail again',
  detached: 'which was removed, so enough locations must see this one fail again',
};

export function describeSuppression(suppression: MonitorSuppression, { nameOf, momentOf }: Words): string {
  switch (suppression.by) {
    case 'maintenance':
    case 'silence':
      return `${suppression.by} until ${momentOf(suppression.until)}.`;
    case 'dependency':
      return `it depends on ${nameOf(suppression.monitor)}, ${DEPENDENCY_TEXTS[suppression.state]}.`;
    case 'flapping':
      return suppression.until === undefined
        ? 'it flaps.'
        : `it flaps. If the incident lasts, it is notified at ${momentOf(suppression.until)}.`;
    case 'paused':
      return 'it is paused.';
    default:
      return suppression satisfies never;
  }
}

const MAX_NAMES = 4;

/** At most four names: `a, b, c and 3 others`. */
export function joinNames(names: readonly string[]): string {
  if (names.length <= MAX_NAMES) return names.join(', ');
  const shown = names.slice(0, MAX_NAMES - 1);
  return `${shown.join(', ')} and ${names.length - shown.length} others`;
}

/** Lines in order of time. What happens to several at the same second is one line. */
export function renderLines(lines: readonly Line[], durationSeconds: number): string {
  const rendered: { at: string; text: string; names: Set<string> }[] = [];
  for (const { at, name, text } of lines) {
    const moment = formatMoment(at, durationSeconds);
    const same = rendered.findLast((one) => one.at === moment && one.text === text);
    const isRecent = same !== undefined && rendered.at(-1)?.at === moment && name !== undefined;
    if (isRecent && !same.names.has(name)) same.names.add(name);
    else rendered.push({ at: moment, text, names: new Set(name === undefined ? [] : [name]) });
  }
  return rendered
    .map(({ at, text, names }) => `${at} ${names.size === 0 ? '' : `${joinNames([...names])}: `}${text}\n`)
    .join('');
}
