// Errors in log lines, and errors that leave a handler: no parameter of a statement, no path of an address.
import { DrizzleQueryError } from 'drizzle-orm/errors';
import { afterEach, expect, test, vi } from 'vitest';
import { bugFields, describeError, log, loggableError } from '../src/log.ts';

afterEach(() => vi.restoreAllMocks());

const SECRET = 'T0ken-in-the-path';
const QUERY = 'insert into "channels" ("id", "name") values (?, ?)';
const d1 = (params: unknown[], cause = new Error('D1_ERROR: database is locked: SQLITE_BUSY')) =>
  new DrizzleQueryError(QUERY, params, cause);

test('an error of D1 is logged with its statement and its cause, without parameters', () => {
  expect(describeError(d1(['on-call', SECRET]))).toBe(
    `Error: Failed query: ${QUERY}; caused by Error: D1_ERROR: database is locked: SQLITE_BUSY`,
  );
});

/** Parameters that look like what surrounds them. */
const HOSTILE = [
  SECRET,
  `\n    at ${SECRET} (worker.js:1:2)`,
  `params: ${SECRET}`,
  `\n\nparams: ${SECRET}\n    at ${SECRET} (worker.js:1:2)\n`,
  `Failed query: ${SECRET}`,
  `https://user:${SECRET}@hooks.example.com/${SECRET}`,
  `" is not valid JSON ${SECRET}`,
];

test.each(HOSTILE)('no parameter reaches a log line or a rethrown error: %j', (value) => {
  const written = vi.spyOn(console, 'error').mockImplementation(() => {});
  const errors: Error[] = [
    d1([value]),
    new Error('the tick failed', { cause: d1([value]) }),
    new Error(`the tick failed: ${d1([value]).message}`),
    d1(['x'], d1([value])),
    new Error(JSON.stringify({ message: d1([value]).message })),
  ];
  for (const error of errors) {
    log.error('test.bug', bugFields(error));
    log.error('test.bug', { error });
    log.error('test.bug', { error: error.message });
  }
  // A thrown value that is not an error may be anything.
  for (const thrown of [value, { message: value }, null]) log.error('test.bug', bugFields(thrown));
  const rethrown = [...errors, value, { message: value }].map((error) => {
    const { message, stack, cause } = loggableError(error);
    return `${message} ${stack} ${String(cause)}`;
  });
  const lines = written.mock.calls.flat().map(String);
  expect(lines).toHaveLength(18);
  for (const text of [...lines, ...rethrown]) expect(text).not.toContain(SECRET);
});

test.each([
  [
    "D1_TYPE_ERROR: Type 'object' not supported for value 'T0ken-in-the-path'",
    'not supported for this value',
  ],
  ['Failed to parse URL from https://hooks.example.com/T0ken-in-the-path?a=b', 'https://hooks.example.com/…'],
  ['fetch https://u:T0ken-in-the-path@hooks.example.com/ failed', 'https://hooks.example.com/… failed'],
  [
    (() => {
      try {
        return JSON.parse(`T0ken-in-the-path`) as string;
      } catch (error) {
        return (error as Error).message;
      }
    })(),
    'is not valid JSON',
  ],
])('a value that a library quotes is cut out: %j', (message, kept) => {
  const text = describeError(new TypeError(message));
  expect(text).not.toContain('T0ken');
  expect(text).toContain(kept);
});

test('a bug is logged with the place where it was thrown', () => {
  const error = new Error('broken');
  const { error: text, stack } = bugFields(error);
  expect(text).toBe('Error: broken');
  expect(stack.split('\n')[0]).toContain('log-errors.test.ts');
  expect(loggableError(error).stack).toContain('log-errors.test.ts');
  expect(loggableError(error).message).toBe('Error: broken');
});

test('a circle of causes ends', () => {
  const error = new Error('round');
  error.cause = error;
  expect(describeError(error).split('caused by')).toHaveLength(5);
});

// Work that grows with the square of the length would take longer than the test may.
test('a very long message is truncated, and a long text without a match does not hold a request up', () => {
  expect(describeError(new Error('x"'.repeat(1_000_000))).length).toBeLessThan(600);
  expect(describeError(d1(['y"'.repeat(1_000_000)])).length).toBeLessThan(600);
});
