// Owns the form of log lines: one JSON object a line, `event` first, written at the console's level. Errors are logged
// without what a statement or a request contained: parameters of SQL, paths of URLs, quoted input.
// Does not decide what is logged, and imports nothing.

type Fields = Readonly<Record<string, unknown>>;

const line = (event: string, level: string, fields: Fields): string =>
  JSON.stringify({ event, level, ...fields }, (_, value: unknown) => {
    if (value instanceof Error) return describeError(value);
    return typeof value === 'string' ? withoutValues(value) : value;
  });

/** `event` is a dotted name, such as `delivery.failed`. A field may be an error. Other fields must not contain secrets. */
export const log = {
  info: (event: string, fields: Fields = {}): void => console.log(line(event, 'info', fields)),
  warn: (event: string, fields: Fields = {}): void => console.warn(line(event, 'warn', fields)),
  error: (event: string, fields: Fields = {}): void => console.error(line(event, 'error', fields)),
};

/** Fields of a bug: the error with its causes, and where it was thrown. */
export const bugFields = (error: unknown): { readonly error: string; readonly stack: string } => ({
  error: describeError(error),
  stack: framesOf(error).join('\n'),
});

/** An error that may leave the Worker: the platform logs what a handler throws, with its message, stack and causes. */
export function loggableError(error: unknown): Error {
  const safe = new Error(describeError(error));
  safe.stack = [`Error: ${safe.message}`, ...framesOf(error)].join('\n');
  return safe;
}

const MAX_CAUSES = 5;
/** The statement of a failed query names its table at the beginning. */
const MAX_MESSAGE_LENGTH = 500;

/** `Error: Failed query: insert into "channels" …; caused by Error: D1_ERROR: …`, without any value. */
export function describeError(error: unknown): string {
  const parts: string[] = [];
  for (let current: unknown = error; current !== undefined && parts.length < MAX_CAUSES; ) {
    if (!(current instanceof Error)) {
      // It may be anything, so only its type is logged.
      parts.push(`a thrown ${typeof current}`);
      break;
    }
    parts.push(`${current.name}: ${withoutValues(current.message).slice(0, MAX_MESSAGE_LENGTH)}`);
    current = current.cause;
  }
  return parts.join('; caused by ');
}

/** What quotes values, and the text in their place. */
const VALUES: readonly (readonly [RegExp, string])[] = [
  // drizzle: the statement, then its parameters.
  [/(Failed query: [\s\S]*?)\s*(?:\\n)?params: [\s\S]*/g, '$1'],
  // D1_TYPE_ERROR
  [/not supported for value '[\s\S]*'/g, 'not supported for this value'],
  // JSON.parse
  [/(?:\.\.\.)?"[\s\S]{0,100}"(?:\.\.\.)? is not valid JSON/g, 'the text is not valid JSON'],
  // Path and query of a receiver's address are often a password.
  [/\b(https?:\/\/)(?:[^\s/@"'<>]*@)?([^\s/?#"'<>\\]+)[/?#][^\s"'<>]*/gi, '$1$2/…'],
];

/** The text without parameters of SQL, quoted input, and paths of URLs. */
export const withoutValues = (text: string): string =>
  VALUES.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), text);

const FRAME = /^\s+at .*$/;
const MAX_FRAMES = 12;

/** The frames at the end of a stack. The message before them may contain values. */
function framesOf(error: unknown): string[] {
  if (!(error instanceof Error) || error.stack === undefined) return [];
  const { stack, message } = error;
  const start = stack.indexOf(message);
  const lines = (start < 0 ? stack : stack.slice(start + message.length)).split('\n');
  const first = lines.findLastIndex((text) => text.trim() !== '' && !FRAME.test(text)) + 1;
  return lines
    .slice(first)
    .filter((text) => FRAME.test(text))
    .slice(0, MAX_FRAMES)
    .map((text) => text.trimEnd());
}
