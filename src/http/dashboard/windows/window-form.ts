// Owns reading the form of a window as the body of a request to the API, and the values of its inputs. What only the form
// knows, such as a group or the clock of a zone, is resolved here. Does not validate: the API does.

import type { WindowKind, WindowRow } from '../../../store/windows.ts';
import { isTimeZone } from '../../../time-zone.ts';
import type { FormErrors } from '../form.tsx';
import type { PostedValues } from '../schema-form/form-input.ts';
import { inputText, instantOf } from './local-times.ts';

export type WindowBody = Readonly<Record<string, unknown>>;

const one = (posted: PostedValues, name: string): string => posted[name]?.at(-1)?.trim() ?? '';

/** One a line, or with commas between them. */
const listOf = (text: string): string[] => [
  ...new Set(
    text
      .split(/[\s,]+/)
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  ),
];

export interface PostedScope {
  readonly monitors: 'all' | readonly string[];
  readonly tags: readonly string[];
}

/** `groupIds` are the monitors of the group that was named. */
export function scopeOf(posted: PostedValues, groupIds: readonly string[]): PostedScope {
  if (one(posted, 'scope') === 'all') return { monitors: 'all', tags: [] };
  return {
    monitors: [...new Set([...listOf(one(posted, 'monitors')), ...groupIds])],
    tags: listOf(one(posted, 'tags')),
  };
}

export type ReadWindow =
  | { readonly ok: true; readonly body: WindowBody }
  | { readonly ok: false; readonly errors: FormErrors };

/** The body of a new window, or of an update of `stored`. */
export function readWindow(
  kind: WindowKind,
  posted: PostedValues,
  scope: PostedScope,
  stored: WindowRow | null,
): ReadWindow {
  const common = {
    ...{ name: one(posted, 'name'), monitors: scope.monitors, tags: scope.tags },
    ...(kind === 'maintenance' ? { notify: one(posted, 'notify') === 'yes' } : {}),
  };
  const timeZone = one(posted, 'timeZone') || 'UTC';
  const minutes = numberOf(one(posted, 'durationMinutes'));
  if (kind === 'maintenance' && one(posted, 'repeat') === 'recurring')
    return {
      ok: true,
      body: {
        ...common,
        ...(stored !== null && 'startsAt' in stored.schedule ? { startsAt: null, endsAt: null } : {}),
        ...{ cron: one(posted, 'cron'), timeZone },
        ...(minutes === undefined ? {} : { durationMinutes: minutes }),
      },
    };
  if (!isTimeZone(timeZone)) return { ok: false, errors: { timeZone: unknownZone(timeZone) } };
  const startsAt = timeOf(posted, 'startsAt', timeZone, stored);
  const endsAt = timeOf(posted, 'endsAt', timeZone, stored);
  // A new form has a duration already: an end that is typed beside it counts.
  const duration = endsAt === undefined ? minutes : undefined;
  return {
    ok: true,
    body: {
      ...common,
      ...(stored !== null && 'cron' in stored.schedule
        ? { cron: null, timeZone: null, ...(duration === undefined ? { durationMinutes: null } : {}) }
        : {}),
      ...(startsAt === undefined ? {} : { startsAt }),
      ...(endsAt === undefined ? {} : { endsAt }),
      ...(duration === undefined ? {} : { durationMinutes: duration }),
    },
  };
}

export const unknownZone = (name: string): string =>
  `Unknown time zone "${name.slice(0, 64)}". Use an IANA name such as Europe/Berlin.`;

/** An instant, or what was typed: the API says what is wrong with it. What was not touched keeps its seconds. */
function timeOf(
  posted: PostedValues,
  name: 'startsAt' | 'endsAt',
  timeZone: string,
  stored: WindowRow | null,
): string | undefined {
  const text = one(posted, name);
  if (text === '') return undefined;
  if (stored !== null && 'startsAt' in stored.schedule) {
    const at = stored.schedule[name];
    if (inputText(timeZone, at) === text) return new Date(at).toISOString();
  }
  const at = instantOf(timeZone, text);
  return at === null ? text : new Date(at).toISOString();
}

const numberOf = (text: string): unknown => {
  if (text === '') return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? number : text;
};

/** The inputs of a stored window, on the clock of a zone. */
export function valuesOf(row: WindowRow, timeZone: string): PostedValues {
  const { schedule } = row;
  return {
    name: [row.name],
    scope: [row.monitors === 'all' ? 'all' : 'some'],
    monitors: [row.monitors === 'all' ? '' : row.monitors.join('\n')],
    tags: [row.tags.join('\n')],
    ...('cron' in schedule
      ? {
          ...{ repeat: ['recurring'], cron: [schedule.cron], timeZone: [schedule.timeZone] },
          durationMinutes: [String(schedule.durationMinutes)],
        }
      : {
          ...{ repeat: ['once'], timeZone: [timeZone] },
          ...{
            startsAt: [inputText(timeZone, schedule.startsAt)],
            endsAt: [inputText(timeZone, schedule.endsAt)],
          },
        }),
  };
}
