import tls from 'node:tls';
import { describe, expect, test } from 'vitest';
import { checkSchema } from '../../../../probes/checks/catalogue.ts';
import type { TlsFacts } from '../../../../probes/checks/check.ts';
import { certificateWarning, pemProblem } from '../../../../probes/checks/shared/certificate.ts';
import { tlsFacts } from '../../../../probes/checks/shared/tls-facts.ts';

const check = { type: 'tls', host: 'shop.example.com' };
/** The first thing that is wrong, as `path: message`. */
const wrong = (options: object): string => {
  const parsed = checkSchema.safeParse({ ...check, ...options });
  if (parsed.success) return 'nothing';
  const issue = parsed.error.issues[0]!;
  return `${issue.path.join('.')}: ${issue.message}`;
};
const PEM = tls.rootCertificates[0]!;

test('tls has defaults for all but its host', () => {
  const defaults = { port: 443, timeoutMs: 5000, trust: 'system', certificateDays: [14, 7, 3, 1] };
  expect(checkSchema.parse(check)).toEqual({ ...check, ...defaults });
});

describe('the options of tls', () => {
  test.each([
    [{ serverName: 'other.example.com', alpn: ['h2', 'http/1.1'] }],
    [{ minVersion: 'TLSv1', maxVersion: 'TLSv1.1' }],
    [{ maxVersion: 'TLSv1.2' }],
    [{ minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' }],
    [{ fingerprint: 'ab'.repeat(32) }],
    [{ fingerprint: 'AB:'.repeat(32).slice(0, -1), trust: 'any' }],
    [{ ca: PEM }],
    [{ ca: `# a comment\n${PEM}\n\n${tls.rootCertificates[1]}\n` }],
  ])('may be %#', (options) => expect(wrong(options)).toBe('nothing'));

  test.each([
    [{ host: 'https://shop.example.com' }, 'host: Write the host alone'],
    [{ serverName: '*.example.com' }, 'serverName: Write a host name'],
    [{ minVersion: 'SSLv3' }, 'minVersion: Write one of "TLSv1", "TLSv1.1"'],
    [
      { maxVersion: 'TLSv1.1' },
      'maxVersion: Nothing older than TLSv1.2 is offered unless "minVersion" says so',
    ],
    [{ minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' }, 'maxVersion: This is older than minVersion, TLSv1.3'],
    [{ alpn: [] }, 'alpn: Write at least one protocol'],
    [{ alpn: [''] }, 'alpn.0: Write a protocol name such as "h2"'],
    [{ alpn: ['h 2'] }, 'alpn.0: Write a protocol name'],
    [{ fingerprint: 'ab' }, 'fingerprint: Write the SHA-256 of the certificate'],
    [{ fingerprint: 'zz'.repeat(32) }, 'fingerprint: Write the SHA-256 of the certificate'],
    [{ fingerprint: 'AB:'.repeat(20).slice(0, -1) }, 'fingerprint: This is a SHA-1 fingerprint'],
    [{ trust: 'none' }, 'trust: Write "system" or "any"'],
    [{ trust: 'any', ca: PEM }, 'ca: With "trust": "any" no authority is asked'],
    [{ maxLatencyMs: 15_001 }, 'maxLatencyMs: Write at most 15000 ms'],
    [{ certificateDays: [1.5] }, 'certificateDays.0: Write whole days'],
    [{ startTls: true }, '"startTls"'],
  ])('may not be %j', (options, says) => expect(wrong(options)).toContain(says));
});

describe('a PEM of authorities', () => {
  test('may be any of those that Node itself trusts', () => {
    expect(tls.rootCertificates.map(pemProblem).filter((problem) => problem !== null)).toEqual([]);
    expect(pemProblem(PEM.replaceAll('\n', '\r\n'))).toBeNull();
  });

  const label = (name: string): string => PEM.replaceAll('CERTIFICATE', name);
  const base64 = PEM.split('\n').slice(1, -1).join('');
  test.each([
    ['a certificate', 'Write certificates in PEM form'],
    ['', 'Write certificates in PEM form'],
    [base64, 'Write certificates in PEM form'],
    [label('PRIVATE KEY'), 'This is a private key'],
    [label('EC PRIVATE KEY'), 'This is a private key'],
    [`${PEM}\n${label('PRIVATE KEY')}`, 'This is a private key'],
    [label('CERTIFICATE REQUEST'), 'The block is a "CERTIFICATE REQUEST": write certificates only'],
    [`${PEM}\n${label('X509 CRL')}`, 'Block 2 is a "X509 CRL"'],
    [PEM.replace(base64.slice(-64, -20), ''), 'is no whole certificate'],
    [
      `-----BEGIN CERTIFICATE-----\n${base64.slice(0, -8)}\n-----END CERTIFICATE-----`,
      'is no whole certificate',
    ],
    ['-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----', 'is no whole certificate'],
    ['-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----', 'is no whole certificate'],
    ['-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----', 'is no whole certificate'],
    [`${PEM}\n${PEM.slice(0, 200)}`, 'A certificate is cut off'],
    [PEM.slice(0, 200), 'Write certificates in PEM form'],
    [Array.from({ length: 21 }, () => PEM).join('\n'), 'at most 20'],
  ])('may not be %#', (pem, says) => expect(pemProblem(pem)).toContain(says));
});

describe('the facts of a TLS session', () => {
  const session: TlsFacts = {
    ...{ protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', alpn: null, fingerprint: 'AB:CD' },
    ...{ subject: 'shop', issuer: 'ca', validFrom: 1_790_000_000_000, validTo: 1_800_000_000_000 },
  };
  const namesOf = (more: Partial<TlsFacts>): string[] =>
    tlsFacts({ ...session, ...more }).map(({ name }) => name);

  test('the times of a certificate are ISO 8601 facts', () => {
    expect(tlsFacts(session)).toContainEqual({ name: 'tls.validFrom', value: '2026-09-21T14:13:20.000Z' });
    expect(tlsFacts(session)).toContainEqual({ name: 'tls.validTo', value: '2027-01-15T08:00:00.000Z' });
  });

  test('a certificate time beyond any calendar is not a fact', () => {
    expect(namesOf({ validTo: 9e18 })).not.toContain('tls.validTo');
    expect(namesOf({ validTo: 9e18 })).toContain('tls.validFrom');
  });

  test('a session without an agreed protocol has no fact about one', () => {
    expect(namesOf({})).not.toContain('tls.alpn');
    expect(namesOf({ alpn: 'h2' })).toContain('tls.alpn');
  });
});

describe('the warning of a certificate', () => {
  const DAY_MS = 86_400_000;
  const now = Date.parse('2026-11-24T12:00:00Z');
  const warn = (daysLeft: number, days: number[]): unknown =>
    certificateWarning({ validTo: now + daysLeft * DAY_MS } as TlsFacts, days, now);
  const detailOf = (daysLeft: number): string => (warn(daysLeft, [365]) as { detail: string }[])[0]!.detail;

  test.each([
    [14, [14, 7, 3, 1], null],
    [13.99, [14, 7, 3, 1], 14],
    [7, [14, 7, 3, 1], 14],
    [6.99, [14, 7, 3, 1], 7],
    [0.5, [1, 3, 7, 14], 1],
    [-2, [14, 7, 3, 1], 1],
    [5, [3], null],
    [5, [], null],
  ])('with %d days left and thresholds %j says %j', (daysLeft, days, limit) => {
    expect(warn(daysLeft, days)).toEqual(
      limit === null ? [] : [{ code: 'certificate', limit, detail: expect.any(String) }],
    );
  });

  test('is a sentence', () => {
    expect(detailOf(6.5)).toBe('the certificate expires in 6 days, on 2026-12-01');
    expect(detailOf(1.5)).toBe('the certificate expires in 1 day, on 2026-11-26');
    expect(detailOf(0.25)).toBe('the certificate expires in 6 hours, on 2026-11-24');
    expect(detailOf(0.01)).toBe('the certificate expires in 0 hours, on 2026-11-24');
    expect(detailOf(-1)).toBe('the certificate expired on 2026-11-23');
  });
});
