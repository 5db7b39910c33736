// Owns what every page of the dashboard does with script. Pages work without it.
import { chooseRows } from './bulk.ts';
import { addCopyButtons } from './copy.ts';
import { improveForms } from './forms.ts';
import { showPreviews } from './frame-preview.ts';
import { followMesh } from './live.ts';
import { showLocalTimes } from './local-times.ts';
import { sendInPlace } from './optimistic.ts';
import { addPaletteButton } from './palette.ts';
import { followTyping } from './preview.ts';
import { refreshOften } from './refresh-often.ts';
import { countTimes } from './relative-times.ts';
import { listenForKeys, markFocusedRows } from './shortcuts.ts';
import { prepareToasts } from './toasts.ts';
import { switchVariants } from './variants.ts';

document.documentElement.dataset.script = 'on';
showLocalTimes(document);
prepareToasts();
addPaletteButton();
chooseRows();
// These take some forms over before they are sent.
followTyping();
showPreviews();
switchVariants();
// Before `sendInPlace`: what is asked first, or sent already, is not sent.
improveForms();
sendInPlace();
listenForKeys();
markFocusedRows();
countTimes();
followMesh();
refreshOften();
addCopyButtons();
