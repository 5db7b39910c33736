// Owns the form of log lines: one JSON object a line, `event` first, written at the console's level.
// Does not decide what is logged, and imports nothing.

type Fields = Readonly<Record<string, unknown>>;

const line = (event: string, level: string, fields: Fields): string =>
  JSON.stringify({ event, level, ...fields });

/** `event` is a dotted name, such as `delivery.failed`. Fields must not contain secrets. */
export const log = {
  info: (event: string, fields: Fields = {}): void => console.log(line(event, 'info', fields)),
  warn: (event: string, fields: Fields = {}): void => console.warn(line(event, 'warn', fields)),
  error: (event: string, fields: Fields = {}): void => console.error(line(event, 'error', fields)),
};
