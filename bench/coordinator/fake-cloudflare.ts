// Owns modules in place of `cloudflare:sockets` and `cloudflare:workers`, so that Node loads the built Worker. Sockets are never
// opened: only the consumer of a local mesh asks for one. No Durable Object is made.
import { registerHooks } from 'node:module';

const SOCKETS = 'data:text/javascript,export const connect = () => { throw new Error("no sockets here"); };';

const WORKERS = 'data:text/javascript,export class DurableObject {}';

const FAKES: Readonly<Record<string, string>> = {
  'cloudflare:sockets': SOCKETS,
  'cloudflare:workers': WORKERS,
};

registerHooks({
  resolve: (specifier, context, nextResolve) => {
    const url = FAKES[specifier];
    return url === undefined ? nextResolve(specifier, context) : { url, shortCircuit: true };
  },
});
