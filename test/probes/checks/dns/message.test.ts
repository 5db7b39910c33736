import { decode, encode } from 'dns-packet';
import { describe, expect, test } from 'vitest';
import {
  encodeQuery,
  type ParsedResponse,
  parseResponse,
  type Question,
} from '../../../../probes/checks/dns/message.ts';
import { RECORD_TYPES } from '../../../../probes/checks/dns/records.ts';
import { seeded } from '../../../support/engine/seeded.ts';

const ID = 0x1234;
const question: Question = { name: 'shop.example.com', record: 'A' };
const read = (bytes: Uint8Array, expectedQuestion = question): ParsedResponse =>
  parseResponse(bytes, new Set([ID]), expectedQuestion);
const kind = (reply: ParsedResponse): string => (typeof reply === 'string' ? reply : 'answer');

/** A header with these counts, and what follows it. */
function message(counts: readonly number[], ...parts: (Buffer | number[])[]): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(ID, 0);
  header.writeUInt16BE(0x8180, 2);
  for (const [at, count] of counts.entries()) header.writeUInt16BE(count, 4 + 2 * at);
  return Buffer.concat([header, ...parts.map((part) => Buffer.from(part))]);
}
const ASKED = encodeQuery(ID, question).subarray(12);
const PLAIN = message([1, 1], Buffer.from(ASKED), [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 192, 0, 2, 1]);

test('a query has one question and asks for recursion', () => {
  const packet = decode(Buffer.from(encodeQuery(ID, { name: 'a.example.', record: 'CAA' })));
  expect(packet).toMatchObject({
    id: ID,
    type: 'query',
    flag_rd: true,
    questions: [{ type: 'CAA', name: 'a.example', class: 'IN' }],
  });
  expect(encodeQuery(ID, { name: '.', record: 'NS' })).toHaveLength(17);
});

test('a simple DNS answer is parsed', () => {
  expect(read(PLAIN)).toEqual({ rcode: 'NOERROR', values: ['192.0.2.1'], finalName: 'shop.example.com' });
});

test('repeated DNS values count once, and records of other names and types do not count', () => {
  const answers = ['192.0.2.1', '192.0.2.1'].map((data) => ({
    type: 'A' as const,
    name: 'SHOP.example.com',
    data,
  }));
  const others = [
    { type: 'A' as const, name: 'a.example', data: '192.0.2.9' },
    { type: 'NS' as const, name: 'shop.example.com', data: 'a.example' },
  ];
  const bytes = encode({
    type: 'response',
    id: ID,
    questions: [{ type: 'A', name: 'shop.example.com' }],
    answers: [...others, ...answers],
  });
  expect(read(bytes)).toMatchObject({ values: ['192.0.2.1'] });
});

describe('a hostile answer', () => {
  const POINTER_TO_ITSELF = [0xc0, 12, 0, 1, 0, 1];
  const TAIL = [0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4];
  test.each<[string, Buffer, string]>([
    ['whose question points to itself', message([1], POINTER_TO_ITSELF), 'malformed'],
    ['whose names point at each other', message([0, 2], [0xc0, 14, 0xc0, 12], TAIL), 'malformed'],
    ['whose name points forward', message([1], [0xc0, 200, 0, 1, 0, 1]), 'malformed'],
    ['with a reserved kind of label', message([1], [0x80, 0, 0, 1, 0, 1]), 'malformed'],
    ['with a label that is longer than the message', message([1], [63, 97, 0, 1, 0, 1]), 'malformed'],
    ['that promises 65535 records', message([1, 65_535], Buffer.from(ASKED)), 'malformed'],
    ['that promises 65535 questions', message([65_535], Buffer.from(ASKED)), 'malformed'],
    ['that ends in mid-record', PLAIN.subarray(0, -2), 'malformed'],
    ['of a header alone', PLAIN.subarray(0, 12), 'malformed'],
    ['of a header alone that has nothing', message([]), 'unrelated'],
    ['of half a header', PLAIN.subarray(0, 7), 'malformed'],
    ['of one byte', PLAIN.subarray(0, 1), 'unrelated'],
    ['of nothing', PLAIN.subarray(0, 0), 'unrelated'],
    [
      'that is a question',
      Buffer.concat([PLAIN.subarray(0, 2), Buffer.from([1, 0]), PLAIN.subarray(4)]),
      'unrelated',
    ],
  ])('a hostile DNS answer is not accepted: %s', (_, bytes, expected) =>
    expect(kind(read(bytes))).toBe(expected),
  );

  test('a DNS answer with a text that claims to be longer than the message is not accepted', () => {
    const txt = encodeQuery(ID, { ...question, record: 'TXT' }).subarray(12);
    const bytes = message([1, 1], Buffer.from(txt), [0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 0, 0, 200, 3, 97]);
    expect(read(bytes, { ...question, record: 'TXT' })).toBe('malformed');
  });

  test('a DNS answer of 64 KiB of pointers to pointers is rejected quickly', () => {
    const chain: number[] = [0];
    for (let at = 13; at < 16_382; at += 2) {
      const to = at === 13 ? 12 : at - 2;
      chain.push(0xc0 | (to >> 8), to & 255);
    }
    const end = 12 + chain.length - 2;
    const name = [0xc0 | (end >> 8), end & 255];
    const record = [...name, 0, 15, 0, 1, 0, 0, 0, 0, 0, 4, 0, 1, ...name];
    const records = Math.floor((65_535 - 12 - chain.length) / record.length);
    for (const count of [records, 500]) {
      const bytes = message([0, count], Buffer.from(chain), Buffer.from(Array(records).fill(record).flat()));
      const startedAt = performance.now();
      read(bytes);
      expect(performance.now() - startedAt).toBeLessThan(200);
    }
  });
});

test('10,000 random and corrupted DNS replies are parsed or rejected', () => {
  const random = seeded(7);
  const below = (limit: number): number => Math.floor(random() * limit);
  const observation = new Map<string, number>();
  for (let turn = 0; turn < 10_000; turn += 1) {
    const record = RECORD_TYPES[below(RECORD_TYPES.length)]!;
    const expectedQuestion = { ...question, record };
    const [head, bytes] =
      turn % 2 === 0
        ? [4, Buffer.from(Array.from({ length: below(600) }, () => below(256)))]
        : [4, garbled(record, below)];
    // Half of them pass for answers.
    if (turn % 4 < 2) message([]).copy(bytes, 0, 0, head);
    const reply = kind(read(bytes, expectedQuestion));
    observation.set(reply, (observation.get(reply) ?? 0) + 1);
  }
  expect([...observation.keys()].sort()).toEqual(['answer', 'malformed', 'truncated', 'unrelated']);
  expect(Math.min(...observation.values())).toBeGreaterThan(10);
});

/** A good answer with some bytes changed, and cut somewhere. */
function garbled(record: (typeof RECORD_TYPES)[number], below: (limit: number) => number): Buffer {
  const types: Readonly<Record<string, number>> = {
    A: 1,
    NS: 2,
    CNAME: 5,
    SOA: 6,
    PTR: 12,
    MX: 15,
    TXT: 16,
    AAAA: 28,
    SRV: 33,
    CAA: 257,
  };
  const type = types[record]!;
  const expectedQuestion = Buffer.from(encodeQuery(ID, { ...question, record }).subarray(12));
  const data = Buffer.from(Array.from({ length: 1 + below(60) }, () => below(256)));
  const records = Array.from({ length: 1 + below(4) }, () =>
    Buffer.concat([Buffer.from([0xc0, 12, type >> 8, type & 255, 0, 1, 0, 0, 0, 9, 0, data.length]), data]),
  );
  const bytes = message([1, records.length, below(3) === 0 ? 1 : 0], expectedQuestion, ...records);
  for (let changes = below(6); changes > 0; changes -= 1) bytes[below(bytes.length)] = below(256);
  return Buffer.from(bytes.subarray(0, bytes.length - (below(2) === 0 ? below(20) : 0)));
}
