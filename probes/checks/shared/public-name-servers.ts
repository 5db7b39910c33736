// Owns the default known-good hosts: the coordinator's canaries and the probe's canary names. Does not connect or query.

/** Name servers of three operators under three top-level domains. They also serve DNS over HTTPS on port 443. */
export const PUBLIC_NAME_SERVERS: readonly string[] = ['one.one.one.one', 'dns.google', 'dns.quad9.net'];
