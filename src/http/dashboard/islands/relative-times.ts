// Owns times that count, by the clock of the server: `<time data-relative>` is the time since then, `<time data-until>` the time
// until then.
import { duration } from '../../../channels/time-text.ts';

const EVERY_MS = 1_000;

export function countTimes(): void {
  const madeAt = Number(document.body.dataset.now);
  // The clock of the viewer may be wrong. The page took a moment to arrive, which does not matter.
  const ahead = Number.isFinite(madeAt) && madeAt > 0 ? Date.now() - madeAt : 0;
  setInterval(() => {
    if (document.visibilityState === 'hidden') return;
    const now = Date.now() - ahead;
    for (const time of document.querySelectorAll<HTMLTimeElement>('time[data-relative], time[data-until]')) {
      const at = Date.parse(time.dateTime);
      if (Number.isNaN(at)) continue;
      const text = duration(time.dataset.until === undefined ? now - at : at - now);
      if (time.textContent !== text) time.textContent = text;
    }
  }, EVERY_MS);
}
