import type { Connections } from "../api-answers.ts";
import { connectionHealth } from "../connection-words.ts";
import { hashOf, noFilters } from "../filters.ts";
import { providerWords } from "../task-words.ts";
import { countWords } from "../wording.ts";
import type { ZonedClock } from "../wording.ts";
import { element } from "./dom.ts";
import { badge } from "./icons.ts";

/** What `GET /health` says; `null` while it has not been asked. */
export interface Health {
  readonly isGood: boolean;
  readonly detail: string;
}

export function connectionsView(report: Connections, health: Health | null, clock: ZonedClock): HTMLElement {
  const cards = report.connections.map((connection) => {
    const { state, word, details } = connectionHealth(connection, clock);
    const { name, region, provider } = connection;
    const filters = { ...noFilters, connections: [connection.connection] };
    return element(
      "li",
      { class: "card", "data-key": `${name} ${region}` },
      element(
        "h3",
        {},
        element("a", { href: hashOf({ view: "overview", filters }) }, region === "global" ? name : `${name} ${region}`),
      ),
      badge(state, word),
      element("p", { class: "note" }, providerWords(provider)),
      ...details.map((detail) => element("p", {}, detail)),
    );
  });
  const left = report.unconfigured.map(({ connection, region, openTasks }) =>
    element(
      "li",
      { class: "card", "data-key": `left ${connection} ${region}` },
      element("h3", {}, `${connection} ${region}`),
      badge("bad", "Not configured"),
      element(
        "p",
        {},
        `${openTasks === null ? "Its open tasks" : countWords(openTasks, "open task")} can no longer be followed.`,
      ),
    ),
  );
  return element(
    "section",
    { "aria-labelledby": "connections", "data-key": "connections" },
    element("h2", { id: "connections" }, "Connections"),
    health === null || health.isGood
      ? null
      : element("p", { class: "warning" }, badge("bad", "Not healthy"), ` ${health.detail}`),
    element("ul", { class: "cards" }, ...cards, ...left),
  );
}
