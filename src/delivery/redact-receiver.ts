// Owns the redaction of a receiver's address and secrets in what the receiver responds, and in errors that quote a request.
// The host stays: it names the receiver. Pure.
import { redactorOf } from '../fleet/redact.ts';

/** Shorter parts of an address are not secrets on their own, and hiding them would garble the text. */
const MIN_PART_LENGTH = 6;
/** A shorter end of a text is not enough of a secret. */
const MIN_CUT_LENGTH = 4;

/**
 * Returns a function that removes the address, its parts and the secrets, in their usual encodings and in any case. The
 * text may be cut off in the middle of a secret: then its end is removed too.
 */
export function createReceiverRedactor(url: string, secrets: readonly string[]): (text: string) => string {
  const { pathname, search } = new URL(url);
  const pieces = [...pathname.split('/'), ...search.split(/[?&=]/)];
  const words = pieces.flatMap((piece) => decoded(piece).split(/[^\p{L}\p{N}_-]+/u));
  const parts = [...pieces, ...words].filter((part) => part.length >= MIN_PART_LENGTH);
  const whole = [url, pathname + search, pathname, ...secrets, ...secrets.map(withoutPrefix)];
  const hidden = [...whole, ...parts].flatMap((part) => [part, decoded(part)]);
  const redact = redactorOf(hidden);
  return (text) => redact(withoutCutSecret(text, hidden));
}

/** `whsec_` is the same in every key. */
const withoutPrefix = (secret: string): string => secret.replace(/^[a-z]+_/, '');

/** decodeURIComponent throws on a lone percent sign. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Without an end that is the beginning of something hidden. */
function withoutCutSecret(text: string, hidden: readonly string[]): string {
  const lower = text.toLowerCase();
  let end = text.length;
  for (const part of hidden.map((one) => one.toLowerCase())) {
    for (let length = Math.min(part.length, text.length); length >= MIN_CUT_LENGTH; length -= 1) {
      if (!lower.endsWith(part.slice(0, length))) continue;
      end = Math.min(end, text.length - length);
      break;
    }
  }
  return text.slice(0, end);
}
