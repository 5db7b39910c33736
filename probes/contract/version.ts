// The version of the wire between coordinator and probe. A test pins the schemas to it:
// change a schema, and this number must go up.
export const CONTRACT_VERSION = 4;
