// Owns the security headers of every response, pages and API alike. Does not set caching or CORS.
import type { MiddlewareHandler } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import { FAVICON_PATH } from './ui/icons.tsx';

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
  'publickeyCredentialsGet',
  'serial',
  'usb',
] as const;

const headersWith = (crossOriginResourcePolicy: 'cross-origin' | 'same-origin') =>
  secureHeaders({
    // Pages run no script and load nothing from other origins, so the policy starts from `none`.
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
    permissionsPolicy: Object.fromEntries(UNUSED_FEATURES.map((feature) => [feature, []])),
    xFrameOptions: 'DENY',
    crossOriginResourcePolicy,
    // One year, for this host alone: its subdomains are the operator's. Browsers ignore it over plain http.
    strictTransportSecurity: 'max-age=31536000',
  });

const open = headersWith('cross-origin');
const closed = headersWith('same-origin');

/** Any site may read the public status and embed the icon. Nothing else is for other sites. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/api/v1/status', '/api/v1/openapi.json', FAVICON_PATH]);

export const securityHeaders: MiddlewareHandler = (c, next) =>
  (OPEN_PATHS.has(c.req.path) ? open : closed)(c, next);
