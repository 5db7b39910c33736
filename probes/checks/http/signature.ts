// Owns the signature with which a target recognises the requests of a mesh: which parts it covers, and its three headers. Pure.
// RFC 9421, and draft-ietf-webbotauth-httpsig-protocol. Does not hold the key: the wire does.
import type { RequestSigner } from '../check.ts';
import { placeholdersIn } from '../shared/secrets.ts';
import type { Headers } from './headers.ts';

/** A copy of the headers is worth nothing after this time. */
const LIFETIME_SECONDS = 60;
/** A target with a slower clock still accepts the signature. */
const CLOCK_ALLOWANCE_SECONDS = 5;
const LABEL = 'sig1';
const TAG = 'web-bot-auth';

/** Headers that only the probe sets in a signed request. */
const SIGNATURE_HEADERS: readonly string[] = ['signature', 'signature-input', 'signature-agent'];

/** Reports headers that a signed request cannot have. */
export function validateSigned(headers: Headers, addIssue: (path: string[], message: string) => void): void {
  for (const [original, value] of Object.entries(headers)) {
    const name = original.toLowerCase();
    if (SIGNATURE_HEADERS.includes(name))
      addIssue(
        ['headers', original],
        `The probe sets the header "${name}" of a signed request itself. Remove it.`,
      );
    else if (name === 'user-agent' && (value === '' || placeholdersIn(value).length > 0))
      addIssue(
        ['headers', original],
        '`sign` covers the user-agent, so it must be a text without secrets. Change it, or remove `sign`.',
      );
  }
}

/** The headers of one request, signed for its own authority. `headers` are those on the wire, `protocol` that of the URL. */
export function signedHeaders(
  headers: Headers,
  protocol: string,
  signer: RequestSigner,
  now: number,
): Headers {
  const agent = `"${signer.agent}"`;
  const created = Math.floor(now / 1_000) - CLOCK_ALLOWANCE_SECONDS;
  const components: readonly [name: string, value: string][] = [
    ['@authority', authorityOf(headers.host!, protocol)],
    ['signature-agent', agent],
    ['user-agent', headers['user-agent']!],
  ];
  const parameters =
    `(${components.map(([name]) => `"${name}"`).join(' ')});created=${created}` +
    `;expires=${created + LIFETIME_SECONDS + CLOCK_ALLOWANCE_SECONDS};keyid="${signer.keyId}";alg="ed25519"` +
    `;nonce="${signer.nonce()}";tag="${TAG}"`;
  const base = [
    ...components.map(([name, value]) => `"${name}": ${value}`),
    `"@signature-params": ${parameters}`,
  ].join('\n');
  return {
    ...headers,
    'signature-agent': agent,
    'signature-input': `${LABEL}=${parameters}`,
    signature: `${LABEL}=:${signer.sign(base)}:`,
  };
}

/** Section 2.2.3: in lower case, without the default port of the scheme. */
function authorityOf(host: string, protocol: string): string {
  const port = protocol === 'https:' ? ':443' : ':80';
  const lower = host.toLowerCase();
  return lower.endsWith(port) ? lower.slice(0, -port.length) : lower;
}
