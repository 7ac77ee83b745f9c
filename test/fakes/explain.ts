import { explainWith } from "../../lib/providers/explain.ts";

/** As every function explains tasks: with the tables of all clouds. */
export const explain = explainWith();
