// Owns S3's aws-chunked encoding, in which the SDK sends a body with a checksum behind it.
// docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
import { crc32 } from 'node:zlib';
import { AwsError } from '../errors.ts';

/** The body itself. Throws if its checksum, of the trailer or of a header, is another. */
export function decodeChunked(headers: Readonly<Record<string, string>>, body: Uint8Array): Uint8Array {
  const isChunked = headers['content-encoding']?.split(/, ?/).includes('aws-chunked') ?? false;
  const { content, trailers } = isChunked ? dechunk(Buffer.from(body)) : { content: body, trailers: headers };
  const claimed = trailers['x-amz-checksum-crc32'];
  if (claimed !== undefined && claimed !== crc32Of(content))
    throw new AwsError('BadDigest', 'The CRC32 you specified did not match the calculated checksum.');
  return content;
}

function crc32Of(content: Uint8Array): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(content));
  return bytes.toString('base64');
}

function dechunk(body: Buffer): { content: Uint8Array; trailers: Record<string, string> } {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const end = body.indexOf('\r\n', at);
    if (end < 0) throw new AwsError('IncompleteBody', 'You did not provide the number of bytes specified.');
    const size = Number.parseInt(body.toString('latin1', at, end), 16);
    if (Number.isNaN(size))
      throw new AwsError('IncompleteBody', 'You did not provide the number of bytes specified.');
    at = end + 2;
    if (size === 0) break;
    chunks.push(body.subarray(at, at + size));
    at += size + 2;
  }
  const lines = body.toString('latin1', at).split('\r\n');
  const trailers = lines
    .filter((line) => line.includes(':'))
    .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]);
  return { content: Buffer.concat(chunks), trailers: Object.fromEntries(trailers) as Record<string, string> };
}
