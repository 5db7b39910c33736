// A process with many listening ports that accepts, reads nothing of interest and closes when its peer does.
// Arguments: address, first port, how many, and how many connections may wait on each to be accepted.
import { once } from 'node:events';
import { createServer } from 'node:net';

const [host = '', firstPort = '', count = '', backlog = '511'] = process.argv.slice(2);
process.on('disconnect', () => process.exit(0));

for (let port = Number(firstPort); port < Number(firstPort) + Number(count); port += 1) {
  const server = createServer((socket) => {
    // A visitor that resets its connection has measured all the same.
    socket.on('error', () => socket.destroy());
    socket.resume();
  });
  server.listen({ host, port, backlog: Number(backlog) });
  await once(server, 'listening');
}
process.send?.('ready');
