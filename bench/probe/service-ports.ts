// Owns the port of each service of a mixed batch, as an offset from the first port.
export const PORTS = { http: 0, tls: 1, dns: 2, udp: 3, script: 4, silentTcp: 5, silentUdp: 6 } as const;
