import { isTaskStatus } from "../api-answers.ts";
import { createApiClient } from "../api-client.ts";
import { describeChanges, sightsOf } from "../changes.ts";
import { hashOf, noFilters, placeOf } from "../filters.ts";
import type { Filters, Place } from "../filters.ts";
import { summaryOf } from "../summary.ts";
import { sentence } from "../task-words.ts";
import { momentWords } from "../wording.ts";
import { element, morph } from "./dom.ts";
import type { Child } from "./dom.ts";
import { freshness, overview } from "./overview.ts";
import { startSession } from "./session.ts";
import type { Session } from "./session.ts";
import { taskView } from "./task-view.ts";
import { tokenForm } from "./token-form.ts";
import { createTokenKeeper } from "./token.ts";

const root = document.documentElement;
const main = part("main");
const tokens = createTokenKeeper();
let place = placeOf(location.hash);
let announcedVersion = 0;
let sights = sightsOf([], new Set());
/** The view whose heading has had the focus, so that later updates leave the focus alone. */
let focusedView = place.view === "overview" ? viewOf(place) : "";
/** Where "All tasks" leads: the overview as it was last seen. */
let overviewHash = place.view === "overview" ? hashOf(place) : "#/";
let drawing = 0;

const session: Session = startSession({
  client: createApiClient({
    fetch: (url, init) => fetch(url, init),
    // Below a stage or the base path of a domain, the API is where the page is.
    baseUrl: location.pathname.endsWith("/") ? location.pathname : `${location.pathname}/`,
    token: tokens.get,
  }),
  now: Date.now,
  random: Math.random,
  isHidden: () => document.hidden,
  taskId: () => (place.view === "task" ? place.id : null),
  onChange: drawSoon,
});

function part(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no ${id}`);
  return found;
}

/** Many answers may come within one frame. */
function drawSoon(): void {
  if (drawing === 0) drawing = setTimeout(draw, 50);
}

function draw(): void {
  drawing = 0;
  const clock = { nowMs: Date.now() };
  const wanted = element("main", { id: "main", tabindex: -1 }, ...contents(clock.nowMs));
  morph(main, wanted);
  morph(part("outage"), element("div", { id: "outage", role: "alert" }, outageView(clock.nowMs)));
  part("fresh").textContent = freshness(session, clock);
  announce();
  const title =
    place.view === "task"
      ? `${main.querySelector("#view-title")?.textContent ?? place.id} · Image tasks`
      : "Image tasks";
  if (document.title !== title) document.title = title;
  moveFocus();
}

function contents(nowMs: number): Child[] {
  const clock = { nowMs };
  if (session.refusal !== null) return [tokenForm({ ...session.refusal, hadToken: tokens.get() !== null })];
  if (place.view === "overview") return overview(session, place.filters, clock, plotWidth());
  const { book, detail, detailProblem } = session;
  const back = element("p", { class: "back" }, element("a", { href: overviewHash }, "All tasks"));
  const problem = detailProblem === null ? null : element("p", { class: "warning" }, sentence(detailProblem));
  if (detail?.id !== place.id) {
    const words = problem ?? element("p", { class: "muted" }, "Asking for the task …");
    return [
      element(
        "article",
        { "data-key": place.id },
        back,
        element("h2", { id: "view-title", tabindex: -1 }, place.id),
        words,
      ),
    ];
  }
  const isStalled = !detail.done && book.stalledIds.has(detail.id);
  return [problem, taskView(detail, { isStalled, usual: summaryOf(book).usual, clock, back })];
}

/** The plot is drawn for the width that there is, so that its text keeps its size. */
function plotWidth(): number {
  const { paddingLeft, paddingRight } = getComputedStyle(main);
  return Math.max(240, Math.floor(main.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight)));
}

function outageView(nowMs: number): Child {
  const { outage, answeredAtMs } = session;
  if (outage === null || session.refusal !== null) return null;
  const kept = answeredAtMs === null ? "" : ` Shown is what was known at ${momentWords(answeredAtMs, { nowMs })}.`;
  const words = `No answer since ${momentWords(outage.sinceMs, { nowMs })}. ${sentence(outage.detail)}${kept}`;
  const next = `The next try is at ${momentWords(outage.nextTryMs, { nowMs })}.`;
  return element(
    "div",
    { class: "outage" },
    element("p", {}, words),
    element("p", {}, next, " ", element("button", { type: "button", "data-do": "retry" }, "Try now")),
  );
}

function announce(): void {
  const { tasks, stalledIds, version } = session.book;
  if (version === announcedVersion) return;
  announcedVersion = version;
  const said = describeChanges(sights, tasks.values(), stalledIds);
  sights = sightsOf(tasks.values(), stalledIds);
  if (said !== "") part("news").textContent = said;
}

function viewOf(where: Place): string {
  return where.view === "task" ? hashOf(where) : "overview";
}

/** After a change of the view, the focus is on its heading, or on the link to the task that was left. */
function moveFocus(): void {
  const view = session.refusal === null ? viewOf(place) : "token";
  if (view === focusedView) return;
  const left = focusedView;
  focusedView = view;
  if (view === "token") main.querySelector<HTMLElement>("input")?.focus();
  else if (view !== "overview") main.querySelector<HTMLElement>("#view-title")?.focus();
  else (main.querySelector<HTMLElement>(`td a[href="${CSS.escape(left)}"]`) ?? main).focus();
}

function go(filters: Filters): void {
  location.hash = hashOf({ view: "overview", filters });
}

function onFiltersChanged(form: HTMLFormElement): void {
  const data = new FormData(form);
  const texts = (name: string) =>
    data.getAll(name).flatMap((one) => (typeof one === "string" && one !== "" ? one.split(",") : []));
  const days = Number(data.get("days"));
  const text = data.get("text");
  const statuses = texts("status").filter((one) => one === "stalled" || isTaskStatus(one));
  const filters = {
    connections: texts("connection"),
    actions: texts("action"),
    text: typeof text === "string" ? text.trim() : "",
  };
  // Other filters show other lists, which begin on their first pages.
  const wanted = { ...noFilters, ...filters, statuses, days };
  // Each letter of a search would be a step of the browser's history.
  if (document.activeElement?.getAttribute("name") !== "text") return go(wanted);
  history.replaceState(null, "", hashOf({ view: "overview", filters: wanted }));
  onPlaceChanged();
}

function onPlaceChanged(): void {
  const before = viewOf(place);
  place = placeOf(location.hash);
  if (place.view === "overview") overviewHash = hashOf(place);
  if (viewOf(place) !== before) {
    session.detailProblem = null;
    scrollTo(0, 0);
    if (place.view === "task") session.wake();
  }
  draw();
}

/** Arrow keys move along the bars, so that the tabulator needs one stop for all of them. */
function onPlotKey(event: KeyboardEvent): void {
  const bar = document.activeElement?.closest("[data-plot] a");
  const steps: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  const step = steps[event.key];
  if (!(bar instanceof SVGElement) || step === undefined) return;
  event.preventDefault();
  const bars = [...main.querySelectorAll<SVGElement>("[data-plot] a")];
  const next = bars[(bars.indexOf(bar) + step + bars.length) % bars.length];
  bar.setAttribute("tabindex", "-1");
  next?.setAttribute("tabindex", "0");
  next?.focus();
}

function onClick(event: MouseEvent): void {
  const { target } = event;
  const asked = target instanceof Element ? target.closest("[data-do]")?.getAttribute("data-do") : null;
  if (asked === "retry") session.wake();
  if (asked === "skip") {
    // The address says which tasks are shown, and must not become the name of an element.
    event.preventDefault();
    main.focus();
  }
  if (asked === "clear") go({ ...noFilters, days: place.view === "overview" ? place.filters.days : noFilters.days });
}

function onSubmit(event: SubmitEvent): void {
  event.preventDefault();
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.dataset["form"] !== "token") return;
  const token = new FormData(form).get("token");
  tokens.set(typeof token === "string" ? token.trim().replace(/^bearer +/i, "") : "");
  session.refusal = null;
  session.wake();
}

addEventListener("hashchange", onPlaceChanged);
addEventListener("resize", drawSoon);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) session.wake();
});
root.addEventListener("keydown", onPlotKey);
root.addEventListener("click", onClick);
root.addEventListener("submit", onSubmit);
root.addEventListener("input", ({ target }) => {
  const form = target instanceof Element ? target.closest("form") : null;
  if (form?.dataset["form"] === "filters") onFiltersChanged(form);
});
// Ages grow while nothing else changes.
setInterval(drawSoon, 5000);
draw();
