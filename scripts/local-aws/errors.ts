// Owns the errors of AWS as a service puts them on the wire, and the codes of what fails before a service looks at a request.
import { randomUUID } from 'node:crypto';
import type { Protocol } from './protocol.ts';

/** What an operation throws. `code` is the one on the wire, `NoSuchEntity` rather than the SDK's `NoSuchEntityException`. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  /** Further members of the error, as Lambda's `Reason`. */
  readonly members: Readonly<Record<string, string>>;

  constructor(code: string, message: string, status = 400, members: Readonly<Record<string, string>> = {}) {
    super(message);
    this.code = code;
    this.status = status;
    this.members = members;
  }
}

type Common =
  | 'unsigned'
  | 'unknownKey'
  | 'signature'
  | 'expired'
  | 'incomplete'
  | 'denied'
  | 'throttled'
  | 'malformed';

/**
 * Code and status of what is the same for every operation of a protocol.
 * docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html, docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html,
 * docs.aws.amazon.com/lambda/latest/api/CommonErrors.html, docs.aws.amazon.com/systems-manager/latest/APIReference/CommonErrors.html
 */
const CODES: Record<Protocol, Record<Common, readonly [string, number]>> = {
  query: {
    unsigned: ['MissingAuthenticationToken', 403],
    unknownKey: ['InvalidClientTokenId', 403],
    signature: ['SignatureDoesNotMatch', 403],
    expired: ['SignatureDoesNotMatch', 403],
    incomplete: ['IncompleteSignature', 400],
    denied: ['AccessDenied', 403],
    throttled: ['Throttling', 400],
    malformed: ['InvalidInput', 400],
  },
  'rest-json': {
    unsigned: ['MissingAuthenticationTokenException', 403],
    unknownKey: ['UnrecognizedClientException', 403],
    signature: ['InvalidSignatureException', 403],
    expired: ['InvalidSignatureException', 403],
    incomplete: ['IncompleteSignatureException', 403],
    denied: ['AccessDeniedException', 403],
    throttled: ['ThrottlingException', 429],
    malformed: ['SerializationException', 400],
  },
  'json-rpc': {
    unsigned: ['MissingAuthenticationTokenException', 400],
    unknownKey: ['UnrecognizedClientException', 400],
    signature: ['InvalidSignatureException', 400],
    expired: ['InvalidSignatureException', 400],
    incomplete: ['IncompleteSignatureException', 400],
    denied: ['AccessDeniedException', 400],
    throttled: ['ThrottlingException', 400],
    malformed: ['SerializationException', 400],
  },
  'rest-xml': {
    unsigned: ['AccessDenied', 403],
    unknownKey: ['InvalidAccessKeyId', 403],
    signature: ['SignatureDoesNotMatch', 403],
    expired: ['RequestTimeTooSkewed', 403],
    incomplete: ['AuthorizationHeaderMalformed', 400],
    denied: ['AccessDenied', 403],
    throttled: ['SlowDown', 503],
    malformed: ['MalformedXML', 400],
  },
};

const MESSAGES: Partial<Record<Protocol, Partial<Record<Common, string>>>> = {
  'rest-xml': {
    unsigned: 'Access Denied',
    unknownKey: 'The AWS Access Key Id you provided does not exist in our records.',
    expired: 'The difference between the request time and the current time is too large.',
    throttled: 'Please reduce your request rate.',
  },
};

export function commonError(protocol: Protocol, kind: Common, message: string, service = ''): AwsError {
  const [code, status] = CODES[protocol][kind];
  // Lambda has an exception of its own.
  if (kind === 'throttled' && service === 'lambda')
    return new AwsError('TooManyRequestsException', 'Rate exceeded', 429, {
      Reason: 'CallerRateLimitExceeded',
    });
  return new AwsError(code, MESSAGES[protocol]?.[kind] ?? message, status);
}

export function errorResponse(
  protocol: Protocol,
  error: AwsError,
  requestId: string,
  resource: string,
): Response {
  const { code, message, status, members } = error;
  const type = status < 500 ? 'Sender' : 'Receiver';
  switch (protocol) {
    case 'query': {
      const inner = xml({ Type: type, Code: code, Message: message });
      return xmlResponse(
        status,
        `<ErrorResponse><Error>${inner}</Error>${xml({ RequestId: requestId })}</ErrorResponse>`,
      );
    }
    case 'rest-xml': {
      const inner = xml({
        Code: code,
        Message: message,
        ...members,
        Resource: resource,
        RequestId: requestId,
        HostId: randomUUID(),
      });
      const response = xmlResponse(status, `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${inner}</Error>`);
      // The SDK repeats a call in the region of the bucket.
      if (members.Region) response.headers.set('x-amz-bucket-region', members.Region);
      return response;
    }
    case 'rest-json':
      return Response.json(
        { Type: status < 500 ? 'User' : 'Service', Message: message, message, ...members },
        { status, headers: { 'x-amzn-errortype': code } },
      );
    case 'json-rpc':
      return Response.json(
        { __type: code, message, ...members },
        { status, headers: { 'content-type': 'application/x-amz-json-1.1' } },
      );
  }
}

const xmlResponse = (status: number, text: string): Response =>
  new Response(text, { status, headers: { 'content-type': 'application/xml' } });

const xml = (elements: Readonly<Record<string, string>>): string =>
  Object.entries(elements)
    .map(([name, text]) => `<${name}>${escapeXml(text)}</${name}>`)
    .join('');

const escapeXml = (text: string): string => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
