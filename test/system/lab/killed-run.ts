// A run of the lab that is going to be killed: starts one of everything, says which folder it has, and waits.
import { makeFolder } from './folder.ts';
import { FAR, layCable } from './namespace.ts';
import { startNsd } from './servers/nsd.ts';
import { startRedis } from './servers/redis.ts';

const folder = makeFolder();
const cable = await layCable();
await startNsd(folder.path, { inside: cable.far, address: FAR, port: 53 });
await startRedis();
process.send?.(folder.path);
