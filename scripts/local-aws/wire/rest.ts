// Owns the wire form of REST-JSON (Lambda, EventBridge Scheduler) and REST-XML (S3): which part of a request and a response
// each member is in. smithy.io/2.0/spec/http-bindings.html
import { JsonCodec2, XmlCodec } from '@aws-sdk/core/protocols';
import type { NormalizedSchema } from '@smithy/core/schema';
import type { Operation } from './operations.ts';

export type RestFormat = 'json' | 'xml';

export interface RestRequest {
  readonly labels: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Numbers of smithy's formats: seconds since the epoch, and ISO 8601. */
const SECONDS = 7;
const ISO = 5;
const CODECS = {
  json: new JsonCodec2({ timestampFormat: { useTrait: true, default: SECONDS }, jsonName: true }),
  xml: new XmlCodec({
    timestampFormat: { useTrait: true, default: ISO },
    xmlNamespace: 'http://s3.amazonaws.com/doc/2006-03-01/',
    serviceNamespace: 'com.amazonaws.s3',
  }),
};

type Members = Record<string, unknown>;

/** Throws a SyntaxError for a body that is not of the format. */
export async function readRest(
  { input }: Operation,
  request: RestRequest,
  format: RestFormat,
): Promise<Members> {
  const members: Members = {};
  if (!input.isStructSchema()) return members;
  let hasBodyMembers = false;
  for (const [name, member] of input.structIterator()) {
    const traits = member.getMergedTraits();
    let value: unknown;
    if (traits.httpLabel) value = request.labels[name];
    else if (traits.httpQuery) value = fromQuery(member, request.query.getAll(traits.httpQuery));
    else if (traits.httpHeader) value = fromText(member, request.headers[traits.httpHeader.toLowerCase()]);
    else if (traits.httpPrefixHeaders) value = fromPrefix(request.headers, traits.httpPrefixHeaders);
    else if (traits.httpPayload) value = await fromPayload(member, request.body, format);
    else hasBodyMembers = true;
    if (value !== undefined) members[name] = value;
  }
  if (!hasBodyMembers || request.body.length === 0) return members;
  return { ...((await decode(format, input, request.body)) as Members), ...members };
}

export async function writeRest(
  { output, http }: Operation,
  result: Members,
  format: RestFormat,
): Promise<Response> {
  const headers: Record<string, string> = {};
  const inBody: Members = {};
  let status = http?.status ?? 200;
  let body: Uint8Array | string | null = null;
  let hasPayload = false;
  if (output.isStructSchema()) {
    for (const [name, member] of output.structIterator()) {
      const traits = member.getMergedTraits();
      const value = result[name];
      hasPayload ||= traits.httpPayload !== undefined;
      if (traits.httpResponseCode && typeof value === 'number') status = value;
      if (value === undefined || value === null || traits.httpResponseCode) continue;
      if (traits.httpHeader) headers[traits.httpHeader.toLowerCase()] = toText(value);
      else if (traits.httpPrefixHeaders) {
        for (const [key, text] of Object.entries(value))
          headers[traits.httpPrefixHeaders + key] = String(text);
      } else if (!traits.httpPayload) inBody[name] = value;
      else if (member.isStructSchema()) body = encode(format, member, value);
      else body = value as Uint8Array | string;
    }
    if (!hasPayload && (format === 'json' || Object.keys(inBody).length > 0)) {
      body = encode(format, output, inBody);
    }
  }
  if (status === 204) return new Response(null, { status, headers });
  headers['content-type'] ??= format === 'json' ? 'application/json' : 'application/xml';
  return new Response(body as Uint8Array<ArrayBuffer> | string | null, { status, headers });
}

function fromQuery(member: NormalizedSchema, values: readonly string[]): unknown {
  if (values.length === 0) return undefined;
  return member.isListSchema() ? values : fromText(member, values[0]);
}

function fromText(member: NormalizedSchema, text: string | undefined): unknown {
  if (text === undefined) return undefined;
  if (member.isNumericSchema()) return Number(text);
  if (member.isBooleanSchema()) return text === 'true';
  if (member.isTimestampSchema()) return new Date(/^\d+$/.test(text) ? Number(text) * 1000 : text);
  return text;
}

function fromPrefix(headers: Readonly<Record<string, string>>, prefix: string): Record<string, string> {
  const found = Object.entries(headers).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(found.map(([name, value]) => [name.slice(prefix.length), value]));
}

async function fromPayload(member: NormalizedSchema, body: Uint8Array, format: RestFormat): Promise<unknown> {
  if (member.isBlobSchema() || member.isStreaming()) return body;
  if (member.isStringSchema()) return new TextDecoder().decode(body);
  return body.length === 0 ? undefined : decode(format, member, body);
}

const decode = async (format: RestFormat, schema: NormalizedSchema, body: Uint8Array): Promise<unknown> =>
  CODECS[format].createDeserializer().read(schema, new TextDecoder().decode(body));

function encode(format: RestFormat, schema: NormalizedSchema, value: unknown): string | Uint8Array {
  const serializer = CODECS[format].createSerializer();
  serializer.write(schema, value);
  return serializer.flush() as string | Uint8Array;
}

const toText = (value: unknown): string => (value instanceof Date ? value.toUTCString() : String(value));
