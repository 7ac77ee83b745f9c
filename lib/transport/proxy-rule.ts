import { BlockList, isIP } from "node:net";

/** The proxy through which a connection to this host goes; `undefined` for a direct connection. */
export type ProxyRule = (host: string, port: number) => URL | undefined;

type Exception = (host: string, port: number) => boolean;

/** They lie inside this machine, where no proxy can reach them. */
const loopback = ["localhost", "127.0.0.0/8", "::1"];

/**
 * @param exceptions as in `NO_PROXY`: a host name stands for itself and for all names under it, with or without `.` or
 * `*.` in front, and may end with a port. There may also be addresses, address ranges such as `10.0.0.0/8`, and `*` for
 * everything. Whatever else the list holds is for other programs and is skipped.
 */
export function createProxyRule(proxy: URL, exceptions: readonly string[]): ProxyRule {
  const direct = [...loopback, ...exceptions].map(toException);
  return (host, port) => {
    const name = host
      .toLowerCase()
      .replace(/^\[(.*)\]$/, "$1")
      .replace(/\.$/, "");
    return direct.some((matches) => matches(name, port)) ? undefined : proxy;
  };
}

function toException(entry: string): Exception {
  if (entry === "*") return () => true;
  const [, range, bits] = /^([\d.:a-f]+)\/(\d{1,3})$/i.exec(entry) ?? [];
  if (range !== undefined) return inRange(range, Number(bits));
  const bare = isIP(entry) === 6 ? [entry] : /^\[?([^[\]]+?)\]?(?::(\d{1,5}))?$/.exec(entry)?.slice(1);
  const [host, onlyPort] = bare ?? [];
  if (host === undefined) return () => false;
  const named = isIP(host) === 0 ? underName(host) : inRange(host, isIP(host) === 4 ? 32 : 128);
  return (name, port) => named(name, port) && (onlyPort === undefined || Number(onlyPort) === port);
}

function underName(entry: string): Exception {
  const name = entry
    .toLowerCase()
    .replace(/^\*?\./, "")
    .replace(/\.$/, "");
  return (host) => host === name || (isIP(host) === 0 && host.endsWith(`.${name}`));
}

function inRange(network: string, bits: number): Exception {
  const family = isIP(network);
  if (family === 0 || bits > (family === 4 ? 32 : 128)) return () => false;
  const range = new BlockList();
  range.addSubnet(network, bits, family === 4 ? "ipv4" : "ipv6");
  return (host) => isIP(host) !== 0 && range.check(host, isIP(host) === 4 ? "ipv4" : "ipv6");
}
