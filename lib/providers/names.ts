/** Written by `npm run derive`: the names alone, for the contract, whose bundle must not hold the clients. */
export const providerNames: readonly string[] = ["alibaba-ecs", "apsara-route", "tencent-ecm"];
