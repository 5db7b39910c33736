// Owns a module in place of `cloudflare:sockets`, so that Node loads the built Worker. Its sockets are never opened:
// only the consumer of a local mesh asks for one.
import { registerHooks } from 'node:module';

const SOCKETS = 'data:text/javascript,export const connect = () => { throw new Error("no sockets here"); };';

registerHooks({
  resolve: (specifier, context, nextResolve) =>
    specifier === 'cloudflare:sockets'
      ? { url: SOCKETS, shortCircuit: true }
      : nextResolve(specifier, context),
});
