// Owns loading the HTTP app with an isolate's first request, because ticks and deliveries need none of it, and the response if it
// does not load. Does not contain routes.
import { bugFields, log } from '../log.ts';

interface App<Env, Context> {
  fetch(request: Request, env: Env, context: Context): Response | Promise<Response>;
}

/** The runtime keeps a module that it has loaded, and the app is made once. Requests share no promise. */
export function lazyApp<Env, Context>(
  load: () => Promise<App<Env, Context>>,
): (request: Request, env: Env, context: Context) => Promise<Response> {
  let app: App<Env, Context> | undefined;
  return async (request, env, context) => {
    if (app === undefined) {
      try {
        const loaded = await load();
        app ??= loaded;
      } catch (error) {
        log.error('app.not-loaded', bugFields(error));
        return notLoaded();
      }
    }
    return app.fetch(request, env, context);
  };
}

/** The `internal` of src/http/problems.ts, which is a part of what did not load. */
const notLoaded = (): Response =>
  Response.json(
    {
      type: '/api/v1/docs#problem-internal',
      title: 'Internal error',
      status: 500,
      detail: 'The coordinator could not load this part of itself. Its log has the event app.not-loaded.',
    },
    {
      status: 500,
      headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
    },
  );
