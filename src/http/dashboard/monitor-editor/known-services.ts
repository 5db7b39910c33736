// Owns which check fits a well-known port: the services that people run, and the conversation that shows that each responds.
// Ports: www.iana.org/assignments/service-names-port-numbers. Pure. Does not read what a person typed.
import type { CheckInput } from '../../../../probes/checks/check-input.ts';

interface Service {
  /** As in "Port 22 is that of SSH". */
  readonly name: string;
  /** What the check then does, as the end of a sentence. */
  readonly does: string;
  /** The check without host and port. Undefined: that the port is open. */
  readonly check?: CheckInput;
}

const script = (steps: readonly object[], tls = false): CheckInput => ({
  type: 'script',
  steps,
  ...(tls ? { tls } : {}),
});

const GREETING = { expectMatch: '^220 ', unless: '^[45]' };
const QUIT = [{ send: 'QUIT\r\n' }, { expectMatch: '^221 ' }];
const EHLO = [{ send: 'EHLO probe.example.com\r\n' }, { expectMatch: '^250 ', unless: '^[45]' }];
const IMAP = [
  { expect: '* OK', unless: '^\\* BYE' },
  { send: 'a LOGOUT\r\n' },
  { expect: 'a OK', unless: '^a (NO|BAD)' },
];
const POP3 = [{ expect: '+OK', unless: '^-ERR' }, { send: 'QUIT\r\n' }, { expect: '+OK' }];
// A server with a password refuses the command: it responds all the same.
const REDIS = [{ send: 'PING\r\n' }, { expectMatch: '^(\\+PONG|-NOAUTH)' }];
const READS_GREETING = 'reads its greeting and says goodbye';
const OPEN = 'connects, and sends nothing';

/** By port, over TCP. */
export const SERVICES: ReadonlyMap<number, Service> = new Map<number, Service>([
  [21, { name: 'FTP', does: READS_GREETING, check: script([GREETING, ...QUIT]) }],
  [22, { name: 'SSH', does: 'reads its version', check: script([{ expectMatch: '^SSH-2\\.0-' }]) }],
  [25, { name: 'SMTP', does: READS_GREETING, check: script([GREETING, ...QUIT]) }],
  [110, { name: 'POP3', does: READS_GREETING, check: script(POP3) }],
  [143, { name: 'IMAP', does: READS_GREETING, check: script(IMAP) }],
  [465, { name: 'SMTP over TLS', does: READS_GREETING, check: script([GREETING, ...QUIT], true) }],
  [
    587,
    {
      name: 'mail submission',
      does: 'reads its greeting and starts TLS',
      check: script([
        GREETING,
        ...EHLO,
        { send: 'STARTTLS\r\n' },
        GREETING,
        { startTls: true },
        ...EHLO,
        ...QUIT,
      ]),
    },
  ],
  [636, { name: 'LDAP over TLS', does: 'completes a TLS handshake', check: { type: 'tls' } }],
  [993, { name: 'IMAP over TLS', does: READS_GREETING, check: script(IMAP, true) }],
  [995, { name: 'POP3 over TLS', does: READS_GREETING, check: script(POP3, true) }],
  [3306, { name: 'MySQL', does: 'reads its greeting', check: script([{ expectHex: '?? ?? ?? 00 0a' }]) }],
  [389, { name: 'LDAP', does: OPEN }],
  [1883, { name: 'MQTT', does: OPEN }],
  [3389, { name: 'Remote Desktop', does: OPEN }],
  [5432, { name: 'PostgreSQL', does: OPEN }],
  [5671, { name: 'AMQP over TLS', does: 'completes a TLS handshake', check: { type: 'tls' } }],
  [5672, { name: 'AMQP', does: OPEN }],
  [6379, { name: 'Redis', does: 'sends PING', check: script(REDIS) }],
  [8883, { name: 'MQTT over TLS', does: 'completes a TLS handshake', check: { type: 'tls' } }],
  [9092, { name: 'Kafka', does: OPEN }],
  [
    11211,
    {
      name: 'memcached',
      does: 'asks for its version',
      check: script([{ send: 'version\r\n' }, { expectMatch: '^VERSION ' }]),
    },
  ],
  [27017, { name: 'MongoDB', does: OPEN }],
]);

/** Ports on which web servers usually respond, encrypted or not. */
export const WEB_PORTS: ReadonlyMap<number, 'https' | 'http'> = new Map([
  ...[443, 8443, 9443].map((port) => [port, 'https'] as const),
  ...[80, 3000, 4000, 5000, 8000, 8008, 8080, 8081, 8088, 8888, 9000].map((port) => [port, 'http'] as const),
]);

/** The usual port of a scheme, where the scheme alone says which service it is. */
export const SCHEME_PORTS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    ...{ ftp: 21, ssh: 22, sftp: 22, smtp: 25, submission: 587, smtps: 465 },
    ...{ pop3: 110, pop3s: 995, imap: 143, imaps: 993, ldap: 389, ldaps: 636 },
    ...{ mysql: 3306, mariadb: 3306, postgres: 5432, postgresql: 5432, mongodb: 27017 },
    ...{ redis: 6379, memcached: 11211, amqp: 5672, amqps: 5671, mqtt: 1883, mqtts: 8883, rdp: 3389 },
  }),
);
