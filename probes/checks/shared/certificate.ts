// Owns the options of every check that uses TLS: trust, expiry thresholds and pins, and the warning of expiry. Pure.
import { z } from 'zod';
import type { Degraded } from '../../contract/index.ts';
import type { ChainCertificate, TlsFacts } from '../check.ts';
import { legacyTlsSchema } from './tls-policy.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const BLOCK = /-----BEGIN ([^-]+)-----([^-]*)-----END \1-----/g;

/** Why a PEM of certificates (RFC 7468, section 5) is not valid, and the fix; null if it is valid. */
export function pemError(pem: string): string | null {
  if (/PRIVATE KEY-----/.test(pem))
    return 'This is a private key, and only its server may hold it. Use the certificate of the authority, and replace the key.';
  const blocks = [...pem.matchAll(BLOCK)];
  if (blocks.length === 0)
    return 'This is not PEM. Each certificate must run from "-----BEGIN CERTIFICATE-----" to "-----END CERTIFICATE-----".';
  if (blocks.length > 20) return '`ca` must hold at most 20 certificates.';
  for (const [index, [, label, base64 = '']] of blocks.entries()) {
    const which = blocks.length === 1 ? 'The block' : `Block ${index + 1}`;
    if (label !== 'CERTIFICATE') return `${which} is a "${label}". Use certificates only.`;
    if (!isWholeSequence(base64)) return `${which} is an incomplete certificate. Copy all of its lines.`;
  }
  const rest = pem.replace(BLOCK, '');
  return rest.includes('-----')
    ? 'A certificate is cut off. Copy it from its BEGIN line to its END line.'
    : null;
}

/** Whether this is one DER sequence of the length that it states (ITU-T X.690, section 8.1.3). */
function isWholeSequence(base64: string): boolean {
  let der: string;
  try {
    der = atob(base64.replace(/\s/g, ''));
  } catch {
    // Not base64, so not a sequence.
    return false;
  }
  if (der.charCodeAt(0) !== 0x30) return false;
  const first = der.charCodeAt(1);
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  let length = first < 0x80 ? first : 0;
  for (let at = 2; at < 2 + lengthBytes; at += 1) length = length * 256 + der.charCodeAt(at);
  return length > 64 && der.length === 2 + lengthBytes + length;
}

const DAYS_ERROR = 'A threshold must be a whole number of days between 1 and 365.';

const daySchema = z.int({ error: DAYS_ERROR }).min(1, { error: DAYS_ERROR }).max(365, { error: DAYS_ERROR });

export const certificateFields = {
  trust: z.enum(['system', 'any'], { error: '`trust` must be "system" or "any".' }).default('system').meta({
    description:
      'Certificates to trust: `system` trusts those of the public authorities (or of `ca`), `any` accepts every certificate.',
  }),
  ca: z
    .string()
    .max(65_536, { error: '`ca` must have at most 65536 characters.' })
    .superRefine((pem, context) => {
      const message = pemError(pem);
      if (message !== null) context.addIssue({ code: 'custom', message });
    })
    .optional()
    .meta({
      description:
        'Certificates of private authorities in PEM form. The check trusts them in place of the public authorities.',
    }),
  legacyTls: legacyTlsSchema,
  certificateDays: z
    .array(daySchema)
    .max(8, { error: '`certificateDays` must have at most 8 thresholds.' })
    .refine((days) => new Set(days).size === days.length, {
      error: 'A threshold appears twice in `certificateDays`. Remove one of them.',
    })
    .default([14, 7, 3, 1])
    .meta({
      description:
        'Thresholds in days. A certificate that expires sooner raises a warning: the server’s own, or another of its chain. [] turns the warning off.',
    }),
};

/** Reports options that contradict each other. `addIssue` gets the field. */
export function validateTrust(
  { trust, ca }: { readonly trust: 'system' | 'any'; readonly ca?: string | undefined },
  addIssue: (field: string, message: string) => void,
): void {
  if (trust === 'any' && ca !== undefined)
    addIssue('ca', '`"trust": "any"` ignores `ca`. Remove `ca` or `trust`.');
}

export const fingerprintSchema = z
  .string()
  .superRefine((text, context) => {
    const hex = plainHex(text);
    if (/^[0-9A-F]{64}$/.test(hex)) return;
    const message = /^[0-9A-F]{40}$/.test(hex)
      ? 'This is a SHA-1 fingerprint. Use the SHA-256 fingerprint: 64 hexadecimal digits.'
      : '`fingerprint` must be the SHA-256 of the certificate: 64 hexadecimal digits, with or without colons.';
    context.addIssue({ code: 'custom', message });
  })
  .meta({
    description: 'SHA-256 of the only certificate to accept, in hexadecimal, with or without colons.',
    example: 'AA:BB:'.repeat(16).slice(0, -1),
  });

const plainHex = (text: string): string => text.replace(/[:\s]/g, '').toUpperCase();

export const matchesPin = (facts: TlsFacts, fingerprint: string): boolean =>
  plainHex(facts.fingerprint) === plainHex(fingerprint);

/**
 * A warning with the smallest threshold that the remaining time is below; empty if it is below none. It is about the
 * certificate of the chain that ends first, of this `host`. `subject` names the server's own.
 */
export function certificateWarning(
  { validTo: ownEnd, chain }: Pick<TlsFacts, 'validTo' | 'chain'>,
  days: readonly number[],
  now: number,
  host: string,
  subject = 'the certificate',
): Degraded[] {
  const first = chain.reduce<ChainCertificate | null>(
    (earliest, other) => (other.validTo < (earliest?.validTo ?? ownEnd) ? other : earliest),
    null,
  );
  const validTo = first?.validTo ?? ownEnd;
  const leftMs = validTo - now;
  const crossed = days.filter((limit) => leftMs < limit * DAY_MS);
  if (crossed.length === 0) return [];
  const date = new Date(validTo).toISOString().slice(0, 10);
  const which = first === null ? subject : describeIssuer(first, host);
  const detail =
    leftMs <= 0
      ? `${which} expired on ${date}`
      : `${which} expires in ${formatRemaining(leftMs)}, on ${date}`;
  return [{ code: 'certificate', limit: Math.min(...crossed), detail }];
}

const describeIssuer = ({ name, isRoot }: ChainCertificate, host: string): string =>
  `the ${isRoot ? 'root' : 'intermediate'} certificate "${name}" of ${host}`;

function formatRemaining(ms: number): string {
  const [count, unit] = ms < DAY_MS ? [Math.floor(ms / HOUR_MS), 'hour'] : [Math.floor(ms / DAY_MS), 'day'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
