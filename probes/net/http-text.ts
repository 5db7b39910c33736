// Owns the text of a body: finds its encoding as browsers do (WHATWG HTML, "determining the character encoding"): byte
// order mark, content-type, then what the document declares. Pure.
import { TextDecoder } from 'node:util';
import sniffEncoding from 'html-encoding-sniffer';

const DECLARES_NOTHING = '';

/** `isWhole`: no byte follows, so a character that is cut at the end is a broken one. */
export function decodeText(bytes: Uint8Array, contentType = '', isWhole = true): string {
  const named = declaredEncoding(bytes, contentType);
  const decode = (encoding: string): string => decoderOf(encoding).decode(bytes, { stream: !isWhole });
  if (named !== DECLARES_NOTHING) return decode(named);
  const text = decode('utf-8');
  return mayBeLatin(contentType) && isLatin(text, bytes, isWhole) ? decode('windows-1252') : text;
}

function declaredEncoding(bytes: Uint8Array, contentType: string): string {
  const label = /;\s*charset\s*=\s*["']?\s*([^\s;"',]+)/i.exec(contentType)?.[1];
  const kind = kindOf(contentType);
  return sniffEncoding(kind === 'other' ? bytes.subarray(0, 3) : bytes, {
    xml: kind === 'xml',
    ...(label === undefined ? {} : { transportLayerEncodingLabel: label }),
    defaultEncoding: DECLARES_NOTHING,
  });
}

const essenceOf = (contentType: string): string => contentType.split(';', 1)[0]!.trim().toLowerCase();

/** A document without a type may be HTML. */
function kindOf(contentType: string): 'html' | 'xml' | 'other' {
  const essence = essenceOf(contentType);
  if (essence === '' || essence === 'text/html') return 'html';
  return /[/+]xml$/.test(essence) ? 'xml' : 'other';
}

/** XML and JSON are UTF-8 unless they declare another encoding (RFC 7303, section 3.6; RFC 8259, section 8.1). */
const mayBeLatin = (contentType: string): boolean => !/[/+](?:xml|json)$/.test(essenceOf(contentType));

/**
 * Browsers take a page that declares nothing for windows-1252 in most languages. Here, UTF-8 is first, since tests of a text
 * are written in it: a single broken byte must not change the rest of the page.
 */
function isLatin(text: string, bytes: Uint8Array, isWhole: boolean): boolean {
  if (!text.includes('\ufffd') || /[^\0-\x7f\ufffd]/.test(text)) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: !isWhole });
    return false;
  } catch {
    return true;
  }
}

function decoderOf(encoding: string): TextDecoder {
  try {
    return new TextDecoder(encoding);
  } catch {
    // An encoding that Node does not have: UTF-8 still decodes the ASCII part of the text.
    return new TextDecoder();
  }
}
