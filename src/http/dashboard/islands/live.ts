// Owns keeping the page up to date: it asks the small overview of the API every 10 s, and the page itself only if something has
// changed. Never reloads. Says when it cannot ask. Does not change the page itself: page-changes.ts does.
import { element } from './element.ts';
import { applyRegions, parsePage } from './page-changes.ts';

const EVERY_MS = 10_000;
const MAX_WAIT_MS = 60_000;
const FIRST_RETRY_MS = 3_000;

interface Overview {
  readonly seq: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly changed: readonly unknown[];
}

const title = document.title;
let etag: string | null = null;
let failures = 0;
let down: number | null = null;
let lastUpdate = new Date();
let timer: ReturnType<typeof setTimeout> | undefined;
let isAsking = false;

export function followMesh(): void {
  // Only pages of a person who is signed in have it.
  if (document.body.dataset.now === undefined) return;
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void ask();
    else clearTimeout(timer);
  });
  addEventListener('online', () => void ask());
  // From the cache of the browser, the page is as it was when it was left.
  addEventListener('pageshow', ({ persisted }) => persisted && void ask());
  if (document.visibilityState === 'visible') void ask();
}

/** Asks now, such as after a change that this page made. */
export async function ask(): Promise<void> {
  if (isAsking) return;
  isAsking = true;
  clearTimeout(timer);
  try {
    const outcome = await askOnce();
    failures = 0;
    // A person without a role sees no figures of the mesh.
    if (outcome === 'forbidden') return;
    if (outcome === 'ended') return showEnded();
    lastUpdate = new Date();
    hideMessage();
  } catch {
    failures += 1;
    // One failure alone may be a deployment, or a network that changes.
    if (failures > 1) showLost();
  } finally {
    isAsking = false;
  }
  if (document.visibilityState === 'visible') timer = setTimeout(() => void ask(), waitMs());
}

const waitMs = (): number =>
  failures === 0 ? EVERY_MS : Math.min(MAX_WAIT_MS, FIRST_RETRY_MS * 2 ** (failures - 1));

/** Whether the session is over, or sees nothing of the mesh. */
async function askOnce(): Promise<'asked' | 'ended' | 'forbidden'> {
  const response = await fetch(
    `/api/v1/overview?since=${document.body.dataset.seq ?? document.body.dataset.now}`,
    {
      headers: etag === null ? {} : { 'if-none-match': etag },
      cache: 'no-store',
      signal: AbortSignal.timeout(EVERY_MS),
    },
  );
  if (response.status === 304) return 'asked';
  if (response.status === 401) return 'ended';
  if (response.status === 403) return 'forbidden';
  if (!response.ok) throw new Error(`status ${response.status}`);
  const overview = (await response.json()) as Overview;
  const isFirst = etag === null;
  // At first, only a change since the page was made matters.
  if (!isFirst || overview.changed.length > 0) if (await refresh()) return 'ended';
  etag = response.headers.get('etag');
  document.body.dataset.seq = String(overview.seq);
  showDown(overview.counts.down ?? 0);
  return 'asked';
}

/** Gets this page again. True if that leads to the sign-in. */
export async function refresh(): Promise<boolean> {
  if (document.querySelector('[data-live]') === null) return false;
  const response = await fetch(location.href, {
    headers: { accept: 'text/html' },
    redirect: 'manual',
    cache: 'no-store',
    signal: AbortSignal.timeout(30_000),
  });
  if (response.type === 'opaqueredirect') return true;
  if (response.status >= 500) throw new Error(`status ${response.status}`);
  // What this page shows may be deleted: then it stays as it is.
  if (response.ok) applyRegions(parsePage(await response.text()));
  return false;
}

function showDown(count: number): void {
  document.title = count === 0 ? title : `(${count} down) ${title}`;
  if (down !== null && down !== count)
    say(
      count === 0 ? 'No monitor is down.' : `${count} ${count === 1 ? 'monitor is' : 'monitors are'} down.`,
    );
  down = count;
}

let spoken: HTMLElement | null = null;

/** For screen readers, when they are idle. */
export function say(text: string): void {
  if (spoken === null) {
    spoken = element('p', { class: 'hidden', role: 'status', 'data-made': '' });
    document.body.append(spoken);
  }
  spoken.textContent = text;
}

let message: HTMLElement | null = null;

const showLost = (): void =>
  showMessage(
    `Not connected: last update ${new Intl.DateTimeFormat(undefined, { timeStyle: 'medium', hourCycle: 'h23' }).format(lastUpdate)}`,
  );

function showEnded(): void {
  const path = `/sign-in?return=${encodeURIComponent(location.pathname + location.search)}`;
  showMessage('Not connected: your session ended. ', element('a', { href: path }, 'Sign in'));
}

function showMessage(text: string, link?: Node): void {
  if (message === null) {
    message = element('p', { class: 'connection', role: 'status', 'data-made': '' });
    document.body.append(message);
  }
  if (message.firstChild?.nodeValue === text) return;
  message.replaceChildren(text, ...(link ? [link] : []));
  document.documentElement.dataset.connection = 'lost';
}

function hideMessage(): void {
  message?.remove();
  message = null;
  delete document.documentElement.dataset.connection;
}
