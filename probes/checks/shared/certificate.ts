// Options of every check that speaks TLS: whom to believe, when to warn, what a pin looks like; and the warning itself. Pure.
import { z } from 'zod';
import type { Degraded } from '../../contract/index.ts';
import type { TlsFacts } from '../check.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const BLOCK = /-----BEGIN ([^-]+)-----([^-]*)-----END \1-----/g;

/** What is wrong with a PEM of certificates (RFC 7468, section 5), and what to write; null when nothing is. */
export function pemProblem(pem: string): string | null {
  if (/PRIVATE KEY-----/.test(pem))
    return 'This is a private key, which nobody but its server may have: write the certificate of the authority, and replace the key.';
  const blocks = [...pem.matchAll(BLOCK)];
  if (blocks.length === 0)
    return 'Write certificates in PEM form, each from "-----BEGIN CERTIFICATE-----" to "-----END CERTIFICATE-----".';
  if (blocks.length > 20) return 'Write at most 20 certificates.';
  for (const [index, [, label, base64 = '']] of blocks.entries()) {
    const which = blocks.length === 1 ? 'The block' : `Block ${index + 1}`;
    if (label !== 'CERTIFICATE') return `${which} is a "${label}": write certificates only.`;
    if (!isWholeSequence(base64))
      return `${which} is no whole certificate: copy it again, with all its lines.`;
  }
  const rest = pem.replace(BLOCK, '');
  return rest.includes('-----')
    ? 'A certificate is cut off: copy it again, from its BEGIN line to its END line.'
    : null;
}

/** One DER sequence that is as long as it says (ITU-T X.690, section 8.1.3). */
function isWholeSequence(base64: string): boolean {
  let der: string;
  try {
    der = atob(base64.replace(/\s/g, ''));
  } catch {
    // No base64: the answer is no.
    return false;
  }
  if (der.charCodeAt(0) !== 0x30) return false;
  const first = der.charCodeAt(1);
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  let length = first < 0x80 ? first : 0;
  for (let at = 2; at < 2 + lengthBytes; at += 1) length = length * 256 + der.charCodeAt(at);
  return length > 64 && der.length === 2 + lengthBytes + length;
}

const daySchema = z
  .int({ error: 'Write whole days.' })
  .min(1, { error: 'Write days from 1 to 365.' })
  .max(365, { error: 'Write days from 1 to 365.' });

export const certificateFields = {
  trust: z.enum(['system', 'any'], { error: 'Write "system" or "any".' }).default('system').meta({
    description:
      'Whose certificates are believed: those of the public authorities (or of `ca`), or `any`, whatever they say.',
  }),
  ca: z
    .string()
    .max(65_536, { error: 'Write at most 64 KiB.' })
    .superRefine((pem, context) => {
      const message = pemProblem(pem);
      if (message !== null) context.addIssue({ code: 'custom', message });
    })
    .optional()
    .meta({
      description: 'Certificates of private authorities, in PEM form, to believe instead of the public ones.',
    }),
  certificateDays: z
    .array(daySchema)
    .max(8, { error: 'Write at most 8 thresholds.' })
    .refine((days) => new Set(days).size === days.length, { error: 'Write each number of days once.' })
    .default([14, 7, 3, 1])
    .meta({
      description: 'A certificate that ends in fewer days than one of these is a warning; [] warns of none.',
    }),
};

/** Refuses what contradicts itself; `refuse` gets the field. */
export function validateTrust(
  { trust, ca }: { readonly trust: 'system' | 'any'; readonly ca?: string | undefined },
  refuse: (field: string, message: string) => void,
): void {
  if (trust === 'any' && ca !== undefined)
    refuse('ca', 'With "trust": "any" no authority is asked: leave "ca" or "trust" out.');
}

export const fingerprintSchema = z
  .string()
  .superRefine((text, context) => {
    const hex = plainHex(text);
    if (/^[0-9A-F]{64}$/.test(hex)) return;
    const message = /^[0-9A-F]{40}$/.test(hex)
      ? 'This is a SHA-1 fingerprint: write the SHA-256 one, 64 hexadecimal digits.'
      : 'Write the SHA-256 of the certificate: 64 hexadecimal digits, with or without colons.';
    context.addIssue({ code: 'custom', message });
  })
  .meta({
    description: 'SHA-256 of the only certificate that is accepted, in hexadecimal, with or without colons.',
    example: 'AA:BB:'.repeat(16).slice(0, -1),
  });

const plainHex = (text: string): string => text.replace(/[:\s]/g, '').toUpperCase();

export const matchesPin = (facts: TlsFacts, fingerprint: string): boolean =>
  plainHex(facts.fingerprint) === plainHex(fingerprint);

/** The smallest threshold that the days left fall below; nothing when they fall below none. */
export function certificateWarning(
  { validTo }: TlsFacts,
  days: readonly number[],
  now: number,
  whose = 'the certificate',
): Degraded[] {
  const leftMs = validTo - now;
  const crossed = days.filter((limit) => leftMs < limit * DAY_MS);
  if (crossed.length === 0) return [];
  const date = new Date(validTo).toISOString().slice(0, 10);
  const detail =
    leftMs <= 0
      ? `${whose} expired on ${date}`
      : `${whose} expires in ${formatRemaining(leftMs)}, on ${date}`;
  return [{ code: 'certificate', limit: Math.min(...crossed), detail }];
}

function formatRemaining(ms: number): string {
  const [count, unit] = ms < DAY_MS ? [Math.floor(ms / HOUR_MS), 'hour'] : [Math.floor(ms / DAY_MS), 'day'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
