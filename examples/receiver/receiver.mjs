// Owns a webhook receiver to copy: it verifies the signature and handles each webhook-id once.
// Node 20 or newer. npm install standardwebhooks; WEBHOOK_SECRET=whsec_… node receiver.mjs
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';

const secret = process.env.WEBHOOK_SECRET;
if (!secret) {
  console.error('WEBHOOK_SECRET is not set. Set it to the secret of your channel, whsec_…');
  process.exit(1);
}
const verifier = new Webhook(secret);

/**
 * webhook-id → result of `handle`. In production, keep handled ids in a database for two days: this map does not
 * survive a restart, and retries may arrive for a day.
 */
const handled = new Map();

/** Your part: page a person, open a ticket, post to a chat. Throw if it fails: the coordinator sends it again. */
async function handle({ type, title, summary, data }) {
  const failing = data.evidence.filter(({ vote }) => vote === 'failing').map(({ location }) => location);
  const parts = [`${type} ${title}`];
  if (failing.length > 0) parts.push(`failing from ${failing.join(', ')}`);
  console.log(`${parts.join(', ')}\n  ${summary}`);
}

const server = createServer(async (request, response) => {
  const respond = (status) => response.writeHead(status).end();
  if (request.method !== 'POST') return respond(405);

  // The signature covers the raw bytes, so verify before you parse.
  const body = await text(request).catch(() => null);
  if (body === null) return;
  let notification;
  try {
    notification = verifier.verify(body, request.headers);
  } catch (error) {
    console.error(`rejected: ${error.message}`);
    return respond(401);
  }

  // Delivery is at-least-once. A duplicate has the same webhook-id and gets the result of the first request.
  const id = request.headers['webhook-id'];
  if (!handled.has(id)) handled.set(id, handle(notification));
  try {
    await handled.get(id);
    respond(204);
  } catch (error) {
    handled.delete(id);
    console.error(error);
    respond(500);
  }
});

server.listen(Number(process.env.PORT ?? 9000), process.env.HOST ?? '127.0.0.1', () => {
  console.log(`listening on port ${server.address().port}`);
});
