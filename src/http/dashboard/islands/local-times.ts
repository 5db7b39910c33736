// Owns times in the zone of the viewer. The time in UTC, as the page has it without script, is in the title.

const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const exactFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
/** A time that the page has to the second. */
const HAS_SECONDS = /\d:\d{2}:\d{2}/;

/** Every `<time>` below `root` that is no span of time. */
export function showLocalTimes(root: ParentNode): void {
  for (const time of root.querySelectorAll<HTMLTimeElement>(
    'time[datetime]:not([data-relative], [data-until], [data-local])',
  )) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    if (!time.title) time.title = time.textContent ?? '';
    const isExact = 'exact' in time.dataset || HAS_SECONDS.test(time.textContent ?? '');
    time.textContent = (isExact ? exactFormat : format).format(at);
    time.dataset.local = '';
  }
}
