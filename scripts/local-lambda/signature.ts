// Owns verifying AWS Signature Version 4 as Lambda does: it signs the same request again with the same key.
// docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import { createHash, timingSafeEqual } from 'node:crypto';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Lambda's own error types, each a 403. */
export type SignatureError =
  | 'MissingAuthenticationTokenException'
  | 'IncompleteSignatureException'
  | 'UnrecognizedClientException'
  | 'InvalidSignatureException';

export type Verified = { ok: true; region: string } | { ok: false; error: SignatureError; message: string };

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=(?<keyId>[^/]+)\/(?<day>\d{8})\/(?<region>[^/]+)\/lambda\/aws4_request, ?SignedHeaders=(?<headers>[^,]+), ?Signature=(?<signature>[0-9a-f]{64})$/;
const MAX_SKEW_MS = 5 * 60_000;

/** `now` in ms since the epoch. On success, the region of the credential scope. */
export async function verifySignature(
  request: SignedRequest,
  credentials: Credentials,
  now: number,
): Promise<Verified> {
  const no = (error: SignatureError, message: string): Verified => ({ ok: false, error, message });
  const { authorization, 'x-amz-date': date = '', 'x-amz-content-sha256': claimed } = request.headers;
  if (!authorization) return no('MissingAuthenticationTokenException', 'Missing Authentication Token');
  const { keyId, day, region, headers, signature } = AUTHORIZATION.exec(authorization)?.groups ?? {};
  if (!day || !region || !headers || !signature) {
    return no(
      'IncompleteSignatureException',
      'The Authorization header is not of AWS4-HMAC-SHA256 for lambda.',
    );
  }
  if (keyId !== credentials.accessKeyId) {
    return no('UnrecognizedClientException', 'The security token included in the request is invalid.');
  }
  const signedHeaders = headers.split(';');
  const signedAt = parseAmzDate(date);
  if (signedAt === null || !date.startsWith(day)) {
    return no('IncompleteSignatureException', 'X-Amz-Date is missing or is not of the credential scope.');
  }
  if (!signedHeaders.includes('host') || !signedHeaders.includes('x-amz-date')) {
    return no('InvalidSignatureException', "'Host' and 'X-Amz-Date' must be signed headers.");
  }
  if (Math.abs(now - signedAt) > MAX_SKEW_MS) {
    return no('InvalidSignatureException', `Signature expired or not yet current: ${date}`);
  }
  const expected = await sign(request, signedHeaders, region, signedAt, credentials);
  const same =
    expected.length === signature.length && timingSafeEqual(Buffer.from(expected), Buffer.from(signature));
  // The signature covers the hash that the header claims, so the hash must be that of this body.
  const isWhole =
    claimed === undefined || claimed === createHash('sha256').update(request.body).digest('hex');
  if (same && isWhole) return { ok: true, region };
  const message = 'The request signature we calculated does not match the signature you provided.';
  return no('InvalidSignatureException', message);
}

async function sign(
  request: SignedRequest,
  signedHeaders: readonly string[],
  region: string,
  signedAt: number,
  credentials: Credentials,
): Promise<string> {
  const headers = Object.fromEntries(signedHeaders.map((name) => [name, request.headers[name] ?? '']));
  const signer = new SignatureV4({
    credentials,
    region,
    service: 'lambda',
    sha256: Sha256,
    applyChecksum: false,
  });
  const signed = await signer.sign(
    {
      method: request.method,
      protocol: 'http:',
      hostname: request.headers.host ?? '',
      path: request.path,
      query: { ...request.query },
      headers,
      body: request.body,
    },
    { signingDate: new Date(signedAt), signableHeaders: new Set(signedHeaders) },
  );
  return /Signature=([0-9a-f]+)/.exec(signed.headers.authorization ?? '')?.[1] ?? '';
}

/** `20261124T093000Z` to ms since the epoch; null for any other form. */
function parseAmzDate(text: string | undefined): number | null {
  const match = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(text ?? '');
  if (!match) return null;
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
