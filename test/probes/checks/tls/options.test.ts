import tls from 'node:tls';
import { describe, expect, test } from 'vitest';
import { checkSchema } from '../../../../probes/checks/catalogue.ts';
import type { TlsFacts } from '../../../../probes/checks/check.ts';
import { certificateWarning, pemError } from '../../../../probes/checks/shared/certificate.ts';
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

test('a tls check has defaults for all options except its host', () => {
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
  ])('tls options number %# are valid', (options) => expect(wrong(options)).toBe('nothing'));

  test.each([
    [{ host: 'https://shop.example.com' }, 'host: This is a URL. Enter the host alone'],
    [{ serverName: '*.example.com' }, 'serverName: A host name must consist of'],
    [{ minVersion: 'SSLv3' }, 'minVersion: The version must be one of "TLSv1", "TLSv1.1"'],
    [{ maxVersion: 'TLSv1.1' }, 'maxVersion: The default `minVersion` is TLSv1.2, which is newer'],
    [
      { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' },
      'maxVersion: `maxVersion` is older than `minVersion`, TLSv1.3',
    ],
    [{ alpn: [] }, 'alpn: `alpn` is empty'],
    [{ alpn: [''] }, 'alpn.0: A protocol name, such as "h2", must have 1 to 32'],
    [{ alpn: ['h 2'] }, 'alpn.0: A protocol name'],
    [{ fingerprint: 'ab' }, 'fingerprint: `fingerprint` must be the SHA-256 of the certificate'],
    [{ fingerprint: 'zz'.repeat(32) }, 'fingerprint: `fingerprint` must be the SHA-256 of the certificate'],
    [{ fingerprint: 'AB:'.repeat(20).slice(0, -1) }, 'fingerprint: This is a SHA-1 fingerprint'],
    [{ trust: 'none' }, 'trust: `trust` must be "system" or "any"'],
    [{ trust: 'any', ca: PEM }, 'ca: `"trust": "any"` ignores `ca`'],
    [{ maxLatencyMs: 15_001 }, 'maxLatencyMs: `maxLatencyMs` must be between 1 and 15000'],
    [{ certificateDays: [1.5] }, 'certificateDays.0: A threshold must be a whole number of days'],
    [{ startTls: true }, '"startTls"'],
  ])('the tls options %j are not valid', (options, hint) => expect(wrong(options)).toContain(hint));
});

describe('a PEM of authorities', () => {
  test('every certificate that Node trusts is a valid PEM', () => {
    expect(tls.rootCertificates.map(pemError).filter((problem) => problem !== null)).toEqual([]);
    expect(pemError(PEM.replaceAll('\n', '\r\n'))).toBeNull();
  });

  const label = (name: string): string => PEM.replaceAll('CERTIFICATE', name);
  const base64 = PEM.split('\n').slice(1, -1).join('');
  test.each([
    ['a certificate', 'This is not PEM'],
    ['', 'This is not PEM'],
    [base64, 'This is not PEM'],
    [label('PRIVATE KEY'), 'This is a private key'],
    [label('EC PRIVATE KEY'), 'This is a private key'],
    [`${PEM}\n${label('PRIVATE KEY')}`, 'This is a private key'],
    [label('CERTIFICATE REQUEST'), 'The block is a "CERTIFICATE REQUEST". Use certificates only.'],
    [`${PEM}\n${label('X509 CRL')}`, 'Block 2 is a "X509 CRL"'],
    [PEM.replace(base64.slice(-64, -20), ''), 'is an incomplete certificate'],
    [
      `-----BEGIN CERTIFICATE-----\n${base64.slice(0, -8)}\n-----END CERTIFICATE-----`,
      'is an incomplete certificate',
    ],
    ['-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----', 'is an incomplete certificate'],
    ['-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----', 'is an incomplete certificate'],
    ['-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----', 'is an incomplete certificate'],
    [`${PEM}\n${PEM.slice(0, 200)}`, 'A certificate is cut off'],
    [PEM.slice(0, 200), 'This is not PEM'],
    [Array.from({ length: 21 }, () => PEM).join('\n'), 'at most 20'],
  ])('a PEM of another kind is not valid: %#', (pem, hint) => expect(pemError(pem)).toContain(hint));
});

describe('the facts of a TLS session', () => {
  const session: TlsFacts = {
    ...{ protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', alpn: null, fingerprint: 'AB:CD' },
    ...{ subject: 'shop', issuer: 'ca', validFrom: 1_790_000_000_000, validTo: 1_800_000_000_000 },
    ...{ names: [], chain: [], requestsCertificate: false, isRefused: false },
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
    certificateWarning({ validTo: now + daysLeft * DAY_MS, chain: [] }, days, now, 'shop.example.com');
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
  ])('a certificate with %d days left and thresholds %j crosses %j', (daysLeft, days, limit) => {
    expect(warn(daysLeft, days)).toEqual(
      limit === null ? [] : [{ code: 'certificate', limit, detail: expect.any(String) }],
    );
  });

  test('the warning of a certificate is a sentence', () => {
    expect(detailOf(6.5)).toBe('the certificate expires in 6 days, on 2026-12-01');
    expect(detailOf(1.5)).toBe('the certificate expires in 1 day, on 2026-11-26');
    expect(detailOf(0.25)).toBe('the certificate expires in 6 hours, on 2026-11-24');
    expect(detailOf(0.01)).toBe('the certificate expires in 0 hours, on 2026-11-24');
    expect(detailOf(-1)).toBe('the certificate expired on 2026-11-23');
  });
});
