// Owns the public HTTP app of an isolate. Does not contain routes.
import { createPublicApp } from '../http/public-app.ts';

export const app = createPublicApp({ cache: () => caches.default });
