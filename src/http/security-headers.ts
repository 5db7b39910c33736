// Owns the security headers of every response, pages and API alike. Does not set caching or CORS.
import { secureHeaders } from 'hono/secure-headers';

/** Pages run no script and load nothing from other origins, so the policy starts from `none`. */
export const securityHeaders = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
  xFrameOptions: 'DENY',
  // Any site may read the public status and embed the icon.
  crossOriginResourcePolicy: 'cross-origin',
  // Whether all subdomains use TLS is the operator's to promise, not this app's.
  strictTransportSecurity: false,
});
