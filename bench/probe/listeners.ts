// Owns a process with many listening ports. It accepts connections, discards data and closes when the client closes.
// Arguments: address, first port, number of ports, backlog of each port.
import { once } from 'node:events';
import { createServer } from 'node:net';

const [host = '', firstPort = '', count = '', backlog = '511'] = process.argv.slice(2);
process.on('disconnect', () => process.exit(0));

for (let port = Number(firstPort); port < Number(firstPort) + Number(count); port += 1) {
  const server = createServer((socket) => {
    // A client may reset its connection after its measurement.
    socket.on('error', () => socket.destroy());
    socket.resume();
  });
  server.listen({ host, port, backlog: Number(backlog) });
  await once(server, 'listening');
}
process.send?.('ready');
