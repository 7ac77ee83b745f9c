/** What kind of problem it is, for programs. */
export type TaskEventProblem = "not-json" | "not-an-event" | "other-source" | "other-version" | "invalid-member";

/** The input is no event that this version can read. The message holds field, problem, and remedy, but no value. */
export class TaskEventError extends Error {
  override readonly name = "TaskEventError";
  readonly code: TaskEventProblem;
  /** Where it is, such as `detail.data.task.status`. Empty for the input as a whole. */
  readonly field: string;
  readonly problem: string;
  /** What to do about it. */
  readonly remedy: string;

  constructor(code: TaskEventProblem, field: string, problem: string, remedy: string) {
    super(`${field === "" ? "The input" : field} ${problem}. ${remedy}`);
    this.code = code;
    this.field = field;
    this.problem = problem;
    this.remedy = remedy;
  }
}
