// Owns the head of an HTTP/1.1 response: its status line, its headers, how long its body is, and which oddities were
// tolerated. Accepts what browsers and curl accept. Pure. RFC 9112, sections 4 to 6.

/** The peer broke HTTP. The message continues a sentence that begins with the peer. */
export class HttpViolation extends Error {
  override readonly name = 'HttpViolation';
}

export interface Head {
  /** As in `1.1`. */
  readonly version: string;
  readonly status: number;
  readonly reason: string;
  /** Names in lower case. Repeated headers are joined with ", ". The first `location` and the last `content-type` count. */
  readonly headers: Readonly<Record<string, string>>;
  /** Every header line in its order, as one character per byte. */
  readonly lines: readonly (readonly [name: string, value: string])[];
}

/** How the end of a body is known (RFC 9112, section 6.3). */
export type Framing =
  | { readonly kind: 'none' | 'chunked' | 'close' }
  | { readonly kind: 'length'; readonly bytes: number };

const STATUS_LINE = /^HTTP\/(1\.\d|2(?:\.0)?) +(\d{3})(?!\d) *(.*)$/is;

/** A name that RFC 9110, section 5.1, allows. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Lines without their line ends, as one character per byte. `note` receives each oddity. */
export function parseHead(lines: readonly string[], note: (oddity: string) => void): Head {
  const [first = '', ...rest] = lines;
  // A C library that reads the head stops at the byte, so clients refuse it.
  if (lines.some((line) => line.includes('\0')))
    throw new HttpViolation('did not answer in HTTP (a header contains a NUL byte)');
  const [, version, status, reason = ''] = STATUS_LINE.exec(first) ?? [];
  if (version === undefined) throw new HttpViolation('did not answer in HTTP (the status line is not valid)');
  if (!/^HTTP\/1\.[01] \d{3}(?: |$)/.test(first)) note('an unusual status line');
  const fields = unfold(rest, note).flatMap((line) => parseField(line, note));
  if (lines.some((line) => /[^\t\x20-\x7e\x80-\xff]/.test(line))) note('control characters in the headers');
  if (lines.some((line) => /[\x80-\xff]/.test(line))) note('bytes beyond ASCII in the headers');
  return { version, status: Number(status), reason: reason.trim(), headers: byName(fields), lines: fields };
}

/** A line that begins with a space continues the line before it. */
function unfold(lines: readonly string[], note: (oddity: string) => void): string[] {
  const unfolded: string[] = [];
  for (const line of lines) {
    if (!/^[ \t]/.test(line)) {
      unfolded.push(line);
      continue;
    }
    note(line.trim() === '' ? 'a header line of spaces only' : 'a folded header');
    // Nothing precedes the first line: RFC 9112, section 2.2, has it ignored.
    if (unfolded.length > 0) unfolded.push(`${unfolded.pop()} ${line.trim()}`);
  }
  return unfolded;
}

function parseField(line: string, note: (oddity: string) => void): [name: string, value: string][] {
  const colon = line.indexOf(':');
  if (colon < 0) {
    note('a header line without a colon');
    return [];
  }
  const written = line.slice(0, colon);
  const name = written.trimEnd().toLowerCase();
  if (name !== written.toLowerCase()) note('a space before the colon of a header');
  if (name === '') {
    note('a header without a name');
    return [];
  }
  if (!TOKEN.test(name)) note('a header name with a space or another invalid character');
  return [[name, line.slice(colon + 1).trim()]];
}

function byName(fields: readonly (readonly [string, string])[]): Record<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of fields) {
    const known = values.get(name);
    if (known === undefined) values.set(name, value);
    else if (name === 'content-type') values.set(name, value);
    // Two locations joined are no location.
    else if (name !== 'location') values.set(name, `${known}, ${value}`);
  }
  return Object.fromEntries(values);
}

export interface Expected {
  readonly method: string;
  /** The request asked for another protocol. */
  readonly upgrade: boolean;
}

/** Fails on a status that is not a status, on lengths that contradict each other, and on an uninvited change of protocol. */
export function framingOf(
  head: Head,
  { method, upgrade }: Expected,
  note: (oddity: string) => void,
): Framing {
  const { status, lines } = head;
  if (status < 100) throw new HttpViolation(`answered with the invalid status ${status}`);
  if (status === 101 && !upgrade) throw new HttpViolation('changed the protocol without a request to do so');
  const codings = transferCodings(head);
  const isChunked = codings.includes('chunked');
  const lengths = lines.flatMap(([name, value]) => (name === 'content-length' ? value.split(',') : []));
  if (isChunked && lengths.length > 0) note('a content-length beside a transfer-encoding');
  if (codings.filter((coding) => coding === 'chunked').length > 1) note('a repeated transfer-encoding');
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return { kind: 'none' };
  if (isChunked) return { kind: 'chunked' };
  if (codings.length > 0) {
    note('a transfer-encoding without "chunked"');
    return { kind: 'close' };
  }
  return lengths.length === 0 ? { kind: 'close' } : { kind: 'length', bytes: agreedLength(lengths, note) };
}

function agreedLength(values: readonly string[], note: (oddity: string) => void): number {
  const parsed = values.map((value) => {
    const text = value.trim();
    const [digits] = /^\+?\d+/.exec(text) ?? [];
    if (digits === undefined)
      throw new HttpViolation('did not answer in HTTP (the content-length is not a number)');
    if (!/^\d+$/.test(text)) note('a content-length that does not consist of digits only');
    return Number(digits);
  });
  const [bytes = 0] = parsed;
  if (parsed.some((other) => other !== bytes))
    throw new HttpViolation('did not answer in HTTP (several content-lengths contradict each other)');
  if (parsed.length > 1) note('a repeated content-length');
  return bytes;
}

const codingsIn = (value = ''): string[] =>
  value
    .split(',')
    .map((coding) => coding.replace(/;.*/s, '').trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity');

const transferCodings = ({ headers }: Head): string[] => codingsIn(headers['transfer-encoding']);

/** The codings to undo, in the order of undoing. */
export const codingsToUndo = (head: Head): string[] =>
  [
    ...codingsIn(head.headers['content-encoding']),
    ...transferCodings(head).filter((coding) => coding !== 'chunked'),
  ].reverse();
