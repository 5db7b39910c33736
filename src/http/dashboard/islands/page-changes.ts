// Owns putting a newer copy of this page, or of a part, into the page: only regions with `data-live`. Does not decide when.
import { showLocalTimes } from './local-times.ts';
import { morph } from './morph.ts';

/** What islands do after the page has changed. */
type Listener = () => void;
const listeners: Listener[] = [];

export const onChanged = (listener: Listener): void => {
  listeners.push(listener);
};

export const parsePage = (html: string): Document => new DOMParser().parseFromString(html, 'text/html');

/** Makes each region of the page what it is in the copy. A region that the copy does not have stays. */
export function applyRegions(copy: Document): void {
  const focused = document.activeElement;
  const regions = new Map(
    [...copy.querySelectorAll<HTMLElement>('[data-live]')].map((region) => [region.dataset.live, region]),
  );
  for (const region of document.querySelectorAll<HTMLElement>('[data-live]')) {
    const newer = regions.get(region.dataset.live);
    // A region within another one was changed with it.
    if (newer && !region.parentElement?.closest('[data-live]')) morph(region, newer);
  }
  announceChange();
  // A row that moved loses the focus.
  if (focused instanceof HTMLElement && focused.isConnected && document.activeElement !== focused)
    focused.focus({ preventScroll: true });
}

export function announceChange(): void {
  showLocalTimes(document);
  for (const listener of listeners) listener();
  // chart.ts is a file of its own.
  document.dispatchEvent(new CustomEvent('probemesh:changed'));
}
