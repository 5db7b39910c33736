// Owns how a person puts a secret into an authenticator app: a QR code, and the same as text. Does not verify codes.
import { encode } from 'uqr';
import { totpUri } from '../../services/local-accounts/totp.ts';

interface AuthenticatorProps {
  /** Base32. */
  readonly secret: string;
  readonly username: string;
  /** Of this site. */
  readonly host: string;
}

/** The quiet zone of a QR code has four modules (ISO/IEC 18004, section 9.1). */
const BORDER = 4;

export const Authenticator = ({ secret, username, host }: AuthenticatorProps) => {
  const uri = totpUri(secret, username, host);
  return (
    <>
      <QrCode text={uri} />
      <details>
        <summary>Enter the key by hand</summary>
        <p class="note">Key of a time-based code with six digits:</p>
        <code class="once">{secret.match(/.{1,4}/g)?.join(' ')}</code>
        <p class="note">
          <a href={uri}>Open it in an app on this device</a>
        </p>
      </details>
    </>
  );
};

/** Black on white in both colour schemes: some cameras do not read inverted codes. */
const QrCode = ({ text }: { text: string }) => {
  const { size, data } = encode(text, { border: BORDER, ecc: 'L' });
  const modules = data.flatMap((row, y) =>
    row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])),
  );
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label="QR code for the authenticator app">
      <rect width={size} height={size} fill="#fff" />
      <path d={modules.join('')} fill="#000" shape-rendering="crispEdges" />
    </svg>
  );
};
