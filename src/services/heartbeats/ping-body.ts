// Owns what is kept of the body of a ping: its first 10,000 bytes, as text without secrets. Does not store it.
import { redactorOf } from '../../fleet/redact.ts';

export const MAX_BODY_BYTES = 10_000;

export interface PingBody {
  /** Null: there was none. */
  readonly body: string | null;
  /** Bytes that the job sent, as far as it is known. */
  readonly bodyBytes: number;
}

/** Reads no more than it keeps: the rest is not received. `secrets` are removed, and what looks like a password. */
export async function readBody(request: Request, secrets: readonly string[]): Promise<PingBody> {
  if (request.body === null) return { body: null, bodyBytes: 0 };
  const kept = new Uint8Array(MAX_BODY_BYTES);
  const reader = request.body.getReader();
  let length = 0;
  let isWhole = false;
  while (length < MAX_BODY_BYTES) {
    const { done, value } = await reader.read();
    if (done) {
      isWhole = true;
      break;
    }
    const part = value.subarray(0, MAX_BODY_BYTES - length);
    kept.set(part, length);
    length += part.length;
    if (part.length < value.length) break;
  }
  if (!isWhole) await reader.cancel();
  if (length === 0) return { body: null, bodyBytes: 0 };
  const declared = Number(request.headers.get('content-length') ?? length);
  const bodyBytes = Math.max(length, Number.isSafeInteger(declared) && declared > 0 ? declared : length);
  // A character that the limit cuts is left out, and D1 keeps no NUL.
  const decoded = new TextDecoder()
    .decode(kept.subarray(0, length), { stream: !isWhole })
    .replaceAll('\0', '');
  return { body: redactText(redactorOf(secrets)(decoded)), bodyBytes };
}

const MASK = '[redacted]';

/** Values of what is commonly secret, credentials of addresses, and tokens of well-known forms. */
const PATTERNS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/\b(authorization|proxy-authorization|cookie|set-cookie)(\s*[:=]\s*)[^\r\n]+/gi, `$1$2${MASK}`],
  [
    /(["']?\b[\w-]*(?:password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key)["']?\s*[:=]\s*)("[^"\r\n]*"|'[^'\r\n]*'|[^\s,;&]+)/gi,
    `$1${MASK}`,
  ],
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@:]*:[^\s/@]+@/gi, `$1${MASK}@`],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, MASK],
  [/\/ping\/[A-Za-z0-9_-]{24}(?![A-Za-z0-9_-])/g, `/ping/${MASK}`],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, MASK],
  [/\b(?:ghp|gho|ghs|ghu|github_pat|glpat|xox[abpr]|sk_live|pm)[_-][A-Za-z0-9_-]{16,}/g, MASK],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g, MASK],
];

export const redactText = (text: string): string =>
  PATTERNS.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), text);
