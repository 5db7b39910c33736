// What the documentation says of scripts: how steps are read, and conversations to start from. Data only.
export const scriptNotes = `Each step does one thing:

| step | does |
|---|---|
| \`"send": "PING\\r\\n"\` | sends the text as it is written, in UTF-8: a line needs its line break, in JSON \`\\r\\n\` |
| \`"sendHex": "00 00 00 08"\` | sends these bytes |
| \`"expect": "+PONG"\` | reads lines until one has this text in it |
| \`"expectMatch": "^250 "\` | reads lines until this pattern (RE2) matches somewhere in one |
| \`"expectHex": "?? 00 0a"\` | reads as many bytes, and compares; \`??\` is any byte |
| \`"expectEnd": true\` | reads on until the peer ends the connection |
| \`"startTls": true\` | begins TLS on the open connection |
| \`"pauseMs": 200\` | waits |

Lines that are not the expected one are read and left behind: banners, and all but the last line of a reply of several
lines, whose last is \`250 \` with a space in SMTP and FTP. Beside \`expect\` and \`expectMatch\`, \`unless\` names lines that
end the look at once as failed; without it, an answer that says no is waited out until timeoutMs. A prompt that ends
without a line break is no line: read it with \`expectHex\`.

When a step fails, the detail names it, and the reply holds the last lines that came, up to a kilobyte. Names in double
braces stand for secrets, in \`send\` and in \`expect\`; they are blotted out of everything that is kept.

### Conversations to start from

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

PostgreSQL, asked whether it speaks TLS (\`53\` is its yes), and the greeting of MySQL (protocol version 10):

\`\`\`json
{ "type": "script", "host": "db.example.com", "port": 5432,
  "steps": [{ "sendHex": "00 00 00 08 04 d2 16 2f" }, { "expectHex": "53" }, { "startTls": true }] }
{ "type": "script", "host": "db.example.com", "port": 3306, "steps": [{ "expectHex": "?? ?? ?? 00 0a" }] }
\`\`\`
`;
