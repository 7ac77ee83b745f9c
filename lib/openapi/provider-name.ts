import * as z from "zod/mini";

/**
 * The name of a cloud. Which names there are is an argument of the document: `componentSchemas` lists them here, so that
 * the schemas around it can be constants.
 */
export const ProviderName = z.string();
