/** The event endpoint in its own process, with its data on disk. Reports every accepted event to its parent. */
import { startEventEndpoint } from "../local/event-endpoint.ts";

process.on("disconnect", () => process.exit(0));
const [, , port = "", path = "", bus = ""] = process.argv;
await startEventEndpoint({
  port: Number(port),
  path,
  buses: [bus],
  keep: 1_000_000,
  rules: [
    {
      name: "parent",
      pattern: { source: ["image-tasks"] },
      target: async () => void process.send?.({ kind: "accepted" }),
    },
  ],
});
process.send?.({ kind: "up" });
