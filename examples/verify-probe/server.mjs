// A server for nginx's auth_request: 204 if the request that nginx asks about comes from your mesh, else 401 with the reason.
// MESH_URL is the https:// address of your coordinator, PORT where to listen on loopback.
import { createServer } from 'node:http';
import { createVerifier } from './verify.mjs';

const verify = createVerifier(process.env.MESH_URL ?? '');

const server = createServer(async ({ headers }, response) => {
  try {
    // nginx asks with the headers of the request, and with its Host.
    const result = await verify(headers.host ?? '', headers);
    response.writeHead(result.ok ? 204 : 401).end(result.ok ? undefined : `${result.reason}\n`);
  } catch (error) {
    // The keys cannot be read: the request is not proven, and that is not its fault.
    response.writeHead(503).end(`${error.message}\n`);
  }
});
server.listen(Number(process.env.PORT ?? 9421), '127.0.0.1', () =>
  console.log(`ready ${server.address().port}`),
);
