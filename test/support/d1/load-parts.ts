// Loads what the Worker loads with its first events, so that no test waits for it: modules come from vitest here, and a test may stop
// the clock. test/system/start/built-worker.test.ts loads them as the deployed Worker does.
import '../../../src/fleet/invoke-lambda.ts';
import '../../../src/handlers/fetch.ts';
import '../../../src/handlers/fetch-public.ts';
import '../../../src/handlers/queue.ts';
import '../../../src/handlers/scheduled.ts';
import '../../../src/second-clock/tick-if-silent.ts';
