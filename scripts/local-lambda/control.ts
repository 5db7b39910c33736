// Owns the control endpoint, which makes a location fail in one of the ways of faults.ts. It shares the port of the
// Invoke API, on loopback only.
import { type IRequest, json, type RouterType } from 'itty-router';
import { type Fault, faultSchema } from './faults.ts';

export interface Controlled {
  faults(): Record<string, Fault>;
  setFault(location: string, fault: Fault): void;
  reset(): void;
}

/** GET /control, PUT /control/{location}, POST /control/reset; each returns every location's fault. */
export function addControl(router: RouterType, { faults, setFault, reset }: Controlled): void {
  router.get('/control', () => json(faults()));
  router.post('/control/reset', () => {
    reset();
    return json(faults());
  });
  router.put('/control/:location', (request: IRequest, body: Uint8Array) => {
    const id = decodeURIComponent(request.params.location ?? '');
    const known = Object.keys(faults());
    if (!known.includes(id)) {
      return json({ error: `Unknown location "${id}". Use one of: ${known.join(', ')}.` }, { status: 404 });
    }
    const parsed = faultSchema.safeParse(readJson(body));
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      return json({ error: `${issue?.path.join('.') || 'body'}: ${issue?.message ?? ''}` }, { status: 400 });
    }
    setFault(id, parsed.data);
    return json(faults());
  });
}

function readJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    // The schema rejects it, and names what is missing.
    return undefined;
  }
}
