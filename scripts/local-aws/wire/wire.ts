// Owns choosing the wire form of a service, for its requests and its results.
import type { SignedRequest } from '../../local-lambda/signature.ts';
import { AwsError, commonError } from '../errors.ts';
import type { Service } from '../service.ts';
import { decodeChunked } from './chunked.ts';
import { misfit } from './conforms.ts';
import { jsonRpcOperation, readJsonRpc, writeJsonRpc } from './json-rpc.ts';
import { findRestOperation, type Operation, operationsOf } from './operations.ts';
import { readQuery, writeQuery } from './query.ts';
import { type RestFormat, readRest, writeRest } from './rest.ts';

/** `query` as the signature covers it. */
export interface Incoming extends SignedRequest {
  readonly search: URLSearchParams;
}

interface Parsed {
  readonly operation: Operation;
  readonly input: unknown;
}

const known = new Map<string, ReadonlyMap<string, Operation>>();

function operationsOfService({ name, sdk }: Service): ReadonlyMap<string, Operation> {
  const operations = known.get(name) ?? operationsOf(sdk);
  known.set(name, operations);
  return operations;
}

/** Throws what the service answers to a request that it does not understand. */
export async function parseRequest(service: Service, incoming: Incoming): Promise<Parsed> {
  try {
    const parsed = await parse(service, incoming);
    const wrong = parsed.input === null ? 'the request' : misfit(parsed.operation.input, parsed.input);
    if (wrong !== null) throw new TypeError(`${wrong} has another type.`);
    return parsed;
  } catch (error) {
    if (error instanceof AwsError) throw error;
    throw commonError(service.protocol, 'malformed', String(error));
  }
}

async function parse(service: Service, incoming: Incoming): Promise<Parsed> {
  const operations = operationsOfService(service);
  const unknown = (name: string): AwsError =>
    new AwsError('UnknownOperationException', `${service.name} has no operation ${name}.`, 404);
  switch (service.protocol) {
    case 'query': {
      const form = new URLSearchParams(new TextDecoder().decode(incoming.body));
      const operation = operations.get(form.get('Action') ?? '');
      if (!operation) throw unknown(`${form.get('Action')}`);
      return { operation, input: readQuery(operation, form) };
    }
    case 'json-rpc': {
      const name = jsonRpcOperation(incoming.headers['x-amz-target']);
      const operation = operations.get(name);
      if (!operation) throw unknown(name);
      return { operation, input: await readJsonRpc(operation, incoming.body) };
    }
    default: {
      const format = formatOf(service);
      const { bucket, path } =
        service.name === 's3' ? withoutBucket(incoming.path) : { bucket: '', path: incoming.path };
      // Some are matched by a parameter of the query that has no value.
      const target = { method: incoming.method, path, query: incoming.search };
      const candidates = [...operations.values()].filter(({ name }) =>
        Object.hasOwn(service.operations, name),
      );
      const found = findRestOperation(service.name === 's3' ? candidates : operations.values(), target);
      if (!found) throw unknown(`${incoming.method} ${incoming.path}`);
      const { operation, labels } = found;
      const body = service.name === 's3' ? decodeChunked(incoming.headers, incoming.body) : incoming.body;
      const request = {
        labels: { ...labels, Bucket: bucket },
        query: incoming.search,
        headers: incoming.headers,
        body,
      };
      const input = await readRest(operation, request, format);
      return { operation, input: bucket === '' ? input : { ...input, Bucket: bucket } };
    }
  }
}

const formatOf = ({ protocol }: Service): RestFormat => (protocol === 'rest-xml' ? 'xml' : 'json');

/** `/bucket/key` to the bucket and `/key`. */
function withoutBucket(path: string): { bucket: string; path: string } {
  const [, bucket = '', ...rest] = path.split('/');
  return { bucket: decodeURIComponent(bucket), path: `/${rest.join('/')}` };
}

export function writeResult(
  service: Service,
  operation: Operation,
  result: object,
  requestId: string,
): Response | Promise<Response> {
  switch (service.protocol) {
    case 'query':
      return writeQuery(operation, result, service.xmlNamespace ?? '', requestId);
    case 'json-rpc':
      return writeJsonRpc(operation, result);
    default:
      return writeRest(operation, result as Record<string, unknown>, formatOf(service));
  }
}
