// Owns the id of an outage. Pure. Two regions, and a function that lost its memory, choose the same one: it has the hour of the
// outage, and a number only where an earlier outage of that hour is known.

const TWO_DIGITS = 2;

/** Letters, digits and underscores, so that it can be a `webhook-id`. `earlier` are outages that are over. */
export function outageIdOf(deadSince: number, earlier: readonly (string | undefined)[]): string {
  const hour = new Date(deadSince).toISOString().slice(0, 13).replaceAll(/[-T]/g, '');
  const base = `watchdog_${hour}`;
  const numbers = earlier.flatMap((id) =>
    id === base ? [1] : id?.startsWith(`${base}_`) ? [Number(id.slice(base.length + 1))] : [],
  );
  if (numbers.length === 0) return base;
  return `${base}_${String(Math.max(...numbers) + 1).padStart(TWO_DIGITS, '0')}`;
}
