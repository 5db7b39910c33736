// Owns which build of the probe runs, for its reports and its user agent. Does not know the version of the contract.

/** The build defines it: the version of package.json and the hash of the code, such as `0.1.0+4f0c1d2e3a5b`. */
declare const PROBE_BUILD: string | undefined;

/** `dev` if the probe runs from its source. */
export const build = typeof PROBE_BUILD === 'string' && PROBE_BUILD !== '' ? PROBE_BUILD : 'dev';

/** The version alone. */
export const probeVersion = build.replace(/\+.*/, '');
