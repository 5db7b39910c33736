// Owns international names: from Unicode to the ASCII form that DNS and TLS use (UTS 46). Users see what they wrote. Pure.

const NOT_ASCII = /[^\p{ASCII}]/u;
/** Other ASCII characters have a meaning in a URL, whose parser converts the name. */
const CONVERTIBLE = /^[\w.\u0080-\u{10ffff}-]+$/u;
/** UTS 46, section 4: other full stops separate labels as well. */
const DOTS = /[.\u3002\uff0e\uff61]/;

/** The ASCII form of a host name; null if the name has none. Names in ASCII stay unchanged. */
export function toAscii(name: string): string | null {
  if (!NOT_ASCII.test(name)) return name;
  if (!CONVERTIBLE.test(name)) return null;
  try {
    return new URL(`http://${name}/`).hostname;
  } catch {
    // A character, a mixture of directions or a joiner that UTS 46 does not allow.
    return null;
  }
}

/** The form of a host that goes on the wire. A host that its schema has accepted always has one. */
export const asciiHost = (host: string): string => toAscii(host) ?? host;

/** As asciiHost, for a name of DNS: its labels may have characters that no host name has, such as `_dmarc` and `*`. */
export const asciiName = (name: string): string =>
  NOT_ASCII.test(name) ? name.split(DOTS).map(asciiHost).join('.') : name;
