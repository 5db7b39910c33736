// Owns what every page of the dashboard does with script. Pages work without it.
import { showLocalTimes } from './local-times.ts';
import { showPreviews } from './preview.ts';
import { dismissToasts } from './toasts.ts';

document.documentElement.dataset.script = 'on';
showLocalTimes(document);
dismissToasts();
showPreviews();
