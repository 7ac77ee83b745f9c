/**
 * The reader's token. It is kept until the tab is closed, and never in the address or in storage that outlives the tab.
 * No other origin's code runs here, because the policy of the page allows only its own script.
 */

const storageName = "image-tasks.token";

export interface TokenKeeper {
  get(): string | null;
  set(token: string): void;
}

/** Takes the token from the address, where an identity provider may have put it, and removes it there at once. */
export function createTokenKeeper(): TokenKeeper {
  let kept = read();
  const set = (token: string): void => {
    kept = token === "" ? null : token;
    store(kept);
  };
  const given = new URLSearchParams(location.hash.slice(1));
  const redirected = given.get("access_token");
  if (redirected !== null || given.has("error"))
    history.replaceState(null, "", `${location.pathname}${location.search}#/`);
  if (redirected !== null) set(redirected);
  return { get: () => kept, set };
}

/** A browser may refuse storage. The token then lasts until the page is loaded again. */
function read(): string | null {
  try {
    return sessionStorage.getItem(storageName);
  } catch {
    return null;
  }
}

function store(token: string | null): void {
  try {
    if (token === null) sessionStorage.removeItem(storageName);
    else sessionStorage.setItem(storageName, token);
  } catch {
    // It is kept in memory.
  }
}
