// Owns which paths programs use with an API key: a missing or wrong key is answered with 401, and never with the sign-in page.
// Imports nothing.

/** Prometheus scrapes `/metrics` unless its configuration says otherwise. */
export const isApiPath = (path: string): boolean => path.startsWith('/api/') || path === '/metrics';
