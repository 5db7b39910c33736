// Owns what every page of the dashboard does with script. Pages work without it.
import { followForms } from './form-preview.ts';
import { showLocalTimes } from './local-times.ts';
import { dismissToasts } from './toasts.ts';

document.documentElement.dataset.script = 'on';
showLocalTimes(document);
dismissToasts();
followForms();
