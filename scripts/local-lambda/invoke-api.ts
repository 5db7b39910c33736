// Owns Lambda's Invoke operation: authenticates the caller, finds the location, and forms the response.
// docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
import { randomUUID } from 'node:crypto';
import { type IRequest, json } from 'itty-router';
import { garbage } from './faults.ts';
import type { LocalLocation } from './location-process.ts';
import { type Credentials, verifySignature } from './signature.ts';

export interface InvokeOptions {
  readonly locations: ReadonlyMap<string, LocalLocation>;
  readonly credentials: Credentials;
  readonly functionName: string;
}

/** 6 MB: docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html. Lambda's message requires fewer bytes than this. */
const REQUEST_LIMIT_BYTES = 6 * 1024 * 1024;
/** Lambda's message allows 100 bytes more in this direction. */
const MAX_RESPONSE_BYTES = REQUEST_LIMIT_BYTES + 100;
const HANG_MS = 60_000;

export async function invoke(request: IRequest, body: Uint8Array, options: InvokeOptions): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const headers = Object.fromEntries(request.headers);
  const query = Object.fromEntries(searchParams);
  const signed = { method: request.method, path: pathname, query, headers, body };
  const { accessKeyId, secretAccessKey } = options.credentials;
  const rules = {
    secretOf: (id: string) => (id === accessKeyId ? secretAccessKey : undefined),
    service: 'lambda',
  };
  const verified = await verifySignature(signed, rules, Date.now());
  if (!verified.ok) return errorResponse(403, verified.error, verified.message);

  const name = decodeURIComponent(request.params.name ?? '');
  const location = options.locations.get(`aws:${verified.region}`);
  if (!location || name !== options.functionName) {
    const arn = `arn:aws:lambda:${verified.region}:000000000000:function:${name}`;
    return errorResponse(404, 'ResourceNotFoundException', `Function not found: ${arn}`);
  }
  if (body.length >= REQUEST_LIMIT_BYTES) {
    const message = `Request must be smaller than ${REQUEST_LIMIT_BYTES} bytes for the InvokeFunction operation`;
    return errorResponse(413, 'RequestTooLargeException', message);
  }
  let event: unknown;
  try {
    event = JSON.parse(new TextDecoder().decode(body));
  } catch (error) {
    return errorResponse(
      400,
      'InvalidRequestContentException',
      `Could not parse request body into json: ${String(error)}`,
    );
  }
  return respond(location, event, request.signal);
}

let garbageTurn = 0;

async function respond(
  location: LocalLocation,
  event: unknown,
  disconnected: AbortSignal,
): Promise<Response> {
  const { fault } = location;
  if (fault.delayMs) await pause(fault.delayMs, disconnected);
  switch (fault.fault) {
    case 'throttle':
      return errorResponse(429, 'TooManyRequestsException', 'Rate Exceeded.');
    case 'fail':
      return errorResponse(500, 'ServiceException', 'An error occurred and the request cannot be processed.');
    case 'hang':
      await pause(HANG_MS, disconnected);
      return errorResponse(500, 'ServiceException', 'hung on request');
    case 'garbage':
      return executed(garbage(garbageTurn++, event));
    default: {
      const outcome = await location.invoke(event);
      if (!outcome.ok) {
        const { errorType, errorMessage } = outcome;
        return executed(JSON.stringify({ errorType, errorMessage, trace: [] }), 'Unhandled');
      }
      const bytes = Buffer.byteLength(outcome.payload);
      if (bytes <= MAX_RESPONSE_BYTES) return executed(outcome.payload);
      const errorMessage = `Response payload size exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`;
      return executed(
        JSON.stringify({ errorType: 'Function.ResponseSizeTooLarge', errorMessage }),
        'Unhandled',
      );
    }
  }
}

/** Ends early if the client disconnects. */
const pause = (delayMs: number, disconnected: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, delayMs);
    disconnected.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });

/** Lambda's errors have their type in a header, and in the body whether the caller or the service failed. */
const errorResponse = (status: number, type: string, message: string): Response =>
  json(
    { Type: status < 500 ? 'User' : 'Service', Message: message, message },
    { status, headers: { 'x-amzn-errortype': type, 'x-amzn-requestid': randomUUID() } },
  );

/** Lambda responds with 200 if the function ran, also if it failed. */
const executed = (payload: string, functionError?: string): Response =>
  new Response(payload, {
    status: 200,
    headers: {
      'content-type': 'application/json',
      'x-amz-executed-version': '$LATEST',
      'x-amzn-requestid': randomUUID(),
      ...(functionError ? { 'x-amz-function-error': functionError } : {}),
    },
  });
