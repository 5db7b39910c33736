// Owns the values of DNS records in zone-file form (RFC 1035, section 5.1), and their canonical form for comparison. Pure.
import ipaddr from 'ipaddr.js';
import { asciiName } from '../shared/international-name.ts';

export const RECORD_TYPES = ['A', 'AAAA', 'CNAME', 'MX', 'NS', 'TXT', 'SOA', 'SRV', 'PTR', 'CAA'] as const;
export type RecordType = (typeof RECORD_TYPES)[number];

export const MATCHES = ['exactly', 'all', 'any', 'none', 'contains'] as const;
export type Match = (typeof MATCHES)[number];

/** DNS names ignore case and a final dot. */
export const canonicalName = (name: string): string => name.toLowerCase().replace(/(?<=.)\.$/, '');

/** The canonical form of a name that a user wrote, perhaps in Unicode. */
export const canonicalInput = (name: string): string => canonicalName(asciiName(name));

/** Why a name is not valid, and the fix; null if it is valid. Wildcards, underscores and "/" (RFC 2317) are allowed. */
export function nameError(name: string): string | null {
  if (name === '.') return null;
  if (name.includes('://'))
    return 'This is a URL. Enter the name alone, without "http://" and without a path.';
  if (/[\s\p{Cc}]/u.test(name)) return 'A name has no spaces or control characters. Remove them.';
  const ascii = asciiName(name);
  if (/[^\p{ASCII}]/u.test(ascii))
    return 'Invalid international name: DNS does not allow one of its characters, or this mixture of them. Correct the name.';
  const labels = ascii.replace(/\.$/, '').split('.');
  if (ascii.length > 253 || !labels.every((label) => /^[\w*/-]{1,63}$/.test(label)))
    return 'A name must have labels of at most 63 letters, digits, "-", "_", "/" or "*", and at most 253 characters, such as shop.example.com.';
  return null;
}

/** The reverse name of an address (RFC 1035, section 3.5; RFC 3596, section 2.5). Other names stay unchanged. */
export function reverseName(name: string): string {
  if (ipaddr.IPv4.isValidFourPartDecimal(name)) return `${name.split('.').reverse().join('.')}.in-addr.arpa`;
  if (!name.includes(':') || !ipaddr.IPv6.isValid(name)) return name;
  const hex = ipaddr.IPv6.parse(name)
    .toByteArray()
    .map((byte) => byte.toString(16).padStart(2, '0'));
  return `${hex.join('').split('').reverse().join('.')}.ip6.arpa`;
}

interface Form {
  /** The canonical form of a value; null if the value is not valid. */
  readonly canonical: (text: string) => string | null;
  readonly example: string;
}

const nameForm: Form = {
  canonical: (text) => (nameError(text) === null ? canonicalInput(text) : null),
  example: 'ns1.example.com',
};

/** Whole numbers and names, in the number and order of the example. */
function fields(example: string): Form {
  const isNumber = example.split(' ').map((field) => /^\d+$/.test(field));
  return {
    example,
    canonical(text) {
      const parts = text.trim().split(/\s+/);
      const fits = (field: string, index: number): boolean =>
        isNumber[index] ? /^\d{1,10}$/.test(field) : nameError(field) === null;
      if (parts.length !== isNumber.length || !parts.every(fits)) return null;
      return parts
        .map((field, index) => (isNumber[index] ? String(Number(field)) : canonicalInput(field)))
        .join(' ');
    },
  };
}

const PARSERS: Readonly<Record<RecordType, Form>> = {
  A: { canonical: (text) => (ipaddr.IPv4.isValidFourPartDecimal(text) ? text : null), example: '192.0.2.1' },
  AAAA: {
    canonical: (text) =>
      ipaddr.IPv6.isValid(text) && !text.includes('%') ? ipaddr.IPv6.parse(text).toRFC5952String() : null,
    example: '2001:db8::1',
  },
  CNAME: nameForm,
  NS: nameForm,
  PTR: nameForm,
  MX: fields('10 mail.example.com'),
  SRV: fields('10 5 5060 sip.example.com'),
  SOA: fields('ns1.example.com hostmaster.example.com 2026010101 7200 3600 1209600 300'),
  CAA: { canonical: canonicalCaa, example: '0 issue "letsencrypt.org"' },
  TXT: { canonical: unquoted, example: 'v=spf1 -all' },
};

/** RFC 8659, section 4.1.1. */
function canonicalCaa(text: string): string | null {
  const [, flags, tag, value] = /^(\d{1,3})\s+([A-Za-z0-9]+)\s+(\S.*)$/.exec(text.trim()) ?? [];
  if (flags === undefined) return null;
  return `${Number(flags)} ${tag} "${unquoted(value!)}"`.toLowerCase();
}

/** Joins quoted strings into one text (RFC 7208, section 3.3). Text without quotes stays unchanged. */
function unquoted(text: string): string {
  if (!/^\s*"(?:[^"\\]|\\.)*"(?:\s*"(?:[^"\\]|\\.)*")*\s*$/s.test(text)) return text;
  const strings = [...text.matchAll(/"((?:[^"\\]|\\.)*)"/gs)].map(([, inner]) => inner!);
  return strings
    .join('')
    .replace(/\\(\d{3}|.)/gs, (_, escaped: string) =>
      escaped.length === 3 ? String.fromCharCode(Number(escaped)) : escaped,
    );
}

/** The canonical form of a value; unchanged if the value is not valid. */
export const canonicalValue = (record: RecordType, text: string): string =>
  PARSERS[record].canonical(text) ?? text;

/** Why a value is not valid for this record type, and the fix; null if it is valid. */
export function valueError(record: RecordType, text: string): string | null {
  const { canonical, example } = PARSERS[record];
  return canonical(text) === null
    ? `Invalid value for ${record} records. Enter one such as ${example}.`
    : null;
}

/**
 * How the records differ from the expected values, in words; null if they match. `answers` have their canonical form.
 * Order and repetition do not matter. Only the text of TXT records is case-sensitive.
 */
export function diffRecords(
  record: RecordType,
  expected: readonly string[],
  match: Match,
  answers: readonly string[],
): string | null {
  if (match === 'contains')
    return missingRecords(expected, (text) => answers.some((answer) => isIn(record, text, answer)));
  const wanted = expected.map((text) => canonicalValue(record, text));
  if (match === 'any') {
    return wanted.some((text) => answers.includes(text)) ? null : `none of ${formatList(wanted)}`;
  }
  if (match === 'none') {
    const found = wanted.filter((text) => answers.includes(text));
    return found.length === 0 ? null : `not allowed: ${formatList(found)}`;
  }
  const missing = missingRecords(wanted, (text) => answers.includes(text));
  const unexpected = match === 'all' ? [] : answers.filter((answer) => !wanted.includes(answer));
  if (unexpected.length === 0) return missing;
  return [missing, `not expected: ${formatList(unexpected)}`].filter(Boolean).join('; ');
}

const isIn = (record: RecordType, text: string, answer: string): boolean =>
  record === 'TXT' ? answer.includes(text) : answer.toLowerCase().includes(text.toLowerCase());

function missingRecords(expected: readonly string[], isPresent: (text: string) => boolean): string | null {
  const missing = expected.filter((text) => !isPresent(text));
  return missing.length === 0 ? null : `missing: ${formatList(missing)}`;
}

/** The first five values, for a sentence. */
export const formatList = (values: readonly string[]): string =>
  values.slice(0, 5).join(', ') + (values.length > 5 ? ` and ${values.length - 5} more` : '');
