// Owns the wire form of AWS JSON 1.1 (CloudWatch Logs, Systems Manager): the operation is in a header, the rest in the body.
// smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
import { JsonCodec2 } from '@aws-sdk/core/protocols';
import type { Operation } from './operations.ts';

const SECONDS = 7;
const CODEC = new JsonCodec2({ timestampFormat: { useTrait: true, default: SECONDS }, jsonName: false });

/** `Logs_20140328.CreateLogGroup` to the operation's name. */
export const jsonRpcOperation = (target: string | undefined): string => target?.split('.').at(-1) ?? '';

export async function readJsonRpc({ input }: Operation, body: Uint8Array): Promise<unknown> {
  if (!input.isStructSchema()) return {};
  const text = body.length === 0 ? '{}' : new TextDecoder().decode(body);
  return CODEC.createDeserializer().read(input, text);
}

export function writeJsonRpc({ output }: Operation, result: object): Response {
  let body: string | Uint8Array = '';
  if (output.isStructSchema()) {
    const serializer = CODEC.createSerializer();
    serializer.write(output, result);
    body = serializer.flush() as string | Uint8Array;
  }
  return new Response(body as string, { headers: { 'content-type': 'application/x-amz-json-1.1' } });
}
