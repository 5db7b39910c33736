// Owns leaving out the languages of zod that bundles do not use: it has messages in fifty, and the API writes in one.
import type { Plugin } from 'esbuild';

/** They are a third of the probe, and of the time and memory of its cold start. */
export const englishOnly: Plugin = {
  name: 'english-only',
  setup(bundling) {
    bundling.onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    }));
  },
};
