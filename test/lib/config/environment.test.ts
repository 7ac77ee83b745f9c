import { describe, expect, test } from "vitest";
import { ConfigurationError } from "../../../lib/config/connections.ts";
import { readAllowedHosts, readConfig, readEventBusName, readHttpConfig } from "../../../lib/config/environment.ts";
import type { ExtraVariable } from "../../../lib/config/environment.ts";

const file = JSON.stringify({
  connections: [
    { name: "edge", provider: "tencent-ecm", credential: { secretId: "env:EDGE_ID", secretKey: "env:EDGE_KEY" } },
  ],
});
const env = { CONNECTIONS_FILE: "connections.json", TABLE_NAME: "tasks", EDGE_ID: "id", EDGE_KEY: "hV9kQ2wZ7rT4" };

function problemsOf(
  environment: Record<string, string>,
  text = file,
  alsoNeeded: ExtraVariable[] = [],
): readonly string[] {
  try {
    readConfig(environment, () => text, { alsoNeeded });
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe("readConfig()", () => {
  test("applies defaults for unset variables", () => {
    expect(readConfig(env, () => file)).toMatchObject({
      tableName: "tasks",
      logLevel: "info",
      awsRegion: "us-east-1",
      retentionDays: 90,
      stallAfterMs: 7_200_000,
      announceDiscovered: false,
      leaseMs: 90_000,
    });
  });

  test("reads the variables that are set", () => {
    const wanted = { LOG_LEVEL: "debug", RETENTION_DAYS: "7", STALL_AFTER_MINUTES: "30", ANNOUNCE_DISCOVERED: "true" };
    const more = { SWEEP_LEASE_SECONDS: "10" };
    expect(readConfig({ ...env, ...wanted, ...more, AWS_REGION: "eu-west-1" }, () => file)).toMatchObject({
      logLevel: "debug",
      awsRegion: "eu-west-1",
      retentionDays: 7,
      stallAfterMs: 1_800_000,
      announceDiscovered: true,
      leaseMs: 10_000,
    });
  });

  test("holds no secret", () => {
    expect(JSON.stringify(readConfig(env, () => file))).not.toContain("hV9kQ2wZ7rT4");
  });

  test.each(["constructor", "toString", "hasOwnProperty"])("does not take %s for a variable that is set", (name) => {
    expect(problemsOf({ ...env }, file.replace("env:EDGE_ID", `env:${name}`))).toEqual([
      "connections[0].credential.secretId refers to an environment variable, which is not set",
    ]);
  });

  test("reports every problem of the environment and the file in one message", () => {
    const wrong = { LOG_LEVEL: "loud", RETENTION_DAYS: "0", STALL_AFTER_MINUTES: "1.5", ANNOUNCE_DISCOVERED: "yes" };
    const more = { SWEEP_LEASE_SECONDS: "301" };
    const problems = problemsOf({ CONNECTIONS_FILE: "c.json", EDGE_KEY: "hV9kQ2wZ7rT4", ...wrong, ...more }, file, [
      "EVENT_BUS_NAME",
    ]);
    expect(problems).toEqual([
      "connections[0].credential.secretId refers to EDGE_ID, which is not set",
      "TABLE_NAME is not set",
      "LOG_LEVEL must be one of debug, info, warn, error",
      "RETENTION_DAYS must be a whole number from 1 to 3650",
      "STALL_AFTER_MINUTES must be a whole number from 1 to 10080",
      "ANNOUNCE_DISCOVERED must be one of true, false",
      "SWEEP_LEASE_SECONDS must be a whole number from 1 to 300",
      "EVENT_BUS_NAME is not set",
    ]);
    expect(new ConfigurationError(problems).message.split("\n")).toHaveLength(problems.length + 1);
  });

  test("names the unreadable file and the reason", () => {
    const missing = () => {
      throw Object.assign(new Error("no such file"), { code: "ENOENT" });
    };
    expect(() => readConfig(env, missing)).toThrow("CONNECTIONS_FILE names connections.json, which does not exist");
    const denied = () => {
      throw Object.assign(new Error("permission denied"), { code: "EACCES" });
    };
    expect(() => readConfig(env, denied)).toThrow("connections.json, which may not be read by this user");
    expect(() => readConfig({ ...env, CONNECTIONS_FILE: '{"accessKeySecret":"hV9kQ2wZ7rT4"}' }, missing)).toThrow(
      "CONNECTIONS_FILE names something that is not a path, which does not exist",
    );
  });

  test("reports that CONNECTIONS_FILE is not set", () => {
    const { CONNECTIONS_FILE: _file, ...rest } = env;
    expect(problemsOf(rest)).toEqual(["CONNECTIONS_FILE is not set"]);
  });

  test("allows loopback endpoints only in local mode and rejects other LOCAL_MODE values", () => {
    const local = file.replace('"provider"', '"endpoint":"http://127.0.0.1:4023","provider"');
    expect(problemsOf({ ...env, LOCAL_MODE: "true" }, local)).toEqual([]);
    expect(problemsOf({ ...env, LOCAL_MODE: "false" }, local)).toEqual([
      "connections[0].endpoint must begin with https://",
    ]);
    expect(problemsOf({ ...env, LOCAL_MODE: "1" }, local)).toEqual(["LOCAL_MODE must be one of true, false"]);
  });

  test("adds ALLOWED_ENDPOINT_HOSTS to the allowlist", () => {
    const own = file.replace('"provider"', '"endpoint":"https://ecm.example.com","provider"');
    expect(problemsOf({ ...env, ALLOWED_ENDPOINT_HOSTS: "a.example.com , ecm.example.com" }, own)).toEqual([]);
    expect(problemsOf(env, own)).toHaveLength(1);
  });
});

describe("the proxy", () => {
  const proxyOf = (own: Record<string, string>, host = "ecm.example.com") =>
    readConfig({ ...env, ...own }, () => file).proxyFor(host, 443)?.href;

  test("is none unless one is set", () => {
    expect(proxyOf({})).toBeUndefined();
    expect(proxyOf({ HTTPS_PROXY: "", https_proxy: "", NO_PROXY: "*" })).toBeUndefined();
  });

  test("is read from either name, with or without a scheme, and the lower-case one wins", () => {
    expect(proxyOf({ HTTPS_PROXY: "proxy.example:3128" })).toBe("http://proxy.example:3128/");
    expect(proxyOf({ HTTPS_PROXY: "http://upper.example", https_proxy: "https://lower.example" })).toBe(
      "https://lower.example/",
    );
  });

  test("is not used for the hosts of either list, the lower-case one first", () => {
    const HTTPS_PROXY = "http://proxy.example:3128";
    expect(proxyOf({ HTTPS_PROXY, NO_PROXY: "a.example, example.com" })).toBeUndefined();
    expect(proxyOf({ HTTPS_PROXY, NO_PROXY: "example.com", no_proxy: "example.org" })).toBeDefined();
  });

  test.each([
    "socks5://proxy.example:1080",
    "http://",
    "http://u:%zz@proxy.example",
    "http://u:%E0%A4@proxy.example",
    "http://ops:hV9kQ2wZ7rT4@:3128",
  ])("is rejected without its value: %s", (https_proxy) => {
    const message = "must be the URL of an HTTP proxy, such as http://proxy.example:3128";
    expect(problemsOf({ ...env, https_proxy })).toEqual([`https_proxy ${message}`]);
    expect(problemsOf({ ...env, HTTPS_PROXY: https_proxy })).toEqual([`HTTPS_PROXY ${message}`]);
  });

  test("keeps its password out of what the configuration shows", () => {
    const config = readConfig({ ...env, HTTPS_PROXY: "http://ops:hV9kQ2wZ7rT4@proxy.example" }, () => file);
    expect(JSON.stringify(config)).not.toContain("hV9kQ2wZ7rT4");
  });
});
const granted = {
  scopes: { read: "tasks:read", write: "tasks:write" },
  roles: { claim: "roles", read: [], write: [] },
};

describe("the access setting", () => {
  const accessOf = (own: Record<string, string>) => readConfig({ ...env, ...own }, () => file).access;

  test("is iam unless another mode is configured", () => {
    expect(accessOf({})).toEqual({ callers: "iam", token: null, ...granted });
    expect(accessOf({ CALLERS: "jwt" })).toEqual({ callers: "jwt", token: null, ...granted });
    expect(accessOf({ CALLERS: "anyone" })).toEqual({ callers: "anyone", token: null, ...granted });
    expect(problemsOf({ ...env, CALLERS: "local" })).toHaveLength(1);
    expect(problemsOf({ ...env, CALLERS: "none" })).toEqual(["CALLERS must be one of iam, jwt, roles, anyone"]);
  });

  test("is local, with an optional token, in local mode only", () => {
    expect(accessOf({ LOCAL_MODE: "true" })).toEqual({ callers: "local", token: null, ...granted });
    expect(accessOf({ LOCAL_MODE: "true", API_TOKEN: "" })).toEqual({ callers: "local", token: null, ...granted });
    expect(accessOf({ LOCAL_MODE: "true", API_TOKEN: "s3cret", CALLERS: "iam" })).toEqual({
      callers: "local",
      token: "s3cret",
      ...granted,
    });
    expect(accessOf({ API_TOKEN: "s3cret" })).toEqual({ callers: "iam", token: null, ...granted });
  });

  test("has the configured scopes and roles", () => {
    const cognito = { READ_SCOPE: "image-tasks/tasks.read", WRITE_SCOPE: "image-tasks/tasks.write" };
    expect(accessOf({ CALLERS: "jwt", ...cognito }).scopes).toEqual({
      read: "image-tasks/tasks.read",
      write: "image-tasks/tasks.write",
    });
    const groups = { ROLES_CLAIM: "cognito:groups", READ_ROLES: "viewers, admins", WRITE_ROLES: "admins" };
    const access = accessOf({ CALLERS: "roles", ...groups });
    expect(access.callers).toBe("roles");
    expect(access.roles).toEqual({ claim: "cognito:groups", read: ["viewers", "admins"], write: ["admins"] });
  });

  test("rejects scopes that no token can have, and roles that nobody named", () => {
    expect(problemsOf({ ...env, READ_SCOPE: "a b", WRITE_SCOPE: 'a"b' })).toEqual([
      "READ_SCOPE must be one scope, without spaces",
      "WRITE_SCOPE must be one scope, without spaces",
    ]);
    expect(problemsOf({ ...env, CALLERS: "roles" })).toEqual(["READ_ROLES is not set", "WRITE_ROLES is not set"]);
    expect(problemsOf({ ...env, CALLERS: "roles", READ_ROLES: " ,", WRITE_ROLES: "a" })).toEqual([
      "READ_ROLES is not set",
    ]);
    expect(() => readHttpConfig({ CALLERS: "roles" })).toThrow("READ_ROLES is not set");
  });

  test("is read the same way by functions that need nothing else", () => {
    expect(readHttpConfig({ LOG_LEVEL: "warn" })).toEqual({
      logLevel: "warn",
      access: { callers: "iam", token: null, ...granted },
    });
  });
});

describe("readEventBusName()", () => {
  test("throws when no name is set", () => {
    expect(readEventBusName({ EVENT_BUS_NAME: "tasks" })).toBe("tasks");
    expect(() => readEventBusName({})).toThrow("EVENT_BUS_NAME is not set");
  });
});

describe("readAllowedHosts()", () => {
  test("splits at commas, and trims", () => {
    expect(readAllowedHosts({ ALLOWED_ENDPOINT_HOSTS: " a.example.com , *.example.org,," })).toEqual([
      "a.example.com",
      "*.example.org",
    ]);
    expect(readAllowedHosts({})).toEqual([]);
  });
});
