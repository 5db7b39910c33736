// Owns the wire form of AWS Query (IAM, STS): a form in, XML out. smithy.io/2.0/aws/protocols/aws-query-protocol.html
import { XmlShapeSerializer } from '@aws-sdk/core/protocols';
import type { NormalizedSchema } from '@smithy/core/schema';
import type { Operation } from './operations.ts';

const ISO = 5;

export const readQuery = ({ input }: Operation, form: URLSearchParams): unknown =>
  input.isStructSchema() ? readValue(input, form, '') : {};

function readValue(schema: NormalizedSchema, form: URLSearchParams, prefix: string): unknown {
  if (schema.isStructSchema()) {
    const members: Record<string, unknown> = {};
    for (const [name, member] of schema.structIterator()) {
      const wireName = member.getMergedTraits().xmlName ?? name;
      const value = readValue(member, form, prefix === '' ? wireName : `${prefix}.${wireName}`);
      if (value !== undefined) members[name] = value;
    }
    return prefix === '' || Object.keys(members).length > 0 ? members : undefined;
  }
  if (schema.isListSchema()) return readList(schema, form, prefix);
  const text = form.get(prefix);
  if (text === null) return undefined;
  if (schema.isNumericSchema()) return Number(text);
  return schema.isBooleanSchema() ? text === 'true' : text;
}

/** `Tags.member.1.Key`. An empty list is `Tags=`. */
function readList(schema: NormalizedSchema, form: URLSearchParams, prefix: string): unknown[] | undefined {
  const items: unknown[] = [];
  const item = schema.getValueSchema();
  for (;;) {
    const value = readValue(item, form, `${prefix}.member.${items.length + 1}`);
    if (value === undefined) break;
    items.push(value);
  }
  return items.length > 0 || form.has(prefix) ? items : undefined;
}

export function writeQuery(
  { name, output }: Operation,
  result: object,
  xmlNamespace: string,
  requestId: string,
): Response {
  let content = '';
  if (output.isStructSchema()) {
    const serializer = new XmlShapeSerializer({
      timestampFormat: { useTrait: true, default: ISO },
      xmlNamespace: '',
      serviceNamespace: '',
    });
    serializer.write(output, result);
    // The result's element has the operation's name, whatever its shape is called.
    content = String(serializer.flush())
      .replace(/^<[^>]*?\/?>/, '')
      .replace(/<\/[^>]*>$/, '');
    content = `<${name}Result>${content}</${name}Result>`;
  }
  const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
  return new Response(`<${name}Response xmlns="${xmlNamespace}">${content}${metadata}</${name}Response>`, {
    headers: { 'content-type': 'text/xml' },
  });
}
