import { createRequire } from "node:module";

/**
 * The vendors' own Node packages, unmodified. Both are CommonJS with types for another module system, so this file
 * describes only the part that the tests call.
 */

type Fields = Readonly<Record<string, unknown>>;

interface AlibabaAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Fields;
}

interface AlibabaClient {
  callApi(params: Fields, request: Fields, runtime: Fields): Promise<AlibabaAnswer>;
}

interface AlibabaSigning {
  query(fields: Fields): Record<string, string>;
  getAuthorization(
    request: { method: string; pathname: string; query: Fields; headers: Fields },
    algorithm: "ACS3-HMAC-SHA256",
    payloadHash: string,
    accessKeyId: string,
    accessKeySecret: string,
  ): string;
  getRPCSignature(params: Fields, method: string, secret: string): string;
}

interface AlibabaModule {
  readonly default: new (config: unknown) => AlibabaClient;
  readonly OpenApiUtil: AlibabaSigning;
  readonly $OpenApiUtil: Readonly<Record<"Config" | "Params" | "OpenApiRequest", new (fields: Fields) => Fields>>;
}

/** The client of the older signature only. */
interface AlibabaRpcModule {
  readonly RPCClient: new (config: Fields) => {
    request(action: string, params: Fields, options: { method: "GET" | "POST" }): Promise<Fields>;
  };
}

interface TencentClient {
  request(action: string, params: Fields): Promise<Fields>;
}

interface TencentModule {
  readonly CommonClient: new (endpoint: string, version: string, config: Fields) => TencentClient;
}

interface TencentSigning {
  readonly default: {
    sign3(input: {
      method: "POST";
      url: string;
      payload: Buffer;
      timestamp: number;
      service: string;
      secretId: string;
      secretKey: string;
      headers: Readonly<Record<string, string>>;
    }): string;
  };
}

const require = createRequire(import.meta.url);

export const alibabaSdk = require("@alicloud/openapi-core") as AlibabaModule;
export const alibabaRpcSdk = require("@alicloud/pop-core") as AlibabaRpcModule;
export const tencentSdk = require("tencentcloud-sdk-nodejs-common") as TencentModule;
export const tencentSign = (require("tencentcloud-sdk-nodejs-common/tencentcloud/common/sign.js") as TencentSigning)
  .default;
