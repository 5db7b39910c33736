// Accepts connections and resets each after the given ms.
import { createServer } from 'node:net';

const afterMs = Number(process.argv[2]);
const server = createServer((socket) => {
  socket.on('error', () => {});
  setTimeout(() => socket.resetAndDestroy(), afterMs);
});
server.listen({ port: 0, host: '127.0.0.1' }, () => process.send(server.address().port));
process.on('disconnect', () => process.exit(0));
