// A listener with a tiny queue. Its parent stops the process before it accepts a connection.
import { createServer } from 'node:net';

const server = createServer();
server.listen({ port: 0, host: process.argv[2], backlog: 1 }, () => process.send(server.address().port));
process.on('disconnect', () => process.exit(0));
