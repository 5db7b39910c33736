// Owns what a log line shows of the path of a request. The token of a signed link and the key of a ping are permissions, so they are left out. Pure.

export const loggedPath = (path: string): string => path.replace(/^(\/(?:acknowledge|ping)\/).*$/s, '$1…');
