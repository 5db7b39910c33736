// Owns which paths programs use with an API key: a missing or wrong key is answered with 401, and never with the sign-in page.
// Imports nothing.

/** `/api/v2` is of the status page, without keys. Prometheus scrapes `/metrics` unless its configuration says otherwise. */
export const isApiPath = (path: string): boolean =>
  (path.startsWith('/api/') && !path.startsWith('/api/v2/')) || path === '/metrics';
