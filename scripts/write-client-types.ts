/** `npm run client-types [-- file]`: writes the types that `docs/examples/wait-for-task.ts` uses. */
import { fileURLToPath } from "node:url";
import { writeClientTypes } from "./client-types.ts";

const file = process.argv[2] ?? fileURLToPath(new URL("../docs/examples/image-tasks-api.ts", import.meta.url));
await writeClientTypes(file);
process.stdout.write(`${file}\n`);
