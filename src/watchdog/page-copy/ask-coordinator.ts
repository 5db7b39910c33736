// Owns what the watchdog asks the coordinator for the copies: the list of public pages, with a signature, and each page as a
// reader without credentials. Does not write.
import { signRequest } from '../../signed-request.ts';
import { type PageCopy, readPageCopy } from '../../status-pages/copy/page-copy.ts';

const TIMEOUT_MS = 10_000;
/** A page of 1,000 services in two languages has less. */
const MAX_BYTES = 16_000_000;

export interface ListedPage {
  readonly id: string;
  readonly path: string;
}

interface Coordinator {
  readonly coordinatorUrl: string;
  /** `WATCHDOG_KEY`. */
  readonly key: string;
  readonly now: number;
  readonly fetch: typeof fetch;
}

/** The same as ids of the API: an id becomes a folder. */
const ID = /^[a-z0-9-]{1,100}$/;

const isListed = (value: unknown): value is ListedPage =>
  typeof value === 'object' &&
  value !== null &&
  ID.test(String(Reflect.get(value, 'id'))) &&
  /^\/(pages\/[a-z0-9-]+)?$/.test(String(Reflect.get(value, 'path')));

const addressOf = (coordinatorUrl: string, path: string): URL =>
  new URL(`${coordinatorUrl.replace(/\/+$/, '')}${path}`);

/** Throws if the coordinator does not give the whole list: an incomplete one would remove copies. */
export async function listPublicPages({
  coordinatorUrl,
  key,
  now,
  fetch,
}: Coordinator): Promise<ListedPage[]> {
  const address = addressOf(coordinatorUrl, '/watchdog/pages');
  const signed = await signRequest(key, { method: 'GET', path: address.pathname, body: '' }, now);
  const response = await fetch(address, {
    ...{ headers: signed, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) },
  });
  if (response.status !== 200) throw new Error(`the list of pages answers ${response.status}`);
  const body = parsed(await response.text());
  const pages = typeof body === 'object' && body !== null ? Reflect.get(body, 'pages') : null;
  if (!Array.isArray(pages) || !pages.every(isListed)) throw new Error('the list of pages is not valid');
  return pages;
}

/** `refused`: readers may not read it. Throws if the coordinator does not answer with a copy of this page. */
export async function fetchCopy(
  { coordinatorUrl, fetch }: Coordinator,
  { id, path }: ListedPage,
): Promise<PageCopy | 'refused'> {
  const address = addressOf(coordinatorUrl, `${path === '/' ? '' : path}/copy.json`);
  const response = await fetch(address, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
  if ([401, 403, 404, 410].includes(response.status)) {
    await response.body?.cancel();
    return 'refused';
  }
  if (response.status !== 200) throw new Error(`the page answers ${response.status}`);
  const text = await response.text();
  if (text.length > MAX_BYTES) throw new Error(`the page has ${text.length} characters`);
  const copy = readPageCopy(parsed(text));
  if (copy === null || copy.id !== id) throw new Error('the copy of the page is not valid');
  return copy;
}

/** Null for what is not JSON: the message of the parser would quote it. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
