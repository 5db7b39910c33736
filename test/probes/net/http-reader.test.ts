import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HttpViolation } from '../../../probes/net/http-head.ts';
import { ResponseReader } from '../../../probes/net/http-reader.ts';

const read = (parts: readonly Buffer[]): unknown => {
  const seen: unknown[] = [];
  const body: Buffer[] = [];
  const reader = new ResponseReader(
    { method: 'GET', upgrade: false },
    {
      onHead: ({ status, lines }, framing) => seen.push(status, lines, framing),
      onBody: (bytes) => body.push(bytes),
    },
  );
  try {
    for (const part of parts) reader.push(part);
    reader.end();
  } catch (error) {
    // Anything else is a bug.
    if (!(error instanceof HttpViolation)) throw error;
    return error.message;
  }
  return [seen, Buffer.concat(body).toString('latin1'), reader.oddities, reader.isComplete];
};

const split = (bytes: Buffer, at: readonly number[]): Buffer[] => {
  const cuts = [0, ...at.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return cuts.slice(1).map((cut, index) => bytes.subarray(cuts[index], cut));
};

const responses = [
  'HTTP/1.1 103 Early\r\nlink: a\r\n\r\nHTTP/1.1 200 OK\r\nX Y : 1\r\n two\r\nno colon\r\nContent-Length: 4\r\n\r\nbody, and more',
  'HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nContent-Length: 3\n\n4;x\nbody\n0a\r\n, and more.\r\n0\r\nX: y\r\n\r\nmore',
  'HTTP/1.0 500 Bad\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n\r\nuntil the end',
  '\r\nHTTP/1.1 204 x\r\n\r\n',
  'SSH-2.0-OpenSSH_9.9\r\n',
];

test('a response is read alike however its bytes are split', () => {
  const bytes = fc.constantFrom(...responses).map((text) => Buffer.from(text, 'latin1'));
  fc.assert(
    fc.property(bytes, fc.array(fc.nat(200), { maxLength: 12 }), (response, cuts) => {
      expect(read(split(response, cuts))).toEqual(read([response]));
    }),
  );
  for (const text of responses)
    expect(read(Array.from(Buffer.from(text, 'latin1'), (byte) => Buffer.from([byte])))).toEqual(
      read([Buffer.from(text, 'latin1')]),
    );
});

test('a damaged response is read or refused, and never breaks the reader', () => {
  const piece = fc.constantFrom(
    ...[
      'HTTP/1.1 ',
      '200',
      ' OK',
      '\r\n',
      '\n',
      '\r',
      ':',
      ' ',
      'content-length: ',
      'transfer-encoding: chunked',
    ],
    ...['0', '5', 'ff', 'hello', '\0', '\xff', ';', ','],
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), fc.boolean(), (pieces, begins) => {
      const text = (begins ? 'HTTP/1.1 200 OK\r\n' : '') + pieces.join('');
      expect(['string', 'object']).toContain(typeof read([Buffer.from(text, 'latin1')]));
    }),
    { numRuns: 500 },
  );
});
