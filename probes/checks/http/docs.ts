// What the documentation says of the http check.
import type { CheckDocs } from '../check.ts';

export const httpDocs: CheckDocs = {
  summary: 'The answer, at the end of its redirects, has an expected status and the expected content.',
  example: {
    type: 'http',
    url: 'https://shop.example.com/health',
    headers: { authorization: 'Bearer {{token}}' },
    jsonPath: [{ path: '$.status', equals: 'ok' }],
    secrets: { token: 'a long random string' },
  },
  failures: {
    refused: 'The host answered that nothing listens on the port.',
    timeout:
      'No connection, no answer, or no end of the answer within timeoutMs: an application that hangs behind an open port.',
    reset: 'The connection was reset before the answer was whole.',
    unreachable: 'A router answered that there is no way to the host.',
    dns: 'The name, or that of a redirect, has no address.',
    tls: 'The TLS handshake failed, or the certificate is not to be believed.',
    unexpected_reply:
      'The status or the content is another one than expected, the answer is no HTTP, it ended too early, or its redirects lead nowhere.',
    forbidden_address: 'The name, or that of a redirect, leads to an address that probes may not connect to.',
  },
  degraded:
    'The certificate of a hop ends in fewer days than one of certificateDays, or the look as a whole takes longer than maxLatencyMs.',
  notes: [
    '**Redirects** are followed up to `redirects` times, unless the status of one is among the expected ones: then it is the ' +
      'answer. 303 asks with GET, and so do 301 and 302 after a POST; 307 and 308 repeat the request. On the way to another origin ' +
      '(scheme, host or port) `authorization`, `cookie`, `host`, other credentials and every header with a secret stay behind; a ' +
      'body with a secret is not sent there at all: the look fails. From https to http nothing is followed. Cookies that an answer ' +
      'sets are not kept. Each hop is resolved and guarded like the first.',
    '**Secrets** are written into `secrets` and used as `{{name}}` in header values and the body. Headers that carry credentials ' +
      'are refused without one. What a server echoes of them is blotted out of everything that is kept.',
    '**What is read**: the first MiB of the body, decompressed (256 KiB where nothing is expected of it); text that has to be ' +
      'absent is looked for in that part. `matches` knows RE2 syntax and takes time in proportion to the text; a large pattern looks ' +
      'at less of a long body. Where a JSONPath finds several values, all of them have to fit.',
    '**What is sent**: HTTP/1.1 with `user-agent`, `accept: */*` and `accept-encoding: gzip`, which `headers` may override. ' +
      'A `host` header asks for another virtual host, also in TLS. A body has no content-type unless `headers` names one.',
  ].join('\n\n'),
  references: [
    { title: 'RFC 9110, HTTP Semantics', url: 'https://www.rfc-editor.org/rfc/rfc9110' },
    { title: 'RFC 9112, HTTP/1.1', url: 'https://www.rfc-editor.org/rfc/rfc9112' },
    { title: 'RFC 9535, JSONPath', url: 'https://www.rfc-editor.org/rfc/rfc9535' },
    { title: 'RE2, syntax of patterns', url: 'https://github.com/google/re2/wiki/Syntax' },
  ],
};
