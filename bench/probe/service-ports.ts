// Where each service of a mixed batch listens, counted from the first port of all.
export const PORTS = { http: 0, tls: 1, dns: 2, udp: 3, script: 4, silentTcp: 5, silentUdp: 6 } as const;
