// Owns regions that change without a change of the mesh, such as a page that waits for a ping: while a region has
// `data-every="3"`, the regions of the page are made anew every so many seconds. Does not change the page: live.ts does.
import { refresh } from './live.ts';

const STEP_MS = 1_000;

export function refreshOften(): void {
  let waited = 0;
  let isAsking = false;
  setInterval(async () => {
    const every = Number(document.querySelector<HTMLElement>('[data-every]')?.dataset.every);
    waited += 1;
    if (!(every > 0) || isAsking || waited < every || document.visibilityState === 'hidden') return;
    waited = 0;
    isAsking = true;
    // live.ts says if the connection is lost, or the session is over.
    await refresh().catch(() => undefined);
    isAsking = false;
  }, STEP_MS);
}
