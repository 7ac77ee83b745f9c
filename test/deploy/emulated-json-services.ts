import type { EmulatedResources } from "./emulated-resources.ts";

interface JsonServices {
  readonly resources: EmulatedResources;
  readonly secrets: ReadonlyMap<string, string>;
  readonly keys: ReadonlyMap<string, string>;
}

type Body = Readonly<Record<string, unknown>>;

class JsonFault extends Error {
  readonly type: string;
  constructor(type: string) {
    super(type);
    this.type = type;
  }
}

/** DynamoDB, EventBridge, Parameter Store, Secrets Manager, KMS, and ECR, as far as deployments call them. */
export function createJsonServices({ resources, secrets, keys }: JsonServices) {
  function tableOf({ TableName }: Body) {
    const table = resources.find("AWS::DynamoDB::Table", String(TableName));
    if (table === undefined) throw new JsonFault("ResourceNotFoundException");
    return table;
  }
  function valueOf(name: unknown, missing: string): string {
    const value = secrets.get(String(name));
    if (value === undefined) throw new JsonFault(missing);
    return value;
  }
  const answers: Readonly<Record<string, (body: Body) => unknown>> = {
    "DynamoDB_20120810.DescribeTable": (body) => ({ Table: { ...tableOf(body).properties, TableStatus: "ACTIVE" } }),
    "DynamoDB_20120810.DescribeTimeToLive": (body) => {
      const ttl = tableOf(body).properties["TimeToLiveSpecification"];
      return { TimeToLiveDescription: { TimeToLiveStatus: ttl === undefined ? "DISABLED" : "ENABLED" } };
    },
    "DynamoDB_20120810.DescribeContinuousBackups": (body) => {
      const status =
        tableOf(body).properties["PointInTimeRecoverySpecification"] === undefined ? "DISABLED" : "ENABLED";
      const PointInTimeRecoveryDescription = { PointInTimeRecoveryStatus: status };
      return { ContinuousBackupsDescription: { ContinuousBackupsStatus: "ENABLED", PointInTimeRecoveryDescription } };
    },
    "DynamoDB_20120810.UpdateTable": ({ TableName, DeletionProtectionEnabled }) => {
      const table = tableOf({ TableName });
      table.properties = { ...table.properties, DeletionProtectionEnabled };
      return {};
    },
    "DynamoDB_20120810.DeleteTable": (body) => {
      const table = tableOf(body);
      if (table.properties["DeletionProtectionEnabled"] === true) throw new JsonFault("ValidationException");
      resources.delete(table);
      return {};
    },
    "AWSEvents.DescribeEventBus": ({ Name }) => {
      if (Name !== "default" && resources.find("AWS::Events::EventBus", String(Name)) === undefined) {
        throw new JsonFault("ResourceNotFoundException");
      }
      return { Name };
    },
    "AWSEvents.ListRules": ({ EventBusName }) => {
      const rules = resources.ofType("AWS::Events::Rule");
      const ofBus = rules.filter(({ properties }) => properties["EventBusName"] === EventBusName);
      return { Rules: ofBus.map(({ properties }) => ({ Name: properties["Name"] })) };
    },
    "AmazonSSM.GetParameter": ({ Name }) => ({ Parameter: { Name, Value: valueOf(Name, "ParameterNotFound") } }),
    "AmazonSSM.DescribeParameters": ({ ParameterFilters }) => {
      const [{ Values: [name = ""] = [] } = {}] = ParameterFilters as { Values: string[] }[];
      return { Parameters: [{ Name: name, KeyId: keys.get(name) ?? "alias/aws/ssm" }] };
    },
    "secretsmanager.GetSecretValue": ({ SecretId }) => ({
      SecretString: valueOf(SecretId, "ResourceNotFoundException"),
    }),
    "secretsmanager.DescribeSecret": ({ SecretId }) => ({ Name: SecretId, KmsKeyId: keys.get(String(SecretId)) }),
    "TrentService.DescribeKey": ({ KeyId }) => {
      if (![...keys.values()].includes(String(KeyId))) throw new JsonFault("NotFoundException");
      return { KeyMetadata: { KeyState: "Enabled", KeyUsage: "ENCRYPT_DECRYPT" } };
    },
    "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories": () => {
      throw new JsonFault("RepositoryNotFoundException");
    },
  };
  return (target: string, body: Body): { status: number; body: string } => {
    try {
      const answer = answers[target];
      if (answer === undefined) throw new Error(`the emulator does not know ${target}`);
      return { status: 200, body: JSON.stringify(answer(body)) };
    } catch (error) {
      const type = error instanceof JsonFault ? error.type : "InternalFailure";
      return { status: 400, body: JSON.stringify({ __type: type, message: String(error) }) };
    }
  };
}
