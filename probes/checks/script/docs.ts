// Owns the notes of the script check: the steps, and example conversations. Data only.
export const scriptNotes = `Each step does one thing:

| step | action |
|---|---|
| \`"send": "PING\\r\\n"\` | discards what arrived before, then sends the text, unchanged and in UTF-8; a line needs its line break, in JSON \`\\r\\n\` |
| \`"sendHex": "00 00 00 08"\` | sends these bytes |
| \`"expect": "+PONG"\` | reads lines until a line contains this text |
| \`"expectMatch": "^250 "\` | reads lines until this regular expression (RE2) matches somewhere in a line |
| \`"expectHex": "?? 00 0a"\` | reads as many bytes and compares them; \`??\` is any byte |
| \`"expectEnd": true\` | reads until the peer ends the connection |
| \`"startTls": true\` | starts TLS on the open connection |
| \`"pauseMs": 200\` | waits this long |

The check skips lines before the expected one, such as banners. \`unless\` names lines that fail the check at once. Without
\`unless\`, the check waits until \`timeoutMs\` even if the service reports an error.

**A \`send\` draws a line**: the check discards what arrived before it, so that no earlier line or byte answers the new command.

**A reply of several lines is one reply.** A line that begins with a code of three digits and a hyphen, as in \`250-SIZE\`, begins
it; the line with a space after the code ends it (SMTP, FTP). The check reads the reply to its end before the next step, and
\`unless\` applies to all of its lines. Steps before the next \`send\` may each expect a line of the same reply, such as \`SIZE\`
and then \`8BITMIME\`. A step that its code alone meets, such as \`250\`, needs a reply of its own.

**Text without a line break**, such as a prompt or XMPP, counts as a line once the service sends nothing more for 250 ms.
\`maxLatencyMs\` does not include this time. The next step then continues behind the expected text. A line with a code always
needs its line break.

If a step fails, the detail names it, and the response holds the last lines received, up to one kilobyte. Use \`{{name}}\` for
a secret in \`send\` and \`expect\`. The probe redacts secrets from everything that it reports.

### Example conversations

XMPP with STARTTLS:

\`\`\`json
{ "type": "script", "host": "chat.example.com", "port": 5222,
  "steps": [
    { "send": "<?xml version='1.0'?><stream:stream to='chat.example.com' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>" },
    { "expect": "</stream:features>", "unless": "<stream:error" },
    { "send": "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>" },
    { "expectMatch": "<proceed[^>]*>", "unless": "<failure" },
    { "startTls": true }] }
\`\`\`

Redis, with a password:

\`\`\`json
{ "type": "script", "host": "cache.example.com", "port": 6379, "secrets": { "password": "a long password" },
  "steps": [
    { "send": "AUTH {{password}}\\r\\n" }, { "expect": "+OK", "unless": "^-" },
    { "send": "PING\\r\\n" }, { "expect": "+PONG", "unless": "^-" }] }
\`\`\`

SMTP with STARTTLS:

\`\`\`json
{ "type": "script", "host": "mail.example.com", "port": 587,
  "steps": [
    { "expectMatch": "^220 ", "unless": "^[45]" },
    { "send": "EHLO probe.example.com\\r\\n" }, { "expectMatch": "^250 ", "unless": "^[45]" },
    { "send": "STARTTLS\\r\\n" }, { "expectMatch": "^220 ", "unless": "^[45]" },
    { "startTls": true },
    { "send": "EHLO probe.example.com\\r\\n" }, { "expectMatch": "^250 ", "unless": "^[45]" },
    { "send": "QUIT\\r\\n" }, { "expectMatch": "^221 " }] }
\`\`\`

SSH, IMAP over TLS, POP3 over TLS, FTP and memcached:

\`\`\`json
{ "type": "script", "host": "shell.example.com", "port": 22, "steps": [{ "expectMatch": "^SSH-2\\\\.0-" }] }
{ "type": "script", "host": "mail.example.com", "port": 993, "tls": true,
  "steps": [{ "expect": "* OK", "unless": "^\\\\* BYE" }, { "send": "a LOGOUT\\r\\n" }, { "expect": "a OK" }] }
{ "type": "script", "host": "mail.example.com", "port": 995, "tls": true,
  "steps": [{ "expect": "+OK", "unless": "^-ERR" }, { "send": "QUIT\\r\\n" }, { "expect": "+OK" }] }
{ "type": "script", "host": "files.example.com", "port": 21,
  "steps": [{ "expectMatch": "^220 ", "unless": "^[45]" }, { "send": "QUIT\\r\\n" }, { "expectMatch": "^221 " }] }
{ "type": "script", "host": "cache.example.com", "port": 11211,
  "steps": [{ "send": "version\\r\\n" }, { "expectMatch": "^VERSION " }] }
\`\`\`

PostgreSQL with a request for TLS (\`53\` means that it agrees), and the greeting of MySQL (protocol version 10):

\`\`\`json
{ "type": "script", "host": "db.example.com", "port": 5432,
  "steps": [{ "sendHex": "00 00 00 08 04 d2 16 2f" }, { "expectHex": "53" }, { "startTls": true }] }
{ "type": "script", "host": "db.example.com", "port": 3306, "steps": [{ "expectHex": "?? ?? ?? 00 0a" }] }
\`\`\`
`;
