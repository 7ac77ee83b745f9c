import { checkService } from "../check-service.ts";
import type { Aws } from "./aws.ts";
import { busProblems, keyProblems, readIdentity } from "./check-account.ts";
import type { Identity } from "./check-account.ts";
import { secretProblems } from "./check-secrets.ts";
import type { Service } from "./service.ts";
import { ledgerSetting, readStageState, stateProblems } from "./stage-state.ts";
import type { StageState } from "./stage-state.ts";
import { tableWarnings } from "./table-warnings.ts";

export interface PreflightOptions {
  /** The folder of `serverless.yml`. */
  readonly folder: string;
  readonly readSecrets: boolean;
}

export interface Preflight {
  /** Both are `undefined` if AWS accepts no credential. */
  readonly identity: Identity | undefined;
  readonly state: StageState | undefined;
  /** Everything that is missing or wrong. */
  readonly problems: readonly string[];
  /** What does not prevent the deployment. */
  readonly warnings: readonly string[];
}

const unknownStage = { identity: undefined, state: undefined, warnings: [] };

/** Finds everything that would make a deployment fail, or that would break it later. Changes nothing. */
export async function checkBeforeDeploying(service: Service, aws: Aws, options: PreflightOptions): Promise<Preflight> {
  const { connections = [], problems } = checkService(service.settings, options.folder);
  let identity: Identity;
  try {
    identity = await readIdentity(aws);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ...unknownStage, problems: [...problems, `${reason}. Nothing in AWS was checked`] };
  }
  const { bus, keyArns } = service;
  const [state, ...found] = await Promise.all([
    readStageState(aws, service),
    options.readSecrets ? secretProblems(connections, keyArns.SECRETS_KEY_ARN, aws.callJson) : [],
    bus.isOwn ? [] : busProblems(bus.name, aws),
    ...Object.entries(keyArns).map(([variable, arn]) => (arn === "none" ? [] : keyProblems(variable, arn, aws))),
  ]);
  const warnings = ledgerSetting(state) === "existing" ? await tableWarnings(aws, service.table.TableName) : [];
  return { identity, state, problems: [...problems, ...found.flat(), ...stateProblems(state, service)], warnings };
}
