// Owns which field of a cron expression is wrong, and what it may be. Does not compute occurrences: schedule.ts does.
import { Cron } from 'croner';

const FIELDS = [
  { name: 'minute', allowed: '0 to 59' },
  { name: 'hour', allowed: '0 to 23' },
  { name: 'day of month', allowed: '1 to 31, or L for the last' },
  { name: 'month', allowed: '1 to 12, or JAN to DEC' },
  { name: 'day of week', allowed: '0 to 7 (0 and 7 are Sunday), or SUN to SAT' },
] as const;

const GENERAL =
  '`cron` must have five fields: minute, hour, day of month, month, day of week. "0 2 * * SUN" is Sundays at 02:00.';

/** What is wrong with an expression that croner rejects, with the fix. */
export function cronError(cron: string): string {
  const parts = cron.trim().split(/\s+/);
  if (parts.length !== FIELDS.length) return GENERAL;
  const wrong = FIELDS.flatMap(({ name, allowed }, index) => {
    const alone = FIELDS.map((_, at) => (at === index ? parts[index] : '*')).join(' ');
    return isValid(alone) ? [] : [`the ${name} "${parts[index]}" must be ${allowed}`];
  });
  return wrong.length === 0 ? GENERAL : `In \`cron\`, ${wrong.join(', and ')}. ${EXAMPLE}`;
}

const EXAMPLE = 'Lists, ranges and steps are allowed: "0,30", "1-5", "*/15".';

function isValid(cron: string): boolean {
  try {
    new Cron(cron, { paused: true, mode: '5-part' });
    return true;
  } catch {
    return false;
  }
}
