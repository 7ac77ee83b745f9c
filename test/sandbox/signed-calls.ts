import { createHash, createHmac, randomUUID } from "node:crypto";
import type { SandboxClouds } from "./clouds.ts";
import { alibabaSdk, tencentSign } from "./official-sdks.ts";

/** Single calls that a test can break in any part, signed by the official SDKs where possible. */

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Json;
}

/** Loosely typed, just enough to read an answer. */
export interface Json {
  readonly [name: string]: Json;
}

/** A list inside an answer; empty if absent. */
export function listIn(json: Json | undefined): readonly Json[] {
  return Array.isArray(json) ? json : [];
}

export interface EcsCall {
  readonly action: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly method?: "GET" | "POST";
  readonly nowMs?: number;
  readonly nonce?: string;
  readonly accessKeyId?: string;
  readonly accessKeySecret?: string;
  readonly securityToken?: string;
  /** A form body, signed as the V3 description specifies. */
  readonly form?: Readonly<Record<string, string>>;
  /** Headers sent unchanged, after signing. */
  readonly headersAfter?: Readonly<Record<string, string>>;
}

export async function callEcs(clouds: Pick<SandboxClouds, "alibabaEcs" | "tasks">, call: EcsCall): Promise<Reply> {
  const { url, credential } = clouds.alibabaEcs;
  const { accessKeyId = credential.accessKeyId, accessKeySecret = credential.accessKeySecret } = call;
  const token = call.securityToken ?? credential.securityToken;
  const method = call.method ?? "POST";
  const body = new URLSearchParams(call.form).toString();
  const headers: Record<string, string> = {
    host: new URL(url).host,
    accept: "application/json",
    "x-acs-action": call.action,
    "x-acs-version": "2014-05-26",
    "x-acs-date": `${new Date(call.nowMs ?? clouds.tasks.now()).toISOString().slice(0, 19)}Z`,
    "x-acs-signature-nonce": call.nonce ?? randomUUID(),
    "x-acs-content-sha256": sha256(body),
    ...(call.form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
    ...(token === undefined ? {} : { "x-acs-security-token": token }),
  };
  const query = call.params ?? {};
  headers["authorization"] = alibabaSdk.OpenApiUtil.getAuthorization(
    { method, pathname: "/", query, headers },
    "ACS3-HMAC-SHA256",
    sha256(body),
    accessKeyId,
    accessKeySecret,
  );
  const init = { method, headers: { ...headers, ...call.headersAfter }, ...(body === "" ? {} : { body }) };
  return send(`${url}/?${new URLSearchParams(query)}`, init);
}

/** The older signature, with everything in the query. */
export async function callEcsRpc1(
  clouds: Pick<SandboxClouds, "alibabaEcs" | "tasks">,
  call: {
    action: string;
    params: Readonly<Record<string, string>>;
    secret?: string;
    headers?: Readonly<Record<string, string>>;
    /** Put before the signed query, after signing. */
    queryBefore?: string;
  },
): Promise<Reply> {
  const { url, credential } = clouds.alibabaEcs;
  const params: Record<string, string> = {
    Action: call.action,
    Version: "2014-05-26",
    AccessKeyId: credential.accessKeyId,
    SignatureMethod: "HMAC-SHA1",
    SignatureVersion: "1.0",
    SignatureNonce: randomUUID(),
    Timestamp: `${new Date(clouds.tasks.now()).toISOString().slice(0, 19)}Z`,
    ...call.params,
  };
  const secret = call.secret ?? credential.accessKeySecret;
  const signature = alibabaSdk.OpenApiUtil.getRPCSignature(params, "GET", secret);
  const query = `${call.queryBefore ?? ""}${new URLSearchParams({ ...params, Signature: signature })}`;
  return send(`${url}/?${query}`, { method: "GET", headers: call.headers ?? {} });
}

export interface ApsaraCall {
  readonly form?: Readonly<Record<string, string>>;
  readonly path?: string;
  readonly nowMs?: number;
  readonly nonce?: string;
  readonly appKey?: string;
  readonly appSecret?: string;
  readonly userEmail?: string | null;
  readonly contentType?: string;
}

export async function callApsara(
  clouds: Pick<SandboxClouds, "apsaraRoute" | "tasks">,
  call: ApsaraCall,
): Promise<Reply> {
  const { url, credential, userEmail } = clouds.apsaraRoute;
  const path = call.path ?? "/apsara/route/Ecs/DescribeTasks";
  const form = call.form ?? { RegionId: "cn-qingdao-env17-d01", regionId: "cn-qingdao-env17-d01" };
  const signed: Record<string, string> = {
    "x-ca-key": call.appKey ?? credential.appKey,
    "x-ca-nonce": call.nonce ?? randomUUID(),
    "x-ca-stage": "RELEASE",
    "x-ca-timestamp": String(call.nowMs ?? clouds.tasks.now()),
  };
  const contentType = call.contentType ?? "application/x-www-form-urlencoded; charset=UTF-8";
  const names = Object.keys(form).sort();
  const query = names.map((name) => `${name}=${form[name]}`).join("&");
  const lines = Object.entries(signed).map(([name, value]) => `${name}:${value}\n`);
  const stringToSign = `POST\napplication/json\n\n${contentType}\n\n${lines.join("")}${path}?${query}`;
  const secret = call.appSecret ?? credential.appSecret;
  const email = call.userEmail === undefined ? userEmail : call.userEmail;
  const headers = {
    accept: "application/json",
    "content-type": contentType,
    ...signed,
    "x-ca-signature-headers": Object.keys(signed).join(","),
    "x-ca-signature": createHmac("sha256", secret).update(stringToSign).digest("base64"),
    ...(email === null ? {} : { UserEmail: email }),
  };
  return send(url + path, { method: "POST", headers, body: new URLSearchParams(form).toString() });
}

export interface EcmCall {
  readonly action: string;
  readonly params?: unknown;
  readonly body?: string;
  readonly nowMs?: number;
  readonly secretId?: string;
  readonly secretKey?: string;
  readonly service?: string;
  /** Signs the host with its port, as sent; the official SDK omits the port. */
  readonly signPort?: boolean;
  readonly token?: string;
  readonly headersAfter?: Readonly<Record<string, string>>;
}

export async function callEcm(clouds: Pick<SandboxClouds, "tencentEcm" | "tasks">, call: EcmCall): Promise<Reply> {
  const { url, credential } = clouds.tencentEcm;
  const body = call.body ?? JSON.stringify(call.params ?? {});
  const timestamp = Math.floor((call.nowMs ?? clouds.tasks.now()) / 1000);
  const token = call.token ?? credential.token;
  const headers = {
    "content-type": "application/json",
    "x-tc-action": call.action,
    "x-tc-version": "2019-07-19",
    "x-tc-timestamp": String(timestamp),
    ...(token === undefined ? {} : { "x-tc-token": token }),
  };
  const key = { secretId: call.secretId ?? credential.secretId, secretKey: call.secretKey ?? credential.secretKey };
  const authorization = call.signPort
    ? signWithPort(new URL(url).host, { body, timestamp, ...key })
    : tencentSign.sign3({
        method: "POST",
        url: `${url}/`,
        payload: Buffer.from(body),
        timestamp,
        service: call.service ?? "ecm",
        ...key,
        headers: { "Content-Type": "application/json" },
      });
  return send(`${url}/`, { method: "POST", headers: { ...headers, authorization, ...call.headersAfter }, body });
}

/** TC3 over `content-type` and the whole `host`. */
function signWithPort(
  host: string,
  request: { body: string; timestamp: number; secretId: string; secretKey: string },
): string {
  const { body, timestamp, secretId, secretKey } = request;
  const date = new Date(timestamp * 1000).toISOString().slice(0, 10);
  const scope = `${date}/ecm/tc3_request`;
  const headers = `content-type:application/json\nhost:${host}\n`;
  const canonical = `POST\n/\n\n${headers}\ncontent-type;host\n${sha256(body)}`;
  const steps = [date, "ecm", "tc3_request", `TC3-HMAC-SHA256\n${timestamp}\n${scope}\n${sha256(canonical)}`];
  let key = Buffer.from(`TC3${secretKey}`);
  for (const step of steps) key = createHmac("sha256", key).update(step).digest();
  const signature = key.toString("hex");
  return `TC3-HMAC-SHA256 Credential=${secretId}/${scope}, SignedHeaders=content-type;host, Signature=${signature}`;
}

async function send(url: string, init: RequestInit): Promise<Reply> {
  const response = await fetch(url, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: readJson(text) };
}

function readJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return {};
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
