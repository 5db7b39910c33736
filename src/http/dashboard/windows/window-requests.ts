// Owns what requests about windows have in common: which window, on which clock, and where the API has it.
import type { Context } from 'hono';
import { readWindowList, type WindowList } from '../../../store/window-list.ts';
import type { WindowRow } from '../../../store/windows.ts';
import { isTimeZone } from '../../../time-zone.ts';
import { readCookie, writeCookie } from '../../access/cookies.ts';
import type { HttpEnv } from '../../context.ts';
import { showRefusal } from '../refusal.tsx';
import type { KindOfPage } from './kinds.ts';
import { unknownZone } from './window-form.ts';

/** Of what the address names. */
export const MAX_LENGTH = 200;
const YEAR_SECONDS = 365 * 86_400;

export interface Found {
  readonly row: WindowRow;
  readonly names: WindowList['names'];
}

export async function find(c: Context<HttpEnv>, { kind }: KindOfPage): Promise<Found | null> {
  const one = { kind, id: c.req.param('id')! };
  const { windows, names } = await readWindowList(c.var.config.db, c.var.caller.restriction, one);
  return windows[0] === undefined ? null : { row: windows[0], names };
}

export const missing = (c: Context<HttpEnv>, { kind, list, plural }: KindOfPage) =>
  showRefusal(
    c,
    { kind: 'not_found', message: `Unknown ${kind}.` },
    { path: list, label: `all ${plural.toLowerCase()}` },
  );

export const apiPath = (c: Context<HttpEnv>, { api }: KindOfPage): string =>
  `${api}/${encodeURIComponent(c.req.param('id')!)}`;

/** The one that the address names, which is kept, else the one that was chosen last, else UTC. */
export function readZone(c: Context<HttpEnv>): { zone: string; error: string | undefined; asked: string } {
  const asked = c.req.query('timeZone')?.trim() ?? '';
  const last = readCookie(c, 'zone') ?? '';
  const kept = last !== '' && isTimeZone(last) ? last : 'UTC';
  if (asked === '') return { zone: kept, error: undefined, asked };
  if (!isTimeZone(asked)) return { zone: kept, error: unknownZone(asked), asked };
  if (asked !== last) writeCookie(c, 'zone', asked, YEAR_SECONDS);
  return { zone: asked, error: undefined, asked };
}
