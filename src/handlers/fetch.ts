// Owns the whole HTTP app of an isolate. Does not contain routes.
import { createApp } from '../http/app.ts';

export const app = createApp(undefined, undefined, () => caches.default);
