// Finds the status page that a request is for: by the host, by the id in the path, or the default one. Does not decide who may
// read it.
import type { Context } from 'hono';
import { DEFAULT_PAGE, type StatusPage } from '../../status-pages/model.ts';
import { pageUrl } from '../../status-pages/page-url.ts';
import { findStatusPage, type StatusPageRow, toStatusPage } from '../../store/status-pages.ts';
import { ownOrigin } from '../access/own-origin.ts';
import type { HttpEnv } from '../context.ts';
import { pageHostOf } from './page-host.ts';

export interface FoundPage {
  readonly page: StatusPage;
  /** Path before the routes of the page: empty at the root, else `/pages/<id>`. */
  readonly base: string;
  /** Absolute address of the page, without a trailing slash. */
  readonly url: string;
  /** Null: the default page, which no person has changed. */
  readonly row: StatusPageRow | null;
}

/** Reads one row. Null if the page does not exist. */
export async function findPage(c: Context<HttpEnv>): Promise<FoundPage | null> {
  const { db, publicUrl } = c.var.config;
  const host = pageHostOf(c);
  const given = c.req.param('page');
  const id = given ?? DEFAULT_PAGE.id;
  const row = await findStatusPage(db, host === null ? { id } : { host });
  if (row === null && (host !== null || id !== DEFAULT_PAGE.id)) return null;
  const base = given === undefined ? '' : `/pages/${id}`;
  // The address that people see: a local mesh has several.
  const root = new URL(publicUrl).origin === ownOrigin(c) ? publicUrl : ownOrigin(c);
  const page = row ? toStatusPage(row) : DEFAULT_PAGE;
  // A page that has a host is read at the host of the request: a cookie of one is not sent to the other.
  return { page, base, url: host === null ? pageUrl({ id, host: null }, root) : root, row };
}
