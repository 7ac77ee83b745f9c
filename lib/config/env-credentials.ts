/**
 * Replaces `@aws-sdk/credential-provider-node` in the bundles. A Lambda function finds its credential in its environment,
 * and the other credential sources would add 90 KB.
 * See docs/decisions/0002-what-the-bundles-leave-out.md.
 */
export { fromEnv as defaultProvider } from "@aws-sdk/credential-provider-env";
