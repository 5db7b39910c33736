// A probe as a process of its own: loads the built bundle, and answers the jobs that its parent sends. Ends with its parent.
import { pathToFileURL } from 'node:url';

process.on('disconnect', () => process.exit(0));
const { handler } = await import(pathToFileURL(process.argv[2]).href);
process.on('message', async (job) => {
  const endsAt = Date.now() + 60_000;
  const report = await handler(job, { getRemainingTimeInMillis: () => endsAt - Date.now() });
  process.send(report);
});
process.send('ready');
