// Owns verifying AWS Signature Version 4 as the services of AWS do: it signs the same request again with the same key.
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
  readonly query: Readonly<Record<string, string | string[]>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface SignatureRules {
  /** Undefined for a key that does not exist. */
  secretOf(accessKeyId: string): string | undefined;
  /** Undefined: any service. */
  readonly service?: string;
}

/** Lambda's own error types, each a 403. */
export type SignatureError =
  | 'MissingAuthenticationTokenException'
  | 'IncompleteSignatureException'
  | 'UnrecognizedClientException'
  | 'InvalidSignatureException';

export type Verified =
  | { ok: true; region: string; service: string; accessKeyId: string }
  | { ok: false; error: SignatureError; message: string; isExpired: boolean };

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=(?<keyId>[^/]+)\/(?<day>\d{8})\/(?<region>[^/]+)\/(?<service>[^/]+)\/aws4_request, ?SignedHeaders=(?<headers>[^,]+), ?Signature=(?<signature>[0-9a-f]{64})$/;
/** S3 accepts these in place of the body's hash. */
const NOT_HASHED = /^(UNSIGNED-PAYLOAD|STREAMING-UNSIGNED-PAYLOAD-TRAILER)$/;
const MAX_SKEW_MS = 5 * 60_000;

/** The service of the credential scope; undefined for a request that is not signed in this way. Verifies nothing. */
export const signedService = (authorization: string | undefined): string | undefined =>
  AUTHORIZATION.exec(authorization ?? '')?.groups?.service;

/** `now` in ms since the epoch. On success, what the credential scope says. */
export async function verifySignature(
  request: SignedRequest,
  rules: SignatureRules,
  now: number,
): Promise<Verified> {
  const no = (error: SignatureError, message: string, isExpired = false): Verified => ({
    ok: false,
    error,
    message,
    isExpired,
  });
  const { authorization, 'x-amz-date': date = '', 'x-amz-content-sha256': claimed } = request.headers;
  if (!authorization) return no('MissingAuthenticationTokenException', 'Missing Authentication Token');
  const { keyId, day, region, service, headers, signature } = AUTHORIZATION.exec(authorization)?.groups ?? {};
  if (
    !keyId ||
    !day ||
    !region ||
    !service ||
    !headers ||
    !signature ||
    service !== (rules.service ?? service)
  ) {
    return no(
      'IncompleteSignatureException',
      `The Authorization header is not of AWS4-HMAC-SHA256 for ${rules.service ?? 'AWS'}.`,
    );
  }
  const secretAccessKey = rules.secretOf(keyId);
  if (secretAccessKey === undefined) {
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
    return no('InvalidSignatureException', `Signature expired or not yet current: ${date}`, true);
  }
  const credentials = { accessKeyId: keyId, secretAccessKey };
  const expected = await sign(request, signedHeaders, { region, service }, signedAt, credentials);
  const same =
    expected.length === signature.length && timingSafeEqual(Buffer.from(expected), Buffer.from(signature));
  // The signature covers the hash that the header claims, so the hash must be that of this body.
  const isWhole =
    claimed === undefined ||
    (service === 's3' && NOT_HASHED.test(claimed)) ||
    claimed === createHash('sha256').update(request.body).digest('hex');
  if (same && isWhole) return { ok: true, region, service, accessKeyId: keyId };
  const message = 'The request signature we calculated does not match the signature you provided.';
  return no('InvalidSignatureException', message);
}

async function sign(
  request: SignedRequest,
  signedHeaders: readonly string[],
  scope: { readonly region: string; readonly service: string },
  signedAt: number,
  credentials: Credentials,
): Promise<string> {
  const headers = Object.fromEntries(signedHeaders.map((name) => [name, request.headers[name] ?? '']));
  const signer = new SignatureV4({
    credentials,
    ...scope,
    sha256: Sha256,
    applyChecksum: false,
    // S3 signs paths as they are.
    uriEscapePath: scope.service !== 's3',
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
