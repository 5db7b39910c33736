// Owns the one version number, that of package.json, which every part shows. Does not know who shows it.
import manifest from '../package.json' with { type: 'json' };

export const VERSION: string = manifest.version;
