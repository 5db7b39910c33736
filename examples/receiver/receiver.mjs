// A webhook receiver to copy: verifies the signature, answers at once, and acts once per webhook-id.
// Node 20 or newer. npm install standardwebhooks; WEBHOOK_SECRET=whsec_… node receiver.mjs
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';

const secret = process.env.WEBHOOK_SECRET;
if (!secret) {
  console.error('WEBHOOK_SECRET is not set: give it the secret of your channel, whsec_…');
  process.exit(1);
}
const verifier = new Webhook(secret);

/** Ids that were acted on. Keep them where they survive a restart, and for two days: retries come for one. */
const done = new Set();

/** Your part: page somebody, open a ticket, post to a chat. */
async function act({ type, data }) {
  const who = data.monitor ? ` ${data.monitor.name}` : '';
  const failing = data.evidence.filter((one) => one.vote === 'failing').map((one) => one.location);
  console.log(`${type}${who}${failing.length > 0 ? `, failing from ${failing.join(', ')}` : ''}`);
}

const server = createServer(async (request, response) => {
  const answer = (status) => response.writeHead(status).end();
  if (request.method !== 'POST') return answer(405);

  // The signature covers the bytes as they came: verify first, parse after.
  const body = await text(request).catch(() => null);
  if (body === null) return;
  let notification;
  try {
    notification = verifier.verify(body, request.headers);
  } catch (error) {
    console.error(`refused: ${error.message}`);
    return answer(401);
  }

  // A notification may come twice: when an answer is lost on its way, it is sent again under the same id.
  const id = request.headers['webhook-id'];
  if (done.has(id)) return answer(204);
  done.add(id);
  try {
    await act(notification);
    answer(204);
  } catch (error) {
    // Not acted on, so not done: any status but 2xx has it sent again later.
    done.delete(id);
    console.error(error);
    answer(500);
  }
});

server.listen(Number(process.env.PORT ?? 9000), process.env.HOST ?? '127.0.0.1', () => {
  console.log(`listening on port ${server.address().port}`);
});
