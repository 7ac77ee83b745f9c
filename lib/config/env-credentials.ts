/**
 * Stands in for `@aws-sdk/credential-provider-node` when the functions are bundled: a Lambda function finds its
 * credential in its environment, and the ways that laptops and servers find theirs weigh 90 KB.
 * See docs/decisions/0002-what-the-bundles-leave-out.md.
 */
export { fromEnv as defaultProvider } from "@aws-sdk/credential-provider-env";
