// A run of the lab that a test kills: it starts servers and namespaces, sends the path of its folder, and waits.
import { makeFolder } from './folder.ts';
import { FAR, layCable } from './namespace.ts';
import { startNsd } from './servers/nsd.ts';
import { startRedis } from './servers/redis.ts';

const folder = makeFolder();
const cable = await layCable();
await startNsd(folder.path, { inside: cable.far, address: FAR, port: 53 });
await startRedis();
process.send?.(folder.path);
