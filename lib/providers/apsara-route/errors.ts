import type { ErrorTable } from "../../domain/error-table.ts";
import { ecsErrors } from "../shared/ecs/errors.ts";
import { checkClock } from "../shared/error-table.ts";

// The gateway's message quotes the signed text, including our key and parameters.
const notSigned = "the gateway refused the signature";
const checkAppKey = "check appKey and appSecret";

/**
 * The gateway's own errors. Its codes are a letter, the HTTP status, and two letters. Older gateways send only a
 * message and throttle with 403. The portal's failure is -1.
 * https://www.alibabacloud.com/help/en/api-gateway/traditional-api-gateway/support/error-codes
 */
const gatewayErrors: ErrorTable = [
  { codes: ["SignatureNonceUsed"], kind: "unauthorized", retry: "new-nonce" },
  {
    codes: ["SignatureDoesNotMatch.*"],
    kind: "unauthorized",
    retry: "refresh-credential",
    instead: notSigned,
    advice: checkAppKey,
  },
  { codes: ["NoSuchKey"], kind: "bad-request", retry: "no" },
  { codes: ["-1"], kind: "unavailable", retry: "backoff" },
  { codePattern: /^T429/i, message: /\bthrottled by\b|flow control/i, kind: "throttled", retry: "backoff" },
  {
    codePattern: /timestamp.{0,40}expired|expired.{0,40}timestamp/i,
    message: /timestamp.{0,40}expired|expired.{0,40}timestamp/i,
    kind: "unauthorized",
    retry: "fix-clock",
    advice: checkClock,
  },
  {
    codePattern: /nonce.{0,40}used/i,
    message: /nonce.{0,40}used/i,
    kind: "unauthorized",
    retry: "new-nonce",
  },
  {
    message: /invalid signature|stringtosign|signaturedoesnotmatch/i,
    kind: "unauthorized",
    retry: "refresh-credential",
    instead: notSigned,
    advice: checkAppKey,
  },
  {
    message: /^invalid app(?:key|code|secret)/i,
    kind: "unauthorized",
    retry: "refresh-credential",
    advice: checkAppKey,
  },
  {
    message: /\btry (?:again )?later\b|another operation is being performed/i,
    kind: "unavailable",
    retry: "backoff",
  },
  {
    codePattern: /^A4\d\d|^[A-Z]?40[13]([A-Z]|$)|^Forbidden|^NoPermission/i,
    message: /^unauthorized/i,
    kind: "unauthorized",
    retry: "no",
    lacksPermission: true,
  },
  { codePattern: /^[A-Z]?5\d\d(?!\d)/i, kind: "unavailable", retry: "backoff" },
  { codePattern: /^I4\d\d|^Missing|^Invalid|^Unsupported|^Illegal/i, kind: "bad-request", retry: "no" },
];

/** The gateway passes on the codes of the stack's ECS. */
export const apsaraErrors: ErrorTable = [...gatewayErrors, ...ecsErrors("backoff")];
