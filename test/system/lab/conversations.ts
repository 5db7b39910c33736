// Owns what the lab sends to its servers, as steps of a script check or bytes of a datagram.

/** RFC 4253, section 4.2. */
export const SSH_BANNER = [{ expectMatch: '^SSH-2\\.0-' }];

export const REDIS_PING = [{ send: 'PING\r\n' }, { expect: '+PONG', unless: '^-' }];

/** RFC 3207. */
export const MAIL_WITH_TLS = [
  { expectMatch: '^220 ', unless: '^[45]' },
  { send: 'EHLO probe.example.com\r\n' },
  { expectMatch: '^250 ', unless: '^[45]' },
  { send: 'STARTTLS\r\n' },
  { expectMatch: '^220 ', unless: '^[45]' },
  { startTls: true },
  { send: 'EHLO probe.example.com\r\n' },
  { expectMatch: '^250 ', unless: '^[45]' },
  { send: 'QUIT\r\n' },
  { expectMatch: '^221 ' },
];

/** A query for the SOA of lab.test; the response has the same id and one question. RFC 1035, section 4.1. */
export const DNS_DATAGRAM = {
  sendHex: 'ab cd 00 00 00 01 00 00 00 00 00 00 03 6c 61 62 04 74 65 73 74 00 00 06 00 01',
  expectHex: 'ab cd ?? ?? 00 01 00 01',
};
