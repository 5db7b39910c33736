// Owns the security headers of every response, pages and API alike: what each page may do beyond text and style.
// Does not set caching (private-cache.ts) or CORS.
import type { Context, MiddlewareHandler } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import { pathOnPage } from './pages/page-paths.ts';
import { FAVICON_PATH } from './ui/icons.tsx';

/** What the pages below a path need. Everything else is closed. */
interface Needs {
  /** Forms that post to this origin. */
  readonly forms?: boolean;
  /** A script of this origin that uses passkeys: `get` signs in, `create` adds a passkey. */
  readonly passkeys?: 'get' | 'create';
  /** Scripts of this origin, which ask this origin. */
  readonly scripts?: boolean;
  /** The address has a token, so no page learns it as a referrer, not even one of this origin. */
  readonly hasToken?: boolean;
  /** Other sites load it: as a picture, a script, or by `fetch`. */
  readonly isOpen?: boolean;
  /** Other sites show it in a frame. */
  readonly isFramed?: boolean;
  /** It shows a page of this origin in a frame: a preview. */
  readonly hasFrame?: boolean;
  /** Only pages of this origin show it in a frame. Nothing runs in it, and no form of it is sent. */
  readonly isPreview?: boolean;
}

/** By the beginning of the path, and what is framed by its whole path. The longest that matches counts. */
const NEEDS: Readonly<Record<string, Needs>> = {
  '/acknowledge': { forms: true, hasToken: true },
  '/access': { forms: true },
  '/access/mail': { forms: true, hasToken: true },
  '/subscribe': { forms: true },
  '/subscribe/confirm': { forms: true, hasToken: true },
  '/subscribe/manage': { forms: true, hasToken: true },
  '/unsubscribe': { forms: true, hasToken: true },
  '/dashboard': { forms: true, scripts: true },
  '/dashboard/preview': { isPreview: true },
  '/dashboard/status-pages': { forms: true, scripts: true, hasFrame: true },
  '/dashboard/public-incidents': { forms: true, scripts: true, hasFrame: true },
  '/dashboard/announcements': { forms: true, scripts: true, hasFrame: true },
  '/dashboard/update-templates': { forms: true, scripts: true, hasFrame: true },
  '/dashboard/account': { forms: true, scripts: true, passkeys: 'create' },
  '/sign-in': { forms: true, passkeys: 'get' },
  '/sign-in/code': { forms: true },
  '/sign-in/oidc': { forms: true },
  '/setup': { forms: true, passkeys: 'create', hasToken: true },
  '/invitation': { forms: true, passkeys: 'create', hasToken: true },
  '/api/v2': { isOpen: true },
  '/badges': { isOpen: true },
  '/embed': { isOpen: true, isFramed: true },
  '/embed.js': { isOpen: true },
};

/** Features of a browser that no page of probemesh uses (w3c.github.io/webappsec-permissions-policy). */
const UNUSED_FEATURES = [
  'accelerometer',
  'camera',
  'displayCapture',
  'geolocation',
  'gyroscope',
  'hid',
  'microphone',
  'midi',
  'payment',
  'serial',
  'usb',
] as const;

const SELF = ["'self'"];
const NONE = ["'none'"];
const ANY = ['*'];

function headersFor(needs: Needs): MiddlewareHandler {
  const { forms, passkeys, scripts, hasToken, isOpen, isFramed, hasFrame, isPreview } = needs;
  const features: Record<string, string[]> = Object.fromEntries(
    UNUSED_FEATURES.map((feature) => [feature, []]),
  );
  features.publickeyCredentialsGet = passkeys === 'get' ? ['self'] : [];
  features.publickeyCredentialsCreate = passkeys === 'create' ? ['self'] : [];
  return secureHeaders({
    // Pages load nothing from other origins, so the policy starts from `none`. No page has script or style in its HTML.
    contentSecurityPolicy: {
      defaultSrc: NONE,
      styleSrc: SELF,
      imgSrc: SELF,
      baseUri: NONE,
      formAction: forms ? SELF : NONE,
      // Sites list no port and no path here, so the policy names every origin or none.
      frameAncestors: isFramed ? ANY : isPreview ? SELF : NONE,
      ...(hasFrame ? { frameSrc: SELF } : {}),
      // As the frame has it: so nothing runs if the address is opened by itself, either.
      ...(isPreview ? { sandbox: ['allow-same-origin'] } : {}),
      ...(passkeys || scripts ? { scriptSrc: SELF, connectSrc: SELF } : {}),
    },
    permissionsPolicy: features,
    xFrameOptions: isFramed ? false : isPreview ? 'SAMEORIGIN' : 'DENY',
    crossOriginOpenerPolicy: 'same-origin',
    // With `no-referrer`, browsers send `Origin: null` with a form (Fetch Standard, section 3.1), and csrf.ts reads it.
    referrerPolicy: forms && !hasToken ? 'same-origin' : 'no-referrer',
    crossOriginResourcePolicy: isOpen ? 'cross-origin' : 'same-origin',
    // One year, for this host alone: its subdomains are the operator's. Browsers ignore it over plain http.
    strictTransportSecurity: 'max-age=31536000',
  });
}

/** Any site may read the public status and embed the icon. Nothing else is for other sites. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/api/v1/status', '/api/v1/openapi.json', FAVICON_PATH]);

/**
 * A response names the origin of its logo in this header, which no reader gets. A status page is the only page that loads
 * something of another origin, and only this. It is a header so that a cached page keeps it.
 */
export const IMAGE_ORIGIN = 'x-image-origin';

function allowImages(c: Context): void {
  const origin = c.res.headers.get(IMAGE_ORIGIN);
  if (origin === null) return;
  const policy = c.res.headers.get('content-security-policy') ?? '';
  c.header(IMAGE_ORIGIN, undefined);
  c.header('content-security-policy', policy.replace("img-src 'self'", `img-src 'self' ${origin}`));
}

const open = headersFor({ isOpen: true });
const closed = headersFor({});
const byPath = Object.entries(NEEDS)
  .toSorted(([a], [b]) => b.length - a.length)
  .map(([path, needs]) => ({ path, isAlone: needs.isFramed === true, headers: headersFor(needs) }));

export const securityHeaders: MiddlewareHandler = async (c, next) => {
  await headersOf(c.req.path)(c, next);
  allowImages(c);
};

function headersOf(path: string): MiddlewareHandler {
  if (OPEN_PATHS.has(path)) return open;
  // A path of a status page needs the same at the root and below `/pages/<id>`.
  const onPage = pathOnPage(path);
  const own = byPath.find(
    (one) => onPage === one.path || (!one.isAlone && onPage.startsWith(`${one.path}/`)),
  );
  return own?.headers ?? closed;
}
