import type { Access } from "../../lib/config/environment.ts";

/** Anyone may call. Scopes and roles have their default names. */
export const openAccess: Access = {
  callers: "anyone",
  token: null,
  scopes: { read: "tasks:read", write: "tasks:write" },
  roles: { claim: "roles", read: ["viewers", "admins"], write: ["admins"] },
};
