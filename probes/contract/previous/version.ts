// Frozen by `npm run freeze:contract`: the previous version of the contract. Do not edit it.
// Owns the version of the contract between coordinator and probe. A test pins the schemas to this number:
// increase it whenever a released schema changes.
export const CONTRACT_VERSION = 4;
